package logline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// prettyTime is the time of the pretty and the text form: UTC, milliseconds.
const prettyTime = "2006-01-02T15:04:05.000Z"

// AppendJSON appends the record as one JSON object in one line, with the line's end.
func AppendJSON(dst []byte, r *Record) []byte {
	dst = appendString(append(dst, `{"msg":`...), r.Msg)
	dst = appendString(append(dst, `,"v":0,"name":`...), r.Name)
	dst = strconv.AppendUint(append(dst, `,"level":`...), uint64(r.Level), 10)
	dst = r.Time.UTC().AppendFormat(append(dst, `,"time":"`...), time.RFC3339Nano)
	dst = appendString(append(dst, `","hostname":`...), r.Hostname)
	dst = strconv.AppendInt(append(dst, `,"pid":`...), int64(r.PID), 10)
	for _, f := range r.Fields {
		dst = append(appendString(append(dst, ','), f.Key), ':')
		dst = appendValue(dst, f.Value)
	}
	for _, f := range r.context() {
		if f.Value != "" {
			dst = append(appendString(append(dst, ','), f.Key), ':')
			dst = appendString(dst, f.Value.(string))
		}
	}
	return append(dst, '}', '\n')
}

// context gives the keys that stand last.
func (r *Record) context() [3]Field {
	return [3]Field{{"unit", r.Unit}, {"module", r.Module}, {"component", r.Component}}
}

func appendValue(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(dst, v)
	case nil:
		return append(dst, "null"...)
	case json.Number:
		return append(dst, v...)
	case json.RawMessage:
		return append(dst, v...)
	case Object, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float64:
		if b, err := json.Marshal(v); err == nil { // fails for numbers only that JSON lacks
			return append(dst, b...)
		}
	}
	return appendString(dst, fmt.Sprint(v))
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string. Unlike encoding/json it leaves &, < and > as they are.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i, r := range s {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r < ' ' || r == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		case r == utf8.RuneError:
			_, n := utf8.DecodeRuneInString(s[i:])
			if n > 1 { // the character itself, not a broken byte
				dst = utf8.AppendRune(dst, r)
			} else {
				dst = append(dst, `\ufffd`...)
			}
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// AppendPretty appends the record's n-th place in a listing: a heading, its fields by name, one a line, and a line that
// closes it.
func AppendPretty(dst []byte, r *Record, n int) []byte {
	dst = strconv.AppendInt(append(dst, "| "...), int64(n), 10)
	dst = r.Time.UTC().AppendFormat(append(dst, " | "...), prettyTime)
	dst = append(append(dst, " | "...), r.Level.Short()...)
	dst = appendClean(append(dst, " | "...), r.Name)
	if r.Component != "" {
		dst = append(appendClean(append(dst, " ("...), r.Component), ')')
	}
	dst = append(appendClean(append(dst, ": "...), r.Msg), '\n')
	for _, f := range r.sorted() {
		dst = append(appendClean(dst, f.Key), " = "...)
		dst = append(appendClean(dst, words(f.Value)), '\n')
	}
	return append(dst, '|', '\n')
}

// AppendRaw appends the n-th place of a listing for a line that is no record.
func AppendRaw(dst []byte, line string, n int) []byte {
	dst = strconv.AppendInt(append(dst, "| "...), int64(n), 10)
	return append(appendClean(append(dst, " | | "...), line), " |\n"...)
}

// sorted gives all that the pretty form lists, by key. Of a key that is there twice the last one counts.
func (r *Record) sorted() []Field {
	all := slices.Clone(r.Fields)
	for _, f := range r.context() {
		if f.Key != "component" && f.Value != "" {
			all = append(all, f)
		}
	}
	slices.SortStableFunc(all, func(a, b Field) int { return strings.Compare(a.Key, b.Key) })
	kept := all[:0]
	for i, f := range all {
		if i+1 == len(all) || all[i+1].Key != f.Key {
			kept = append(kept, f)
		}
	}
	return kept
}

// AppendText appends the record as one line: TIME LEVEL msg key=value, with a syslog priority <N> before it where the
// reader wants one. The clocks, which would be most of the line, are left to the other forms.
func AppendText(dst []byte, r *Record, priority bool) []byte {
	if priority {
		dst = append(dst, '<', r.Level.priority(), '>')
	}
	dst = r.Time.UTC().AppendFormat(dst, prettyTime)
	dst = append(append(dst, ' '), strings.ToUpper(r.Level.String())...)
	dst = appendClean(append(dst, ' '), r.Msg)
	for _, f := range r.Fields {
		switch f.Value.(type) {
		case *SessionClock, *ConnectionClock:
			continue
		}
		dst = appendPair(dst, f.Key, words(f.Value))
	}
	for _, f := range r.context() {
		if f.Key != "component" && f.Value != "" {
			dst = appendPair(dst, f.Key, f.Value.(string))
		}
	}
	return append(dst, '\n')
}

func appendPair(dst []byte, key, value string) []byte {
	dst = append(appendClean(append(dst, ' '), key), '=')
	plain := value != "" && !strings.ContainsFunc(value, func(r rune) bool {
		return r <= ' ' || r == '"' || r == '=' || r == utf8.RuneError || !unicode.IsPrint(r)
	})
	if plain {
		return append(dst, value...)
	}
	return strconv.AppendQuote(dst, value)
}

// words gives a value as a person reads it.
func words(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return "null"
	case json.RawMessage:
		return string(v)
	}
	return fmt.Sprint(v)
}

// appendClean appends s so that it stays on its line and moves no cursor: what does not print becomes \n, \x1b and so on.
func appendClean(dst []byte, s string) []byte {
	for i, r := range s {
		switch {
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == utf8.RuneError:
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				dst = append(dst, '\\', 'x', hexDigits[s[i]>>4], hexDigits[s[i]&15])
			} else {
				dst = utf8.AppendRune(dst, r)
			}
		case r != ' ' && !unicode.IsPrint(r):
			dst = fmt.Appendf(dst, "\\u{%x}", r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return dst
}
