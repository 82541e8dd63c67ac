package transport

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"
)

// Options are what one dial wants of its connection. The zero value asks for nothing.
type Options struct {
	// Local is the source address. The zero value lets the kernel choose; port 0 asks for any port. Its zone may be empty
	// when Interface or the remote address names the interface.
	Local netip.AddrPort
	// Interface is the name of the interface that the connection is bound to. It gives a link-local remote address without
	// zone its scope; for any other remote address nothing leaves or enters by another interface.
	Interface string
	// Password is the TCP MD5 key (RFC 2385), set before the first SYN. Empty: none.
	Password Secret
	// MinTTL, unless 0, is the smallest TTL or hop limit that is accepted (RFC 5082 GTSM); packets leave with 255 then, and
	// TTL is not used.
	MinTTL uint8
	// TTL, unless 0, is the TTL or hop limit that packets leave with.
	TTL uint8
	// DSCP (0 to 63) marks the packets, SYN included, when HasDSCP.
	DSCP    uint8
	HasDSCP bool
	// MSS, unless 0, is the largest payload of a segment, in both directions; the kernel takes 88 to 32767.
	MSS uint16
	// KeepAlive probes the connection while it is idle.
	KeepAlive KeepAlive
}

// KeepAlive is how TCP finds out that a silent peer is gone. The zero value is not at all.
type KeepAlive struct {
	Idle, Interval uint16 // seconds: before the first probe, between probes
	Probes         uint8  // unanswered ones that end the connection
}

// ListenOptions are what one listener wants. Addr's address may be unspecified: 0.0.0.0 takes IPv4 only and :: takes IPv6
// only, so both can listen on one port. A link-local address needs its zone.
type ListenOptions struct {
	Addr netip.AddrPort
	// DSCP (0 to 63) marks the packets of accepted connections from the SYN-ACK on, when HasDSCP.
	DSCP    uint8
	HasDSCP bool
}

// A Network is where connections come from: the kernel's TCP, or one node of a MemNetwork.
type Network interface {
	// Listen binds a listener. Its error is a *BindError.
	Listen(ctx context.Context, o ListenOptions) (Listener, error)
	// Dial connects to remote until ctx ends. Its error is a *DialError. A link-local remote needs a zone or
	// Options.Interface. Every option that was asked for is in force on the returned connection; if one cannot be, there
	// is an error and no connection.
	Dial(ctx context.Context, remote netip.AddrPort, o Options) (Conn, error)
}

// A Listener takes connections of all callers; who they are is for its user to judge by Conn.RemoteAddr.
type Listener interface {
	// Accept waits for a connection. After Close its error is net.ErrClosed; any other error leaves the listener in force,
	// and the caller should wait a little before it calls again. Packets of an accepted connection leave with TTL 255 until
	// SetTTL, so that a caller under GTSM gets its SYN-ACK.
	Accept() (Conn, error)
	// Addr is the address bound, with the port that was given for port 0.
	Addr() netip.AddrPort
	// SetPassword demands the TCP MD5 key from every caller in peers, from now on; connections that exist are not
	// touched. An empty key ends the demand. A key for a longer prefix wins over one for a shorter. iface is the interface
	// name for link-local peers, else empty: the kernel keys by address alone, so two interfaces cannot demand different
	// keys of one link-local address, and the second gets ErrPasswordConflict. Peers of the other address family than the
	// listener's can never call it, and nothing is done for them.
	SetPassword(peers netip.Prefix, iface string, key Secret) error
	// SetGuards replaces the TTLs that callers need: a packet of one of them with less is dropped, the first SYN already. Of
	// guards for one caller the longest prefix counts. Connections that exist are not touched; SetMinTTL guards them. On TCP
	// as many guards as fit one kernel filter are in force (some 200 IPv4 or 80 IPv6 addresses).
	SetGuards(guards []Guard) error
	// SetMSS limits the segments of all connections that are accepted from now on, see Options.MSS: TCP agrees on their size
	// before it is known who calls. 0 ends it.
	SetMSS(n uint16) error
	// Close ends the listener. Connections that were not accepted are reset; accepted ones go on.
	Close() error
}

// A Conn is one connection. One goroutine may read while another writes; the other methods may be called by anyone at any
// time, and after Close all fail with net.ErrClosed.
type Conn interface {
	// Read reads at least one byte; io.EOF says that the peer has finished writing.
	io.Reader
	// WriteBuffers writes all of v with as few system calls as the kernel allows, and takes what it wrote off v. On TCP it
	// is one writev for up to 1,024 buffers.
	WriteBuffers(v *net.Buffers) (int64, error)
	// CloseWrite tells the peer that nothing follows, after what was written. Reading goes on.
	CloseWrite() error
	// Close ends the connection. What was written is still delivered, unless bytes of the peer were never read: then the
	// kernel resets the connection and the peer may lose the last message. To be sure that a NOTIFICATION arrives: write,
	// CloseWrite, read to the end or for a second, Close.
	Close() error
	// CloseNow ends the connection and throws away what was not yet delivered. The peer sees a reset.
	CloseNow() error

	// LocalAddr and RemoteAddr are the two ends: IPv4-mapped addresses as IPv4, zones of link-local addresses as interface
	// names. They stay after Close.
	LocalAddr() netip.AddrPort
	RemoteAddr() netip.AddrPort

	// SetMinTTL drops packets that arrive with a smaller TTL or hop limit than n, and makes ours leave with 255 (RFC 5082).
	// 0 ends the check and leaves the TTL as it is.
	SetMinTTL(n uint8) error
	// SetTTL makes packets leave with TTL or hop limit n; 0 is the system's default.
	SetTTL(n uint8) error
	// SetDSCP marks packets with n, 0 to 63.
	SetDSCP(n uint8) error
	// SetPassword demands and uses another TCP MD5 key from now on, none when it is empty, whatever the connection began with.
	// Until the peer does the same nothing arrives on either side, and nothing is lost: TCP sends it again, at growing
	// intervals. Linux takes a new key on an established connection, and a first one and none as well.
	SetPassword(key Secret) error
	// SetKeepAlive probes the peer while the connection is idle, or no more.
	SetKeepAlive(k KeepAlive) error
	// SetWriteDeadline makes writes fail with os.ErrDeadlineExceeded at t; the zero time means never.
	SetWriteDeadline(t time.Time) error

	// Unsent is how many bytes were written and are not acknowledged by the peer's TCP (RFC 9687 needs it).
	Unsent() (int, error)
	// RTT is the smoothed round trip time, 0 when unknown.
	RTT() time.Duration
	// MSS is the payload of a full segment, 0 when unknown.
	MSS() int
}

// A TryWriter is a Conn that can write without waiting.
type TryWriter interface {
	// TryWriteBuffers writes what there is room for at this moment, and takes it off v. What is left is no error.
	TryWriteBuffers(v *net.Buffers) (int64, error)
}

// A Secret is a key that no formatting method shows.
type Secret string

const stars = "****"

// String gives stars, nothing for an empty secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return stars
}

// Format gives what String gives for every verb: the fmt package would show the key for a wrong one.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText gives what String gives, for JSON and YAML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Canonical turns an IPv4-mapped address into IPv4 and drops the zone of anything but a link-local address.
func Canonical(a netip.AddrPort) netip.AddrPort {
	ip := a.Addr().Unmap()
	if !ip.IsLinkLocalUnicast() && !ip.IsLinkLocalMulticast() {
		ip = ip.WithZone("")
	}
	return netip.AddrPortFrom(ip, a.Port())
}
