package ipc

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/creachadair/jrpc2"
)

// Codes of JSON-RPC 2.0 itself.
const (
	CodeParse          = -32700 // the line is not JSON
	CodeInvalidRequest = -32600 // the line is JSON and not a request
	CodeMethodNotFound = -32601 // no such method
	CodeInvalidParams  = -32602 // parameters of the wrong shape
	CodeInternal       = -32603 // a fault of the daemon
)

// Codes that this package gives by itself; ipc/api lists all that are in use.
const (
	CodeNotAllowed = 2 // the caller's role does not permit the method
	CodeStopping   = 7 // the server is going down
	CodeBusy       = 8 // too many clients
	CodeTooLong    = 9 // the request exceeds MaxRequest
)

// Error is an error object of JSON-RPC, on either side. Data is anything
// that encodes to a JSON object, or nil; on the client's side it is a
// json.RawMessage.
type Error struct {
	Code    int
	Message string // one sentence without full stop
	Data    any
}

func (e *Error) Error() string { return e.Message }

// Errorf makes an Error without data.
func Errorf(code int, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// CodeOf gives the code of an error that came from the other side, and 0 for
// any other.
func CodeOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

// place is the data of the errors that this package gives.
type place struct {
	What   string `json:"what,omitempty"`
	Where  string `json:"where,omitempty"`
	Remedy string `json:"remedy,omitempty"`
}

// wire turns what a handler returned into the error object that is sent.
func wire(err error) *jrpc2.Error {
	var e *Error
	if !errors.As(err, &e) {
		return &jrpc2.Error{Code: CodeInternal, Message: err.Error()}
	}
	out := &jrpc2.Error{Code: jrpc2.Code(e.Code), Message: e.Message}
	if e.Data != nil {
		if data, err := json.Marshal(e.Data); err == nil {
			out.Data = data
		}
	}
	return out
}
