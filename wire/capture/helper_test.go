package capture

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"bgpsh/wire"
)

// unx decodes hex digits with anything that is no digit between them; "ff*16"
// stands for the marker.
func unx(s string) []byte {
	s = strings.ReplaceAll(s, "ff*16", strings.Repeat("ff", 16))
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("0123456789abcdef", r) {
			return r
		}
		return -1
	}, s)
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// update joins the three fields of an UPDATE, given in hex, to a message.
func update(withdrawn, attrs, nlri string) []byte {
	w, a := unx(withdrawn), unx(attrs)
	b := append(unx("ff*16 0000 02"), byte(len(w)>>8), byte(len(w)))
	b = append(append(b, w...), byte(len(a)>>8), byte(len(a)))
	b = append(append(b, a...), unx(nlri)...)
	b[16], b[17] = byte(len(b)>>8), byte(len(b))
	return b
}

// Attributes of a clean announcement, and a route.
const (
	origin  = "40 01 01 00 "
	path    = "40 02 06 02 01 0000fde9 "
	nextHop = "40 03 04 c0000201 "
	net24   = "18 0a0000" // 10.0.0.0/24
)

// announce gives an UPDATE for 10.N.0.0/16, which tells messages apart.
func announce(n byte) []byte {
	return update("", origin+path+nextHop, "10 0a"+hex.EncodeToString([]byte{n}))
}

// open gives an OPEN with these capabilities.
func open(as uint32, c wire.Capabilities) []byte {
	c.HasAS4, c.AS4 = c.HasAS4 || as > 0xffff, as
	return wire.AppendOpen(nil, &wire.Open{
		Version: wire.Version, AS16: wire.AS16(as), HoldTime: 90, ID: 0x0a000001, Caps: c,
	})
}

// run decodes input and gives the lines of the output.
func run(t testing.TB, in []byte, o Options) []string {
	t.Helper()
	var out bytes.Buffer
	if err := Decode(bytes.NewReader(in), &out, o); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if out.Len() == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// objects decodes input and reads the output back, one tree an object.
func objects(t testing.TB, in []byte, o Options) []map[string]any {
	t.Helper()
	var list []map[string]any
	for _, line := range run(t, in, o) {
		var tree map[string]any
		if err := json.Unmarshal([]byte(line), &tree); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, tree)
	}
	return list
}

// at follows keys and indices, as "attributes.communities.0", and gives what
// stands there as JSON, "" for nothing.
func at(tree any, where string) string {
	for _, key := range strings.Split(where, ".") {
		switch node := tree.(type) {
		case map[string]any:
			tree = node[key]
		case []any:
			i := int(key[0] - '0')
			if i >= len(node) {
				return ""
			}
			tree = node[i]
		default:
			return ""
		}
	}
	if tree == nil {
		return ""
	}
	b, _ := json.Marshal(tree)
	return string(b)
}

// summary gives one word an object: what was announced, the type of anything
// else, and in brackets what is wrong.
func summary(list []map[string]any) string {
	var words []string
	for _, o := range list {
		word := o["type"].(string)
		if p := at(o, "nlri.0.prefix"); p != "" {
			word = strings.TrimSuffix(strings.TrimPrefix(p, `"10.`), `.0.0/16"`)
		}
		if a := at(o, "error.action"); a != "" {
			word += "[" + strings.Trim(a, `"`) + "]"
		} else if at(o, "error") != "" {
			word += "[" + at(o, "missing") + "," + at(o, "skipped") + "]"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// text gives messages as lines of hex digits.
func text(messages ...[]byte) []byte {
	var b []byte
	for _, m := range messages {
		b = append(append(b, hex.EncodeToString(m)...), '\n')
	}
	return b
}

// cat joins octets.
func cat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
