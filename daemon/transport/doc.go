// Package transport is where connections come from: the kernel's TCP, and a network in memory that behaves like it.
//
// The interfaces are three. A Network listens and dials; a Listener accepts and demands passwords; a Conn reads, writes and
// has the options that BGP needs of TCP. Two networks implement them, and the same conformance tests run on both.
//
// TCP is Linux. Every option that a neighbor asks for is in force before a byte of BGP is exchanged, or there is no
// connection: MD5 keys are set before the first SYN, on the listener for each neighbor and on the dialing socket; the TTL
// before connect; the minimum TTL (RFC 5082) right after it. An IPv4 and an IPv6 listener never take each other's callers,
// so 0.0.0.0 and :: share a port and no address is ever IPv4-mapped. Zones of link-local addresses are interface names
// outside and are turned into numbers at the moment of use, because a link that is made anew keeps its name and not its
// number. Errors say what to do: BindError has a cause, the holder of the port and a remedy, DialError a cause and the
// system's own words.
//
// The network in memory has two layers. A Fabric is the pure core: nodes with interfaces on segments, and a queue of what
// is under way, ordered by time and then by sending. It has no goroutine, lock or clock, never waits, and repeats exactly,
// so a simulation of whole routers can own one and run in one goroutine. What a fault, a spent TTL, a wrong password or a
// full buffer stops is held, as TCP would retransmit it, and tried again when one of these changes; only a reset is lost
// for good. MemNetwork is a Fabric with a lock, a timer and connections that block, for tests of goroutines and, under
// testing/synctest, on virtual time.
//
// Reading order: transport.go (the interfaces), errors.go, tcp_linux.go, tcpconn_linux.go, sockopt_linux.go; fabric.go
// (nodes and routes), fabric_queue.go (time), fabric_dial.go (the handshake), stream.go (bytes), mem.go (waiting).
package transport
