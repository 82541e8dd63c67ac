package ipc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// verdict is what inspect finds out about a line.
type verdict struct {
	answered bool            // jrpc2 will answer it with one record
	bad      *Error          // not nil: not a request; answer this instead
	id       json.RawMessage // the request's id, where it has one
	members  []byte          // with bad, of a batch: the whole answer
}

// inspect judges a line by its shape. jrpc2 would do so too, but its errors
// name neither the key nor the place.
func inspect(line []byte) verdict {
	if bad := syntax(line); bad != nil {
		return verdict{bad: bad}
	}
	switch line = bytes.TrimSpace(line); line[0] {
	case '{':
		return inspectCall(line)
	case '[':
		return inspectBatch(line)
	}
	return verdict{bad: &Error{Code: CodeInvalidRequest, Message: "request is not an object",
		Data: place{What: "request", Where: "byte 1"}}}
}

// syntax checks that a line is one JSON value.
func syntax(line []byte) *Error {
	if json.Valid(line) {
		return nil
	}
	var any json.RawMessage
	err := json.Unmarshal(line, &any)
	where := ""
	var at *json.SyntaxError
	if errors.As(err, &at) {
		where = fmt.Sprintf("byte %d", at.Offset)
	}
	return &Error{Code: CodeParse, Message: fmt.Sprintf("request is not JSON: %v at %s", err, where),
		Data: place{What: "request", Where: where, Remedy: "send one JSON object on one line"}}
}

// inspectBatch counts the members of a batch.
func inspectBatch(line []byte) verdict {
	var members []json.RawMessage
	if err := json.Unmarshal(line, &members); err != nil {
		return verdict{bad: Errorf(CodeParse, "request is not JSON: %v", err)}
	}
	if len(members) == 0 {
		return verdict{bad: Errorf(CodeInvalidRequest, "empty batch")}
	}
	if len(members) > Calls {
		return verdict{bad: &Error{Code: CodeInvalidRequest, Message: fmt.Sprintf("batch of %d calls, at most %d", len(members), Calls),
			Data: place{What: "request", Where: fmt.Sprintf("[%d]", Calls)}}}
	}
	return inspectMembers(members)
}

// inspectMembers judges the members of a batch. One wrong member keeps the
// others from running, and each gets its answer.
func inspectMembers(members []json.RawMessage) verdict {
	var whole verdict
	wrong := make([]*Error, len(members))
	ids := make([]json.RawMessage, len(members))
	first := map[string]bool{}
	for i, m := range members {
		one := inspectCall(m)
		ids[i], wrong[i] = one.id, one.bad
		if one.bad == nil && one.answered && first[string(one.id)] {
			wrong[i] = shape("id", "has been used in this batch before")
		}
		first[string(one.id)] = true
		whole.answered = whole.answered || one.answered
		if wrong[i] != nil && whole.bad == nil {
			whole.bad = wrong[i]
		}
	}
	if whole.bad != nil {
		whole.members = errorRecords(ids, wrong)
	}
	return whole
}

// errorRecords is the answer to a batch with wrong members.
func errorRecords(ids []json.RawMessage, wrong []*Error) []byte {
	notRun := Errorf(CodeInvalidRequest, "not run: another call of the batch is no request")
	record := []byte{'['}
	for i := range wrong {
		if i > 0 {
			record = append(record, ',')
		}
		why := wrong[i]
		if why == nil {
			why = notRun
		}
		record = append(record, errorRecord(ids[i], why)...)
	}
	return append(record, ']')
}

// inspectCall judges one request object.
func inspectCall(object []byte) verdict {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(object, &keys); err != nil {
		return verdict{bad: Errorf(CodeInvalidRequest, "request is not an object")}
	}
	id := keys["id"]
	if bytes.Equal(id, []byte("null")) {
		return verdict{bad: shape("id", "is null; leave it out where no answer is wanted")}
	}
	if len(id) > 0 && id[0] != '"' && id[0] != '-' && (id[0] < '0' || id[0] > '9') {
		return verdict{bad: shape("id", "is neither a string nor a number")}
	}
	if bad := inspectKeys(keys); bad != nil {
		return verdict{bad: bad, id: id}
	}
	return verdict{answered: len(id) > 0, id: id}
}

// inspectKeys checks the keys of a request beside its id.
func inspectKeys(keys map[string]json.RawMessage) *Error {
	for _, name := range sortedKeys(keys) {
		switch name {
		case "jsonrpc", "id", "method", "params":
		default:
			return shape(name, "is not a key of a request")
		}
	}
	var version, method string
	if json.Unmarshal(keys["jsonrpc"], &version) != nil || version != "2.0" {
		return shape("jsonrpc", `is not "2.0"`)
	}
	if keys["method"] == nil {
		return shape("method", "is missing")
	}
	if json.Unmarshal(keys["method"], &method) != nil || method == "" {
		return shape("method", "is not a name")
	}
	params := keys["params"]
	if len(params) > 0 && params[0] != '{' && !bytes.Equal(params, []byte("null")) {
		return &Error{Code: CodeInvalidParams, Message: "params is not an object",
			Data: place{What: "params", Where: "params", Remedy: "every method takes its parameters by name"}}
	}
	return nil
}

// shape makes the error for a key of the request object.
func shape(key, text string) *Error {
	return &Error{Code: CodeInvalidRequest, Message: fmt.Sprintf("%s %s", key, text), Data: place{What: key, Where: key}}
}

func sortedKeys(keys map[string]json.RawMessage) []string {
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
