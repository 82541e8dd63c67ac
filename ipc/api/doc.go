// Package api holds what bgpd and its clients say to each other: the name of
// every method, and the Go types of its parameters and result.
//
// # The protocol
//
// JSON-RPC 2.0 over a Unix stream socket, one JSON object a line. Each method
// takes one object (or none) and answers one object. bgpsh uses nothing that
// is not here, so whatever the shell shows a program can read too;
// docs/rpc.md is made from this package.
//
// # Conventions
//
//   - Keys are lower camel case, as the field's json tag spells them.
//   - An absent key means the zero value: 0, false, "", empty list. Where zero
//     and absent differ the field is a pointer and its comment says so.
//   - Durations are whole numbers: milliseconds where the name ends in Ms,
//     seconds where it ends in Sec. Instants are RFC 3339 texts with a name
//     ending in At.
//   - Addresses and prefixes are texts: "10.0.0.1", "fe80::1%eth0",
//     "10.0.0.0/8". AS numbers are plain numbers, also in texts;
//     where a result has an asNotation people want them so.
//   - A neighbor is named as in the configuration: by address or by interface
//     name.
//   - A listing that may be long comes in pages: the result's next, when not
//     empty, is the after of the following call.
//   - Unknown keys in parameters are errors, so a misspelt option is noticed.
//     Unknown keys in results are to be ignored: later versions add some.
//
// # Reading order
//
// methods.go is the list; errors.go says how calls fail; then config.go,
// summary.go, neighbor.go, down.go, routes.go and control.go, a group each.
//
// The package imports nothing of ours: it is a leaf that both sides share.
package api
