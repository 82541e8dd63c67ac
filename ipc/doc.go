// Package ipc carries calls between bgpd and its clients: JSON-RPC 2.0 over a
// Unix stream socket, one JSON object a line.
//
// # Server
//
// Listen makes the socket: it refuses one that a live daemon holds, replaces
// one that a dead daemon left, and sets mode and group before anyone can
// connect. A Server then gives each connection a goroutine (conn.go, serve):
// credentials, role, a line channel, and jrpc2 on top of it. Methods are
// plain functions, registered with Handle before Serve.
//
// What a caller may do follows from who it is, and never from what it says:
// SO_PEERCRED and SO_PEERGROUPS give the user and all groups that the kernel
// saw at connect time (peer.go).
//
// # Input is hostile until proved otherwise
//
// The channel (channel.go) hands jrpc2 only lines that are requests: what is
// too long, not JSON, or not a request it answers itself, with what is wrong
// and at which byte, and goes on with the next line. Parameters are decoded
// strictly (decode.go): an unknown key or a wrong type is an error with its
// path. At most Calls calls of one client run at a time; a client that asks
// faster is not read, so its own socket buffer is what it fills. A client
// that does not read its answers is given up after the write deadline.
//
// # Ends
//
// A closed connection cancels the context of its calls. A client that only
// shuts down its writing side (as `echo ... | socat` does) still gets its
// answers; the kernel tells the two apart.
//
// Notifications are pulled (push.go): a goroutine of each subscription asks for
// the next one when the client has taken the one before, so whoever has news
// never waits for a reader, and nothing piles up here.
//
// # Client
//
// Dial and Client.Call. The client reads answers itself, because a listing is
// megabytes of them (docs/decisions/0006). Errors say which socket, what happened and what to
// do; IsUnreachable tells "no daemon there" from "the daemon said no".
//
// The package imports nothing of ours. Methods and their types are ipc/api's.
package ipc
