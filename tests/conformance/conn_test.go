package conformance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// patience is how long an answer that the RFC demands at once may take, on a machine that has much else to do. Of programs that are
// not judged, less is waited for what may never come.
var patience = 30 * time.Second

// conn is one TCP connection to the daemon.
type conn struct {
	net.Conn
	table *table
	inbox chan packet // all messages but UPDATE, and at last one of kind 0: the connection has ended
	first *packet     // read already, before anything else is

	mu        sync.Mutex
	keepalive time.Time // when the last KEEPALIVE came
	counted   int       // KEEPALIVEs so far
}

// packet is a message of the daemon's without its header; kind 0 is the end of the connection, with its cause.
type packet struct {
	kind byte
	body []byte
	err  error
}

func newConn(c net.Conn) *conn {
	s := &conn{Conn: c, table: newTable(), inbox: make(chan packet, 1000)}
	go s.read()
	return s
}

func (c *conn) read() {
	var head [19]byte
	for {
		if _, err := io.ReadFull(c, head[:]); err != nil {
			c.inbox <- packet{err: err}
			return
		}
		n := int(binary.BigEndian.Uint16(head[16:])) - 19
		if n < 0 || !bytes.Equal(head[:16], bytes.Repeat([]byte{0xff}, 16)) {
			c.inbox <- packet{err: fmt.Errorf("the daemon sent a bad header: %x", head)}
			return
		}
		body := make([]byte, n)
		if _, err := io.ReadFull(c, body); err != nil {
			c.inbox <- packet{err: err}
			return
		}
		switch head[18] {
		case typeUpdate:
			if err := c.table.take(body); err != nil {
				c.inbox <- packet{err: err}
				return
			}
			continue
		case typeKeepalive:
			c.mu.Lock()
			c.keepalive, c.counted = time.Now(), c.counted+1
			c.mu.Unlock()
		}
		c.inbox <- packet{kind: head[18], body: body}
	}
}

func (c *conn) keepalives() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counted
}

// send writes octets; a connection that the daemon has closed already shows at the next reading.
func (c *conn) send(parts ...[]byte) {
	c.SetWriteDeadline(time.Now().Add(patience))
	c.Write(join(parts...))
}

// next gives the daemon's next message that is no KEEPALIVE.
func (c *conn) next(limit time.Duration) (packet, error) {
	if p := c.first; p != nil {
		c.first = nil
		return *p, nil
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case p := <-c.inbox:
			if p.kind != typeKeepalive {
				return p, nil
			}
		case <-timer.C:
			return packet{}, fmt.Errorf("nothing within %v", limit)
		}
	}
}

// wantOpen reads the daemon's OPEN.
func (c *conn) wantOpen() (packet, error) {
	p, err := c.next(patience)
	if err == nil && p.kind != typeOpen {
		err = fmt.Errorf("%v instead of an OPEN", p)
	}
	return p, err
}

// wantKeepalive waits for the KEEPALIVE that accepts our OPEN.
func (c *conn) wantKeepalive() error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case p := <-c.inbox:
			if p.kind == typeKeepalive {
				return nil
			}
			return fmt.Errorf("%v instead of a KEEPALIVE", p)
		case <-timer.C:
			return errors.New("no KEEPALIVE")
		}
	}
}

// code is a NOTIFICATION that answers rightly: its code and one of the subcodes; none means any.
type code struct {
	code     byte
	subcodes []byte
	data     []byte // nil: anything
}

func (n code) String() string {
	var subs []string
	for _, s := range n.subcodes {
		subs = append(subs, fmt.Sprintf("%d/%d", n.code, s))
	}
	if len(subs) == 0 {
		return fmt.Sprintf("%d/any", n.code)
	}
	return strings.Join(subs, " or ")
}

// wantNotification waits for a NOTIFICATION that is one of those, and the end of the connection after it.
func (c *conn) wantNotification(limit time.Duration, codes ...code) error {
	for {
		p, err := c.next(limit)
		if err != nil {
			return fmt.Errorf("wanted NOTIFICATION %v: %w", codes, err)
		}
		if p.kind == typeRefresh { // sent before our mistake was seen
			continue
		}
		if p.kind != typeNotification {
			return fmt.Errorf("%v instead of NOTIFICATION %v", p, codes)
		}
		if len(p.body) < 2 {
			return fmt.Errorf("a NOTIFICATION of %d octets", len(p.body))
		}
		right := slices.ContainsFunc(codes, func(n code) bool {
			return n.code == p.body[0] && (len(n.subcodes) == 0 || slices.Contains(n.subcodes, p.body[1])) &&
				(n.data == nil || bytes.Equal(n.data, p.body[2:]))
		})
		if !right {
			return fmt.Errorf("%v instead of NOTIFICATION %v", p, codes)
		}
		return c.wantEnd(limit)
	}
}

// wantEnd waits until the daemon closes the connection without a word.
func (c *conn) wantEnd(limit time.Duration) error {
	for {
		p, err := c.next(limit)
		if err != nil {
			return fmt.Errorf("the connection stays open: %w", err)
		}
		switch p.kind {
		case typeRefresh, typeOpen:
		case 0:
			return nil
		default:
			return fmt.Errorf("%v instead of the end of the connection", p)
		}
	}
}

func (p packet) String() string {
	switch p.kind {
	case 0:
		return fmt.Sprintf("the end of the connection (%v)", p.err)
	case typeNotification:
		if len(p.body) >= 2 {
			return fmt.Sprintf("NOTIFICATION %d/%d with data %x", p.body[0], p.body[1], p.body[2:])
		}
	}
	names := [...]string{"", "an OPEN", "an UPDATE", "a NOTIFICATION", "a KEEPALIVE", "a ROUTE-REFRESH"}
	if int(p.kind) < len(names) {
		return names[p.kind]
	}
	return fmt.Sprintf("a message of type %d", p.kind)
}

// wantRoute waits until the session has been told the prefix with attributes that satisfy ok (nil: any).
func (c *conn) wantRoute(p netip.Prefix, ok func(route) error) error {
	return c.table.until(patience, fmt.Sprintf("%v at another neighbor", p), func() error {
		r, held := c.table.routes[p]
		if !held {
			return errors.New("not announced")
		}
		if ok == nil {
			return nil
		}
		return ok(r)
	})
}

// wantNoRoute waits until the session does not hold the prefix.
func (c *conn) wantNoRoute(p netip.Prefix) error {
	return c.table.until(patience, fmt.Sprintf("%v at another neighbor", p), func() error {
		if _, held := c.table.routes[p]; held {
			return errors.New("announced, and not withdrawn")
		}
		return nil
	})
}
