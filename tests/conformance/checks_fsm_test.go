package conformance

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"
)

// Identifiers above and below the daemon's.
var (
	higher = netip.MustParseAddr("203.0.113.250")
	lower  = netip.MustParseAddr("0.0.0.9")
)

var (
	unexpectedOpenSent    = code{5, []byte{1, 0}, nil}
	unexpectedOpenConfirm = code{5, []byte{2, 0}, nil}
	unexpectedEstablished = code{5, []byte{3, 0}, nil}
	collision             = code{6, []byte{7}, nil}
	expired               = code{4, nil, nil}
)

var machineChecks = []check{
	{"RFC 4271 8.2.2, RFC 6608", "a KEEPALIVE in OpenSent", "NOTIFICATION 5/1", external,
		answered(inOpenSent, always(keepalive), unexpectedOpenSent)},
	{"RFC 4271 8.2.2, RFC 6608", "an UPDATE in OpenSent", "NOTIFICATION 5/1", external,
		answered(inOpenSent, func(p *probe) []byte { return p.announce(0) }, unexpectedOpenSent)},
	{"RFC 4271 8.2.2, RFC 6608", "a ROUTE-REFRESH in OpenSent", "NOTIFICATION 5/1", external,
		answered(inOpenSent, always(refresh(1, 0, 1)), unexpectedOpenSent)},
	{"RFC 4271 8.2.2", "a NOTIFICATION in OpenSent", "the connection ends without an answer", external, ended(inOpenSent)},
	{"RFC 4271 8.2.2, RFC 6608", "an UPDATE in OpenConfirm", "NOTIFICATION 5/2", external,
		answered(inOpenConfirm, func(p *probe) []byte { return p.announce(0) }, unexpectedOpenConfirm)},
	{"RFC 4271 8.2.2, RFC 6608", "a ROUTE-REFRESH in OpenConfirm", "NOTIFICATION 5/2", external,
		answered(inOpenConfirm, always(refresh(1, 0, 1)), unexpectedOpenConfirm)},
	{"RFC 4271 8.2.2", "a second OPEN in OpenConfirm", "NOTIFICATION 5/2 or 6/7", external,
		answered(inOpenConfirm, func(p *probe) []byte { return p.open(open{}) }, unexpectedOpenConfirm, collision)},
	{"RFC 4271 8.2.2", "a NOTIFICATION in OpenConfirm", "the connection ends without an answer", external, ended(inOpenConfirm)},
	{"RFC 4271 8.2.2, RFC 6608", "an OPEN in Established", "NOTIFICATION 5/3 or 6/7", external,
		answered(inEstablished, func(p *probe) []byte { return p.open(open{}) }, unexpectedEstablished, collision)},
	{"RFC 4271 8.2.2", "a NOTIFICATION in Established", "the connection ends without an answer", external, ended(inEstablished)},
	{"RFC 4271 6.4", "a NOTIFICATION with a code that nobody knows", "the connection ends without an answer", external, func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(notification(200, 99))
		return c.wantEnd(patience)
	}},
	{"RFC 4271 9.1", "a NOTIFICATION from a neighbor with routes", "they are withdrawn from others", external,
		lost(func(c *conn) { c.send(notification(6, 2)) })},
	{"RFC 4271 8.2.2", "the connection closed by a neighbor with routes", "they are withdrawn from others", external,
		lost(func(c *conn) { c.Close() })},
	{"RFC 4271 8.2.2", "the connection reset by a neighbor with routes", "they are withdrawn from others", external, lost(func(c *conn) {
		c.Conn.(*net.TCPConn).SetLinger(0)
		c.Close()
	})},
	{"RFC 4271 8.2.2", "half of a message, then the end of the connection", "the routes are withdrawn from others", external, lost(func(c *conn) {
		c.send(framed(100, 2, make([]byte, 30)))
		c.Close()
	})},
	{"RFC 4271 8.2", "a new connection after a lost session", "a session within 10 s", external, again},
	{"RFC 4271 8.2.1", "a call from an address that is no neighbor", "it is refused without an OPEN", external, stranger},
	{"RFC 4271 6.8", "a second connection beside an Established one", "the first stays", external, secondConnection},
	{"RFC 4271 4.4", "a hold time of 3, and silence", "a KEEPALIVE at least every 1.5 s", external, timed(keepalivePace)},
	{"RFC 4271 6.5", "a hold time of 3, and silence", "NOTIFICATION 4/0 after 3 s", external, timed(holdExpires)},
	{"RFC 4271 6.5", "a hold time of 3, and silence in OpenConfirm", "NOTIFICATION 4/0 after 3 s", external, timed(holdExpiresInOpenConfirm)},
	{"RFC 4271 8.2.2", "KEEPALIVEs alone for longer than the hold time", "the session stays", external,
		timed(kept(func(*probe) []byte { return keepalive }))},
	{"RFC 4271 8.2.2", "UPDATEs alone for longer than the hold time", "the session stays", external,
		timed(kept(func(p *probe) []byte { return p.announce(1) }))},
	{"RFC 4271 6.8", "two connections at once, our identifier the higher", "ours stays, theirs gets NOTIFICATION 6/7", dialed,
		collide(higher, true, false)},
	{"RFC 4271 6.8", "two connections at once, our identifier the lower", "theirs stays, ours gets NOTIFICATION 6/7", dialed,
		collide(lower, false, false)},
	{"RFC 6286 2.3", "two connections at once, equal identifiers, our AS the higher", "ours stays, theirs gets NOTIFICATION 6/7", dialed,
		collide(netip.Addr{}, true, false)},
	{"RFC 4271 6.8", "a call beside a connection in OpenConfirm, our identifier the higher",
		"the call stays, the other gets NOTIFICATION 6/7", dialed, collide(higher, true, true)},
	{"RFC 4271 6.8", "a call beside a connection in OpenConfirm, our identifier the lower",
		"the call gets NOTIFICATION 6/7, the other stays", dialed, collide(lower, false, true)},
	{"RFC 4271 8.1.1", "a neighbor that the daemon is to call", "it calls", dialed, calls},
	{"RFC 4271 8.2.2", "a neighbor that refuses, and then answers", "it is called again within 15 s", dialed, callsAgain},
}

// ended gives a check: a NOTIFICATION in a state is not answered.
func ended(state func(*probe) (*conn, error)) func(*probe) error {
	return func(p *probe) error {
		c, err := state(p)
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(notification(6, 2))
		return c.wantEnd(patience)
	}
}

// lost gives a check: the routes of a session that ends are withdrawn from others.
func lost(end func(*conn)) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(p.announce(0))
		if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
			return err
		}
		end(c)
		return p.d.watch.wantNoRoute(p.prefix(0))
	}
}

func again(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	c.Close()
	if err := p.d.watch.wantNoRoute(p.prefix(15)); err != nil {
		return err
	}
	for end := time.Now().Add(10 * time.Second); ; {
		if c, err = p.established(open{}); err == nil {
			return c.Close()
		}
		if time.Now().After(end) {
			return err
		}
	}
}

func stranger(p *probe) error {
	c, err := p.dialFrom(p.d.stranger, 0)
	if err != nil {
		return nil // refused at once
	}
	defer c.Close()
	got, err := c.next(patience)
	switch {
	case err != nil:
		return fmt.Errorf("the connection stays open: %w", err)
	case got.kind == 0 || got.kind == typeNotification:
		return nil
	}
	return fmt.Errorf("%v", got)
}

func secondConnection(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	second, err := p.dialFrom(p.addr, 0)
	if err != nil {
		return p.alive(c, 14)
	}
	defer second.Close()
	second.send(p.open(open{}), keepalive)
	for {
		got, err := second.next(patience)
		if err != nil {
			return fmt.Errorf("the second connection stays open: %w", err)
		}
		if got.kind == 0 || got.kind == typeNotification {
			break
		}
	}
	return p.alive(c, 14)
}

// timed gives a check of times that is repeated where it fails: on a machine that stands still for a second it fails for no fault of
// the daemon's.
func timed(run func(*probe) error) func(*probe) error {
	return func(p *probe) (err error) {
		for range 3 {
			if err = run(p); err == nil {
				break
			}
		}
		return err
	}
}

func keepalivePace(p *probe) error {
	c, err := p.established(open{hold: 3})
	if err != nil {
		return err
	}
	defer c.Close()
	for range 4 {
		before := c.keepalives()
		if err := quiet(c, 1500*time.Millisecond); err != nil {
			return err
		}
		if c.keepalives() == before {
			return errors.New("no KEEPALIVE in 1.5 s")
		}
		c.send(keepalive)
	}
	return nil
}

func holdExpires(p *probe) error {
	c, err := p.established(open{hold: 3})
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(keepalive)
	start := time.Now()
	if err := c.wantNotification(3*time.Second+patience, expired); err != nil {
		return err
	}
	if d := time.Since(start); d < 2500*time.Millisecond {
		return fmt.Errorf("after %v", d)
	}
	return nil
}

func holdExpiresInOpenConfirm(p *probe) error {
	c, err := p.openconfirm(open{hold: 3})
	if err != nil {
		return err
	}
	defer c.Close()
	return c.wantNotification(3*time.Second+patience, expired)
}

// kept gives a check: a session with a hold time of 3 s stays for 5 s when octets come every second.
func kept(octets func(*probe) []byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{hold: 3})
		if err != nil {
			return err
		}
		defer c.Close()
		for range 5 {
			c.send(octets(p))
			if err := quiet(c, time.Second); err != nil {
				return err
			}
		}
		return p.alive(c, 14)
	}
}

// collide gives a check: of the daemon's connection to us and ours to the daemon one stays. An invalid id takes the daemon's own.
// confirmed: the daemon's connection is in OpenConfirm already when we call; else both OPENs go out in one breath.
func collide(id netip.Addr, oursStays, confirmed bool) func(*probe) error {
	return func(p *probe) error {
		theirs, err := p.accept(20 * time.Second)
		if err != nil {
			return err
		}
		defer theirs.Close()
		o, err := theirs.wantOpen()
		if err != nil {
			return err
		}
		if !id.IsValid() {
			id, _ = netip.AddrFromSlice(o.body[5:9])
		}
		if confirmed {
			theirs.send(p.open(open{id: id}))
			if err := theirs.wantKeepalive(); err != nil {
				return err
			}
		}
		ours, err := p.dial()
		if err != nil {
			return err
		}
		defer ours.Close()
		if _, err := ours.wantOpen(); err != nil {
			return err
		}
		if !confirmed {
			theirs.send(p.open(open{id: id}))
		}
		ours.send(p.open(open{id: id}))
		stays, goes := theirs, ours
		if oursStays {
			stays, goes = ours, theirs
		}
		if err := goes.wantNotification(patience, collision); err != nil {
			return fmt.Errorf("the connection that should go: %w", err)
		}
		stays.send(keepalive)
		return p.alive(stays, 15)
	}
}

func calls(p *probe) error {
	c, err := p.accept(20 * time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.wantOpen()
	return err
}

func callsAgain(p *probe) error {
	c, err := p.accept(20 * time.Second)
	if err != nil {
		return err
	}
	c.Close()
	c, err = p.accept(20 * time.Second)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.wantOpen(); err != nil {
		return err
	}
	return p.complete(c, open{})
}
