package api

// Codes of the error object, beside those of JSON-RPC 2.0 itself (-32700 not
// JSON, -32600 not a request, -32601 no such method, -32602 wrong parameters,
// -32603 internal error, -32097 the call was cancelled). The message is one sentence for an operator; the
// data object says more for a program.
const (
	// CodeNotFound: the neighbor, prefix, list, map or transaction that the
	// call names does not exist.
	CodeNotFound = 1
	// CodeNotAllowed: the caller's role does not permit the method.
	CodeNotAllowed = 2
	// CodeRefused: the request is understood and the present state forbids it.
	CodeRefused = 3
	// CodeConflict: somebody else's change stands in the way.
	CodeConflict = 4
	// CodeNoBGP: no router bgp is configured.
	CodeNoBGP = 5
	// CodeTimeout: what was waited for did not happen in time.
	CodeTimeout = 6
	// CodeStopping: the daemon is going down and takes no more calls.
	CodeStopping = 7
	// CodeBusy: too many clients are connected.
	CodeBusy = 8
	// CodeTooLong: the request or the transaction exceeds its limit.
	CodeTooLong = 9
	// CodeGone: the configuration mode that the lines belong to has been
	// removed since it was entered.
	CodeGone = 10
	// CodeNoCandidate: the connection has no candidate.
	CodeNoCandidate = 12
)

// ErrorData is the data member of an error object.
type ErrorData struct {
	// What names the thing that is wrong: a method, a key, a neighbor.
	What string `json:"what,omitempty"`
	// Where says the place: a path into the parameters ("lines[3].text") or a
	// byte offset in the request ("byte 17").
	Where string `json:"where,omitempty"`
	// Remedy says what to do about it.
	Remedy string `json:"remedy,omitempty"`
}
