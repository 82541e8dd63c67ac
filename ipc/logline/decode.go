package logline

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

var errNoRecord = errors.New("not a log record")

// Decode reads one JSON object. It is lenient: keys may come in any order and may be missing, but for msg; unknown ones
// become fields in their order. A clock or parameters given as an object become that Object, any other object or list a
// json.RawMessage, a number a json.Number.
func Decode(line []byte) (Record, error) {
	r, rest, err := decodeFirst(line)
	if err == nil && len(bytes.TrimSpace(rest)) > 0 {
		err = fmt.Errorf("%w: more follows it", errNoRecord)
	}
	return r, err
}

// decodeFirst reads the first object of line and gives what follows it.
func decodeFirst(line []byte) (r Record, rest []byte, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return r, nil, errNoRecord
	}
	named := false
	for d.More() {
		var key string
		var raw json.RawMessage
		if t, err := d.Token(); err != nil {
			return r, nil, err
		} else {
			key = t.(string) // in an object the decoder gives nothing else here
		}
		if err := d.Decode(&raw); err != nil {
			return r, nil, err
		}
		if err := r.take(key, raw); err != nil {
			return r, nil, fmt.Errorf("%w: %s: %w", errNoRecord, key, err)
		}
		named = named || key == "msg"
	}
	if _, err := d.Token(); err != nil {
		return r, nil, err
	}
	if !named {
		return r, nil, errNoRecord
	}
	return r, line[d.InputOffset():], nil
}

// take puts one key where it belongs.
func (r *Record) take(key string, raw json.RawMessage) error {
	switch key {
	case "msg":
		return json.Unmarshal(raw, &r.Msg)
	case "v":
		return nil
	case "name":
		return json.Unmarshal(raw, &r.Name)
	case "level":
		return json.Unmarshal(raw, &r.Level)
	case "time":
		var s string
		err := json.Unmarshal(raw, &s)
		if err == nil {
			r.Time, err = time.Parse(time.RFC3339Nano, s)
			r.Time = r.Time.UTC()
		}
		return err
	case "hostname":
		return json.Unmarshal(raw, &r.Hostname)
	case "pid":
		return json.Unmarshal(raw, &r.PID)
	case "unit":
		return json.Unmarshal(raw, &r.Unit)
	case "module":
		return json.Unmarshal(raw, &r.Module)
	case "component":
		return json.Unmarshal(raw, &r.Component)
	}
	r.Fields = append(r.Fields, Field{key, value(key, raw)})
	return nil
}

// value gives a field's value in the form that Field promises.
func value(key string, raw json.RawMessage) any {
	switch raw[0] {
	case '{':
		if o := objectFor(key); o != nil && json.Unmarshal(raw, o) == nil {
			return o
		}
		return raw
	case '[':
		return raw
	case '"':
		var s string
		if json.Unmarshal(raw, &s) == nil {
			return s
		}
		return string(raw)
	case 't', 'f':
		return raw[0] == 't'
	case 'n':
		return nil
	}
	return json.Number(raw)
}

// objectFor gives an empty Object of the kind that a key has.
func objectFor(key string) Object {
	switch key {
	case "session_clock":
		return new(SessionClock)
	case "connection_clock", "new_connection_clock", "exist_connection_clock":
		return new(ConnectionClock)
	case "params":
		return new(SessionInfo)
	}
	return nil
}

// Pretty copies a log in JSON to its pretty form. Records may share a line. What is no record, as one that was cut off,
// is shown as it is. The error is that of reading or writing.
func Pretty(w io.Writer, from io.Reader) error {
	in, out := bufio.NewReader(from), bufio.NewWriter(w)
	var buf []byte
	for n := 1; ; {
		line, readErr := readLine(in)
		for line = bytes.TrimSpace(line); len(line) > 0; n++ {
			r, rest, err := decodeFirst(line)
			if err == nil {
				buf = AppendPretty(buf[:0], &r, n)
			} else {
				buf, rest = AppendRaw(buf[:0], string(line), n), nil
			}
			if _, err := out.Write(buf); err != nil {
				return err
			}
			line = bytes.TrimSpace(rest)
		}
		if in.Buffered() == 0 || readErr != nil { // a person may be watching
			if err := out.Flush(); err != nil {
				return err
			}
		}
		if readErr == io.EOF {
			return nil
		} else if readErr != nil {
			return readErr
		}
	}
}

// maxLine is the most bytes of one line that are looked at together; a longer line is taken for several.
const maxLine = 1 << 20

func readLine(in *bufio.Reader) (line []byte, err error) {
	for len(line) < maxLine {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
	return line, nil
}
