// Package wire turns the octets of BGP-4 messages into views and values and
// back, and says of every malformed message what it costs: nothing but an
// attribute, the routes in it, or the session (RFC 7606). It knows no socket,
// clock, goroutine or log; what a session agreed on comes in as Params, what is
// to be sent as Encoding.
//
// # Messages that are rare
//
// OPEN, NOTIFICATION and ROUTE-REFRESH become values that share nothing with
// the buffer: ParseOpen, ParseNotification, ParseRouteRefresh. Each has an
// Append function that writes the whole message, header included, so that a
// round trip is a test.
//
// # UPDATE, which is not
//
// ParseUpdate makes one pass over the body and fills an Update: three ranges
// (withdrawn, attributes, NLRI), two more inside the multiprotocol attributes, a
// bit set of the attribute types that count, and a table of where they begin.
// There is no object for an attribute or a prefix, hence nothing to allocate.
// Prefixes are checked in that pass, so that iterating over them later has no
// error case.
//
// What is wrong is noted as a fault of a few octets (rule, attribute, place) in
// an array of the view; the table of rules in fault.go has the severity, subcode
// and wording of each. An Error, with text and data, is made only when asked for.
// The session's fate depends on the worst fault alone: Reset makes ParseUpdate
// fail, Withdraw turns every announced Part into a withdrawal, Discard leaves the
// attribute out of AppendAttrs. The verdict therefore cannot be forgotten by the
// caller: the view never shows a route that must not be used.
//
// Treating as withdrawal is safe only when all prefixes were found. That is why
// a fault in the prefixes or in an attribute that holds them is a Reset, and why
// a message without reachable prefixes escalates Withdraw to Reset (RFC 7606 3 j
// and 5.2).
//
// # Attributes at rest
//
// Attrs is the one form in which attributes are kept, compared, changed and
// handed on: ordered by type, lengths of two octets, AS numbers of four, the next
// hop in one place whatever message form brought it. Two routes have equal
// attributes exactly if the bytes are equal, so a table stores each set once and
// compares by identity. Everything that depends on the session has been settled
// before: an OLD speaker's AS4_PATH is merged, what an external neighbor may not
// say is gone, unknown transitive attributes carry Partial. What depends on the
// receiver is settled when a message is written: AppendReach translates to two
// octets, chooses between classic and multiprotocol form, splits at the limit.
//
// Attrs are read by methods that walk the list; a set has some eight attributes
// of a few dozen octets. An Editor changes a copy and keeps it canonical.
//
// # Reading order
//
//	header.go, error.go, codes.go   what frames and refuses a message
//	update.go                       ParseUpdate and the view
//	check.go, pathcheck.go, mp.go   the rules; fault.go is their table
//	parts.go, nlri.go, prefix.go    what the message does
//	canonical.go, as4.go            the view as Attrs
//	attrs.go, aspath.go, community.go, editor.go
//	encode.go, encodeattrs.go       Attrs as messages
//	open.go, capability.go, capparse.go, capencode.go
//	notification.go, routerefresh.go
package wire
