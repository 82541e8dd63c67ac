package seeds

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bgpsh/ipc/logline"
)

const (
	firstSeed  = "../testdata/seeds/000_9664f6612315139e.txt"
	secondSeed = "../testdata/seeds/001_1eee8ca1797a4cef.txt"
)

// An entry is a record of a log, and which router wrote it.
type entry struct {
	logline.Record
	router int  // 1 or 2
	cut    bool // the record is incomplete: keys are missing
}

// text gives a field's value as the pretty form has it, "" where the record has no such field.
func (e *entry) text(key string) string {
	v, _ := e.Get(key)
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case interface{ String() string }: // numbers and objects
		return v.String()
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// splitJSON gives the objects of a log in JSON, which may share a line.
func splitJSON(t *testing.T, log []byte) (records []json.RawMessage) {
	t.Helper()
	for d := json.NewDecoder(bytes.NewReader(log)); d.More(); {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			t.Fatal(err)
		}
		records = append(records, raw)
	}
	return records
}

// readJSON reads a log in JSON.
func readJSON(t *testing.T, log []byte, router int) (out []entry) {
	t.Helper()
	for _, raw := range splitJSON(t, log) {
		r, err := logline.Decode(raw)
		if err != nil {
			t.Fatalf("%v: %s", err, raw)
		}
		out = append(out, entry{Record: r, router: router})
	}
	return out
}

var heading = regexp.MustCompile(`^\| (\d+) \| (\S*) ?\| (?:([A-Z]{4}) \| (\S+) \((\w+)\): )?(.*)$`)

// readPretty reads a log in the pretty form: headings, fields, and what is no record as it is, which becomes an entry with
// nothing but its message.
func readPretty(t *testing.T, log string) (out []entry) {
	t.Helper()
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if line == "|" {
			continue
		}
		if m := heading.FindStringSubmatch(line); m != nil {
			if n := strconv.Itoa(len(out) + 1); m[1] != n {
				t.Fatalf("record %s has number %s", n, m[1])
			}
			out = append(out, prettyHeading(t, m))
			continue
		}
		key, value, ok := strings.Cut(line, " = ")
		if !ok || len(out) == 0 {
			t.Fatalf("no line of a record: %q", line)
		}
		switch r := &out[len(out)-1]; key {
		case "unit":
			r.Unit = value
		case "module":
			r.Module = value
		default:
			r.Fields = append(r.Fields, logline.Field{Key: key, Value: value})
		}
	}
	return out
}

func prettyHeading(t *testing.T, m []string) entry {
	t.Helper()
	if m[3] == "" {
		return entry{cut: true, Record: logline.Record{Msg: strings.TrimSuffix(m[6], " |")}}
	}
	at, err := time.Parse(time.RFC3339Nano, m[2])
	if err != nil {
		t.Fatal(err)
	}
	r := logline.Record{Time: at, Name: m[4], Component: m[5], Msg: m[6]}
	for l := logline.Trace; l <= logline.Critical; l += 10 {
		if l.Short() == m[3] {
			r.Level = l
		}
	}
	return entry{Record: r}
}

// cutRecord reads what can be read of a record in JSON that was cut off.
func cutRecord(t *testing.T, text string) entry {
	t.Helper()
	var r logline.Record
	for {
		end := strings.LastIndex(text, `,"`)
		if end < 0 {
			t.Fatal("no whole key before the cut")
		}
		key := strings.SplitN(text[end+2:], `"`, 2)[0]
		text = text[:end]
		var err error
		if r, err = logline.Decode([]byte(text + "}")); err == nil {
			r.Fields = append(r.Fields, logline.Field{Key: key, Value: ""}) // it was there, with a value that is not
			return entry{Record: r, cut: true}
		}
	}
}

// keysOf gives the names of a record's own fields, in their order.
func (e *entry) keysOf() (keys []string) {
	for _, f := range e.Fields {
		keys = append(keys, f.Key)
	}
	return keys
}

// sortedKeys gives them in the order of the alphabet, each once, as the pretty form has them.
func (e *entry) sortedKeys() []string {
	keys := e.keysOf()
	slices.Sort(keys)
	return slices.Compact(keys)
}
