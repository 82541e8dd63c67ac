package conformance

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// check is one demand of an RFC.
type check struct {
	section  string // "RFC 4271 6.1"
	stimulus string // what is sent or done
	demand   string // what must come of it
	kind     kind   // of the neighbor it needs
	run      func(p *probe) error
}

// kind is how the daemon is configured towards a check's neighbor.
type kind int

const (
	external kind = iota // another AS; the daemon waits to be called
	internal             // the daemon's own AS; the daemon waits to be called
	dialed               // another AS; the daemon calls, and is called
	guarded              // external, with TTL security
	secret               // external, with an MD5 password
	customer             // external, the daemon's role is provider (RFC 9234)
	wide                 // external, with an AS number of four octets
	every                // external, with ADD-PATH both ways: the daemon sends all paths
	best2                // the same, and the daemon sends the best two paths
	perAS                // the same, and the daemon sends the best path of each neighbor AS
	kinds
)

// The AS numbers and identifiers of the checks.
const (
	daemonAS   = 65000
	neighborAS = 65100
	wideAS     = 4200000001
	watcherAS  = 65200
	feederAS   = 65201
	password   = "conformance"
)

// errLacks says that the daemon does not offer what a check is about.
var errLacks = errors.New("not offered")

// errEnded says that the daemon had ended by itself before the check was done.
var errEnded = errors.New("the program had ended")

// probe is one check at work: its neighbor and the daemon.
type probe struct {
	d     *subject
	index int
	kind  kind
	addr  netip.Addr // our end of the sessions
	id    netip.Addr // our BGP identifier
	old   bool       // we have no four-octet AS numbers
	ids   bool       // our IPv4 prefixes stand behind path identifiers
}

// as is our AS number as this neighbor.
func (p *probe) as() uint32 {
	switch p.kind {
	case internal:
		return daemonAS
	case wide:
		return wideAS
	}
	return neighborAS
}

// prefix is the n-th prefix of this check alone, n below 16.
func (p *probe) prefix(n int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{100, byte(64 + p.index/256), byte(p.index), byte(n << 4)}), 28)
}

func (p *probe) prefix6(n int) netip.Prefix {
	var a [16]byte
	copy(a[:], []byte{0x20, 0x01, 0x0d, 0xb9, byte(p.index >> 8), byte(p.index), 0, byte(n)})
	return netip.PrefixFrom(netip.AddrFrom16(a), 64)
}

func (p *probe) addr6() netip.Addr {
	a := netip.MustParseAddr("2001:db8:ffff::").As16()
	a[14], a[15] = 1, byte(p.index)
	a[13] = byte(p.index >> 8)
	return netip.AddrFrom16(a)
}

// good is the attributes of a route of ours that nothing is wrong with, and more behind them.
func (p *probe) good(more ...[]byte) []byte {
	a := join(origin(0), p.path(), nextHop(p.addr))
	if p.kind == internal {
		a = join(a, localPref(100))
	}
	return join(a, join(more...))
}

// path is an AS path as we send it.
func (p *probe) path() []byte {
	switch {
	case p.kind == internal:
		return asPath(65100, 65300)
	case p.old:
		return path(segment2(asSequence, neighborAS, 65300))
	}
	return asPath(p.as(), 65300)
}

// good6 is the attributes of a route in IPv6.
func (p *probe) good6(prefix netip.Prefix, more ...[]byte) []byte {
	return join(mpReach(2, 1, p.addr6().AsSlice(), nlri(prefix)), origin(0), p.path(), join(more...))
}

func (p *probe) announce(n int, more ...[]byte) []byte {
	if p.ids {
		return update(nil, p.good(more...), numbered(1, p.prefix(n)))
	}
	return update(nil, p.good(more...), nlri(p.prefix(n)))
}

// open is our OPEN with o's fields.
func (p *probe) open(o open) []byte {
	if !o.id.IsValid() {
		o.id = p.id
	}
	return o.octets(p.as())
}

// opensent is a connection on which the daemon has said its OPEN and we nothing.
func (p *probe) opensent() (*conn, error) {
	c, _, err := p.greeted()
	return c, err
}

// greeted is opensent with the daemon's OPEN.
func (p *probe) greeted() (c *conn, theirs packet, err error) {
	if c, err = p.dial(); err != nil {
		return nil, packet{}, err
	}
	if theirs, err = c.wantOpen(); err != nil {
		c.Close()
		return nil, packet{}, err
	}
	return c, theirs, nil
}

// openconfirm is a connection on which both have said their OPEN, and the daemon its KEEPALIVE.
func (p *probe) openconfirm(o open) (*conn, error) {
	c, err := p.opensent()
	if err != nil {
		return nil, err
	}
	c.send(p.open(o))
	return c, c.wantKeepalive()
}

// established is a session.
func (p *probe) established(o open) (*conn, error) {
	c, err := p.opensent()
	if err != nil {
		return nil, err
	}
	return c, p.complete(c, o)
}

// complete brings up the session on which the daemon has said its OPEN: ours goes out, the daemon takes it, and a route of ours
// gets through.
func (p *probe) complete(c *conn, o open) error {
	c.send(p.open(o))
	if err := c.wantKeepalive(); err != nil {
		return err
	}
	p.old = o.noCaps
	c.send(keepalive)
	return p.alive(c, 15)
}

// alive shows that the session works: the daemon takes a route of it, the prefix n, and tells another neighbor.
func (p *probe) alive(c *conn, n int) error {
	mark := uint32(time.Now().UnixNano())
	c.send(p.announce(n, communities(0xfde80000|mark&0xffff)))
	err := p.d.watch.wantRoute(p.prefix(n), func(r route) error {
		if got := r.attrs[attrCommunities].value; string(got) != string(u32(0xfde80000|mark&0xffff)) {
			return fmt.Errorf("communities %x", got)
		}
		return nil
	})
	if err != nil {
		select {
		case got := <-c.inbox:
			return fmt.Errorf("the session does not work: %v", got)
		default:
			return fmt.Errorf("the session does not work: %w", err)
		}
	}
	return nil
}

// answered gives a check: in a state, send octets, and want a NOTIFICATION.
func answered(state func(*probe) (*conn, error), octets func(*probe) []byte, codes ...code) func(*probe) error {
	return func(p *probe) error {
		c, err := state(p)
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(octets(p))
		return c.wantNotification(patience, codes...)
	}
}

// The states that checks begin in.
func inOpenSent(p *probe) (*conn, error)    { return p.opensent() }
func inOpenConfirm(p *probe) (*conn, error) { return p.openconfirm(open{}) }
func inEstablished(p *probe) (*conn, error) { return p.established(open{}) }

func always(octets []byte) func(*probe) []byte { return func(*probe) []byte { return octets } }

// withdrawn gives a check: a route that is announced well, and then with attributes that RFC 7606 treats as a withdrawal, goes
// from the other neighbors, and the session stays. attrs gives the whole path attributes.
func withdrawn(attrs func(p *probe) []byte) func(*probe) error {
	return overwritten(attrs, true)
}

// discarded gives a check: a route announced with an attribute that RFC 7606 discards is taken without it. value gives that
// attribute; gone is its type.
func discarded(value func(p *probe) []byte, gone byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(p.announce(0, value(p)))
		err = p.d.watch.wantRoute(p.prefix(0), func(r route) error {
			if a, held := r.attrs[gone]; held && gone != 0 {
				return fmt.Errorf("attribute %d is passed on: %x", gone, a.value)
			}
			return nil
		})
		if err != nil {
			return p.orEnd(c, err)
		}
		return p.alive(c, 14)
	}
}

// orEnd adds to err what the daemon said in place of what was wanted.
func (p *probe) orEnd(c *conn, err error) error {
	select {
	case got := <-c.inbox:
		if got.kind != typeKeepalive && got.kind != typeRefresh {
			return fmt.Errorf("%v: %w", got, err)
		}
	default:
	}
	return err
}

func overwritten(attrs func(p *probe) []byte, first bool) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		if first {
			c.send(p.announce(0))
			if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
				return p.orEnd(c, err)
			}
		}
		c.send(update(nil, attrs(p), nlri(p.prefix(0))))
		if err := p.alive(c, 14); err != nil {
			return err
		}
		return p.d.watch.wantNoRoute(p.prefix(0))
	}
}

// withdrawn6 is withdrawn for IPv6: attrs are those beside MP_REACH_NLRI.
func withdrawn6(attrs func(p *probe) []byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(update(nil, p.good6(p.prefix6(0)), nil))
		if err := p.d.watch.wantRoute(p.prefix6(0), nil); err != nil {
			return p.orEnd(c, err)
		}
		reach := mpReach(2, 1, p.addr6().AsSlice(), nlri(p.prefix6(0)))
		c.send(update(nil, join(reach, attrs(p)), nil))
		if err := p.alive(c, 14); err != nil {
			return err
		}
		return p.d.watch.wantNoRoute(p.prefix6(0))
	}
}
