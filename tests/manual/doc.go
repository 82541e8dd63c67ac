// Package manual keeps the man pages in etc/man and the completion scripts in etc/completion equal to what the programs and
// the grammar say. `go test ./tests/manual -rewrite` makes them anew.
package manual
