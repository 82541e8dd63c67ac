// Package conformance asks a running daemon, through raw sockets alone, what the RFCs demand of it: each check names the section,
// what is sent and what must come of it. The octets are built here, not by the project's own encoder, so that a mistake of the one
// does not hide a mistake of the other.
//
// The checks know of the daemon under test nothing but an address and a list of neighbors that its configuration gives to them: a
// check has a neighbor of its own, and two further sessions (one external, one internal) stay up all along and see what the daemon
// tells others. So the same checks run against any speaker. "go test" runs them against bgpd; with -peers, as root, also against
// FRR, BIRD, GoBGP and OpenBGPD, and -rewrite puts the table into docs/conformance.md.
//
// Reading order: check_test.go (what a check is), checks_*_test.go (the checks), conn_test.go (one session), observer_test.go (what
// others are told), daemon_test.go and peers_test.go (the daemons).
package conformance
