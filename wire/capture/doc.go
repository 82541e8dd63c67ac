// Package capture reads BGP messages from where they were kept and writes what
// each one means: hex digits, packet captures and MRT archives in, one JSON
// object a line out. It is what `bgpsh decode` runs; docs/decode.md is the
// reference of the objects.
//
// # One decoder
//
// What is wrong with a message is never decided here. Each message goes through
// wire.ParseHeader, ParseOpen, ParseUpdate and their kin with the Params of a
// session, as in the daemon, and the verdicts become `error` and `errors`. What
// the message *holds* is read by a few tolerant functions of this package,
// because somebody who looks at a bad message wants to see it: they show every
// field up to the first that cannot be read, also what the verdict makes void. A
// fuzz test holds them to package wire: for a message without a fault, prefixes
// and attributes are those of wire's view, octet for octet.
//
// # Sessions
//
// The meaning of an UPDATE depends on what the session agreed. Options say it
// for hex digits. In a capture the OPENs of each connection say it, by the rules
// by which two speakers negotiate; an OPEN that was not captured is taken to
// offer what the options say. An MRT record has it in its subtype.
//
// # Streams
//
// In a capture a connection is two streams, put in order by sequence numbers:
// what comes twice is dropped, what comes early is held, overlaps are cut. A gap
// is given up when the stream ends, too much is held, or the receiver has
// acknowledged what is missing and a second has passed: then it will never
// come. The message that it interrupts is lost, and the stream goes on at the
// next marker behind which an acceptable header stands. The same search follows a
// header that the daemon would refuse. One object tells of the loss and how many
// octets it cost.
//
// A connection counts as BGP by port 179 or when its first octets are a header;
// all others cost nothing but the look.
//
// # Bounds
//
// Input of any size is read in constant memory: lines up to 1 MiB, packets up to
// 1 MiB, records up to 64 MiB, 4096 connections with 32 MiB of unread stream.
// What exceeds a bound is an object with an error, and the run goes on.
//
// # Reading order
//
//	capture.go           Decode, formats
//	object.go            what comes out
//	session.go           what was agreed
//	message.go, open.go  messages in JSON
//	update.go, attribute.go, text.go
//	hex.go               lines
//	pcap.go, packet.go   packets, down to TCP segments
//	conn.go, stream.go   connections, octets in order
//	frame.go             messages in a stream, gaps
//	mrt.go, tabledump.go records; judge.go, verdicts on stored routes
//	cursor.go
package capture
