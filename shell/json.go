package shell

import (
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"strconv"
)

// object is a JSON object that keeps the order of its members, because
// people read it beside FRR's.
type object struct {
	members []member
}

type member struct {
	key   string
	value any // *object, list, string, bool, int, uint64, ..., json.RawMessage, or what json.Marshal takes
}

// list is a JSON array.
type list []any

// set appends a member.
func (o *object) set(key string, value any) *object {
	o.members = append(o.members, member{key, value})
	return o
}

// when appends a member if its condition holds.
func (o *object) when(holds bool, key string, value any) *object {
	if holds {
		o.set(key, value)
	}
	return o
}

// text appends a text unless it is empty.
func (o *object) text(key, value string) *object { return o.when(value != "", key, value) }

// flag appends a member that is present only when true.
func (o *object) flag(key string, value bool) *object { return o.when(value, key, true) }

// addr appends an address if there is one.
func (o *object) addr(key string, value netip.Addr) *object {
	return o.when(value.IsValid(), key, value.String())
}

// printJSON writes a document in the way of FRR: two blanks of indentation,
// no blank behind the colon.
func printJSON(w io.Writer, value any) error {
	_, err := w.Write(append(appendJSON(nil, value, 0), '\n'))
	return err
}

// flat is the depth that stands for "all on one line".
const flat = -1

// appendJSON encodes a value; depth is how far its line is indented.
func appendJSON(b []byte, value any, depth int) []byte {
	switch v := value.(type) {
	case *object:
		b = append(b, '{')
		for i, m := range v.members {
			b = separate(b, i, deeper(depth))
			b = append(appendText(b, m.key), ':')
			b = appendJSON(b, m.value, deeper(depth))
		}
		return append(newline(b, depth), '}')
	case list:
		b = append(b, '[')
		for i, item := range v {
			b = separate(b, i, deeper(depth))
			b = appendJSON(b, item, deeper(depth))
		}
		return append(newline(b, depth), ']')
	case json.RawMessage:
		return append(b, v...)
	case string:
		return appendText(b, v)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case uint32:
		return strconv.AppendUint(b, uint64(v), 10)
	case uint64:
		return strconv.AppendUint(b, v, 10)
	}
	other, err := json.Marshal(value)
	if err != nil {
		panic(fmt.Sprintf("shell: %T does not encode: %v", value, err))
	}
	return append(b, other...)
}

func deeper(depth int) int {
	if depth == flat {
		return flat
	}
	return depth + 1
}

// separate starts member or item i on a line of its own.
func separate(b []byte, i, depth int) []byte {
	if i > 0 {
		b = append(b, ',')
	}
	return newline(b, depth)
}

func newline(b []byte, depth int) []byte {
	if depth == flat {
		return b
	}
	b = append(b, '\n')
	for range depth {
		b = append(b, ' ', ' ')
	}
	return b
}

// appendText encodes a text; what needs no escapes is most of what there is.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil {
				panic("shell: text does not encode: " + err.Error())
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// native is the document of `json native`: our own types as they are, with
// the version of the schema in front.
func native(value any) (any, error) {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, err
	}
	if string(body) == "{}" {
		return json.RawMessage(fmt.Sprintf("{\n  \"schemaVersion\": %d\n}", schemaVersion)), nil
	}
	return json.RawMessage(fmt.Sprintf("{\n  \"schemaVersion\": %d,%s", schemaVersion, body[1:])), nil
}

// schemaVersion counts incompatible changes of the native documents.
const schemaVersion = 1
