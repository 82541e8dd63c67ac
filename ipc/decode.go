package ipc

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// decode fills v, a pointer to a struct, from the parameters of a call. Keys
// that the struct lacks are errors.
func decode(params json.RawMessage, v any) *Error {
	if len(params) == 0 || bytes.Equal(params, []byte("null")) {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(params))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(v)
	if err == nil {
		return nil
	}
	if bad := examine(params, reflect.TypeOf(v).Elem(), "params"); bad != nil {
		return bad
	}
	return &Error{Code: CodeInvalidParams, Message: strings.TrimPrefix(err.Error(), "json: ")}
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()
var jsonType = reflect.TypeFor[json.Unmarshaler]()

// examine finds the first thing in value that does not fit t and says where
// it is. It runs only on what the decoder has refused, so it may be slow.
func examine(value json.RawMessage, t reflect.Type, path string) *Error {
	value = bytes.TrimSpace(value)
	if bytes.Equal(value, []byte("null")) {
		return nil
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if p := reflect.PointerTo(t); p.Implements(textType) || p.Implements(jsonType) {
		if err := json.Unmarshal(value, reflect.New(t).Interface()); err != nil {
			return wrong(path, fmt.Sprintf("%s is no %s", value, t.Name()))
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return examineObject(value, t, path)
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(value, &items) != nil {
			return wrong(path, "is not a list")
		}
		for i, item := range items {
			if bad := examine(item, t.Elem(), fmt.Sprintf("%s[%d]", path, i)); bad != nil {
				return bad
			}
		}
		return nil
	}
	if json.Unmarshal(value, reflect.New(t).Interface()) != nil {
		return wrong(path, "is not "+expected(t))
	}
	return nil
}

// examineObject is examine for a struct.
func examineObject(value json.RawMessage, t reflect.Type, path string) *Error {
	var keys map[string]json.RawMessage
	if json.Unmarshal(value, &keys) != nil {
		return wrong(path, "is not an object")
	}
	fields := fieldsOf(t)
	for _, key := range sortedKeys(keys) {
		field, ok := fields[key]
		if !ok {
			return &Error{Code: CodeInvalidParams, Message: fmt.Sprintf("unknown key %q in %s", key, path),
				Data: place{What: key, Where: path + "." + key, Remedy: "known here: " + names(fields)}}
		}
		if bad := examine(keys[key], field, path+"."+key); bad != nil {
			return bad
		}
	}
	return nil
}

// fieldsOf maps the keys of a struct, those of embedded structs included, to
// their types.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		if f.Anonymous || !f.IsExported() {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" {
			name = f.Name
		}
		fields[name] = f.Type
	}
	return fields
}

func names(fields map[string]reflect.Type) string {
	if len(fields) == 0 {
		return "nothing"
	}
	var all []string
	for name := range fields {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// expected describes a basic type to someone who sent another.
func expected(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a text"
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(1)<<t.Bits()-1)
	case reflect.Uint, reflect.Uint64:
		return "a whole number from 0"
	}
	return "a whole number"
}

// wrong makes the error for a value of the wrong type.
func wrong(path, text string) *Error {
	return &Error{Code: CodeInvalidParams, Message: path + " " + text, Data: place{What: path[strings.LastIndexByte(path, '.')+1:], Where: path}}
}
