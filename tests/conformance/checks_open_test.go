package conformance

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// said gives a check: an OPEN of ours in OpenSent is answered with a NOTIFICATION.
func said(o open, codes ...code) func(*probe) error {
	return answered(inOpenSent, func(p *probe) []byte { return p.open(o) }, codes...)
}

// taken gives a check: a session comes up with an OPEN of ours.
func taken(o open) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(o)
		if err != nil {
			return err
		}
		return c.Close()
	}
}

var (
	badVersion = code{2, []byte{1}, nil}
	badPeerAS  = code{2, []byte{2}, nil}
	badID      = code{2, []byte{3}, nil}
	badParam   = code{2, []byte{4}, nil}
	badHold    = code{2, []byte{6}, nil}
	openError  = code{2, nil, nil}
)

var openChecks = []check{
	{"RFC 4271 6.2", "an OPEN of version 3", "NOTIFICATION 2/1 with version 4", external,
		said(open{version: 3}, code{2, []byte{1}, u16(4)})},
	{"RFC 4271 6.2", "an OPEN of version 5", "NOTIFICATION 2/1", external, said(open{version: 5}, badVersion)},
	{"RFC 4271 6.2", "an OPEN with another AS", "NOTIFICATION 2/2", external, func(p *probe) error {
		return said(open{as: 65199, caps: [][]byte{capMP(1, 1), capAS4(65199)}}, badPeerAS)(p)
	}},
	{"RFC 7607 2", "an OPEN with AS 0", "NOTIFICATION 2/2", external, said(open{as: -1, caps: [][]byte{capMP(1, 1)}}, badPeerAS)},
	{"RFC 6793 4.2.1, RFC 7607", "AS 0 in the four-octet capability", "NOTIFICATION 2/2", external,
		said(open{caps: [][]byte{capMP(1, 1), capAS4(0)}}, badPeerAS)},
	{"RFC 6793 4.1", "a neighbor with an AS number of four octets", "the session comes up", wide, taken(open{})},
	{"RFC 6793 4.1", "AS_TRANS without the four-octet capability, from such a neighbor", "NOTIFICATION 2/2", wide,
		said(open{caps: [][]byte{capMP(1, 1)}}, badPeerAS)},
	{"RFC 4271 6.2, RFC 6286", "an OPEN with BGP identifier 0", "NOTIFICATION 2/3", external,
		said(open{id: netip.IPv4Unspecified()}, badID)},
	{"RFC 6286 2.2", "the daemon's own BGP identifier from an internal neighbor", "NOTIFICATION 2/3", internal, ownIdentifier(badID)},
	{"RFC 6286 2.2", "the daemon's own BGP identifier from an external neighbor", "the session comes up", external, ownIdentifier()},
	{"RFC 6286 2.1", "a BGP identifier that is no unicast address", "the session comes up", external,
		taken(open{id: netip.MustParseAddr("240.0.0.7")})},
	{"RFC 4271 6.2", "a hold time of 1", "NOTIFICATION 2/6", external, said(open{hold: 1}, badHold)},
	{"RFC 4271 6.2", "a hold time of 2", "NOTIFICATION 2/6", external, said(open{hold: 2}, badHold)},
	{"RFC 4271 4.2", "a hold time of 3", "the session comes up", external, taken(open{hold: 3})},
	{"RFC 4271 4.2", "a hold time of 65535", "the session comes up", external, taken(open{hold: 65535})},
	{"RFC 4271 4.4", "a hold time of 0", "no KEEPALIVE after the first, and no expiry", external, holdZero},
	{"RFC 4271 6.2", "an optional parameter of unknown type", "NOTIFICATION 2/4", external,
		said(open{params: []byte{77, 2, 0, 0}}, badParam)},
	{"RFC 4271 6.2, RFC 5492", "the deprecated authentication parameter", "NOTIFICATION 2/4 or 2/5", external,
		said(open{params: []byte{1, 2, 0, 0}}, badParam, code{2, []byte{5}, nil})},
	{"RFC 4271 6.2", "optional parameters longer than the message", "an OPEN message error", external,
		answered(inOpenSent, func(p *probe) []byte {
			return message(typeOpen, join([]byte{4}, u16(neighborAS), u16(90), p.id.AsSlice(), []byte{40, 2, 2, 2, 0}))
		}, openError, badLength)},
	{"RFC 4271 6.2", "a parameter longer than the parameters", "an OPEN message error", external,
		said(open{params: []byte{2, 20, 2, 0}}, openError)},
	{"RFC 5492 4", "a capability longer than its parameter", "an OPEN message error", external,
		said(open{params: []byte{2, 4, 65, 40, 0, 0}}, openError)},
	{"RFC 5492 4", "each capability in a parameter of its own", "the session comes up", external, taken(open{single: true})},
	{"RFC 5492 4", "all capabilities in one parameter", "the session comes up", external, taken(open{})},
	{"RFC 5492 4", "the same capability twice", "the session comes up", external, func(p *probe) error {
		return taken(open{caps: [][]byte{capMP(1, 1), capMP(1, 1), capRefresh, capRefresh, capAS4(p.as())}})(p)
	}},
	{"RFC 5492 3", "capabilities that nobody knows", "the session comes up", external, func(p *probe) error {
		return taken(open{caps: [][]byte{capMP(1, 1), capability(239, 1, 2, 3), capability(128), capAS4(p.as())}})(p)
	}},
	{"RFC 5492 3", "no optional parameter at all", "the session comes up, for IPv4 unicast", external, taken(open{noCaps: true})},
	{"RFC 4760 8", "no multiprotocol capability", "nothing of IPv6 is sent", external, noMultiprotocol},
	{"RFC 4760 8", "a family that nobody knows beside IPv4", "the session comes up", external, func(p *probe) error {
		return taken(open{caps: [][]byte{capMP(1, 1), capMP(16397, 71), capAS4(p.as())}})(p)
	}},
	{"RFC 9072 2", "the extended form of the optional parameters", "the session comes up", external, taken(open{long: true})},
	{"RFC 9072 2", "the extended form where the short one would do, with an unknown capability of 255 octets", "the session comes up",
		external, func(p *probe) error {
			return taken(open{long: true, caps: [][]byte{capability(239, make([]byte, 255)...), capMP(1, 1), capAS4(p.as())}})(p)
		}},
	{"RFC 4724 3", "the graceful restart capability with no family", "the session comes up", external, func(p *probe) error {
		return taken(open{caps: [][]byte{capMP(1, 1), capAS4(p.as()), capability(64, 0, 120)}})(p)
	}},
	{"RFC 4271 4.2", "the daemon's own OPEN", "version 4, its AS, a hold time of 0 or at least 3, an identifier", external, theirOpen},
	{"RFC 6793 4.1", "the daemon's own OPEN", "the four-octet AS capability with its AS", external,
		theirCapability(65, u32(daemonAS))},
	{"RFC 4760 8", "the daemon's own OPEN", "the multiprotocol capability for IPv4 unicast", external,
		theirCapability(1, []byte{0, 1, 0, 1})},
	{"RFC 2918 2", "the daemon's own OPEN", "the route refresh capability", external, theirCapability(2, []byte{})},
	{"RFC 5492 4", "the daemon's own OPEN", "no capability overruns its parameter", external, theirOpen},
	{"RFC 9234 4.2", "the role that does not go with the daemon's", "NOTIFICATION 2/11", customer, func(p *probe) error {
		return said(open{caps: [][]byte{capMP(1, 1), capAS4(p.as()), capability(9, 0)}}, code{2, []byte{11}, nil})(p)
	}},
	{"RFC 9234 4.2", "two roles that differ", "NOTIFICATION 2/11", customer, func(p *probe) error {
		return said(open{caps: [][]byte{capMP(1, 1), capAS4(p.as()), capability(9, 3), capability(9, 4)}}, code{2, []byte{11}, nil})(p)
	}},
	{"RFC 9234 4.2", "the role that goes with the daemon's", "the session comes up", customer, func(p *probe) error {
		return taken(open{caps: [][]byte{capMP(1, 1), capAS4(p.as()), capability(9, 3)}})(p)
	}},
	{"RFC 9234 4.2", "no role, where the daemon is not strict", "the session comes up", customer, taken(open{})},
}

// ownIdentifier answers the daemon's OPEN with its identifier; without codes the session must come up.
func ownIdentifier(codes ...code) func(*probe) error {
	return func(p *probe) error {
		c, theirs, err := p.greeted()
		if err != nil {
			return err
		}
		defer c.Close()
		id, _ := netip.AddrFromSlice(theirs.body[5:9])
		c.send(p.open(open{id: id}))
		if len(codes) > 0 {
			return c.wantNotification(patience, codes...)
		}
		if err := c.wantKeepalive(); err != nil {
			return err
		}
		c.send(keepalive)
		return p.alive(c, 15)
	}
}

func holdZero(p *probe) error {
	c, err := p.established(open{hold: -1})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := quiet(c, time.Second); err != nil { // until what comes at the beginning has been counted
		return err
	}
	before := c.keepalives()
	if err := quiet(c, 3*time.Second); err != nil {
		return err
	}
	if n := c.keepalives() - before; n > 0 {
		return fmt.Errorf("%d KEEPALIVEs in 3 s", n)
	}
	return p.alive(c, 14)
}

func noMultiprotocol(p *probe) error {
	c, err := p.established(open{caps: [][]byte{capAS4(p.as())}})
	if err != nil {
		return err
	}
	defer c.Close()
	// Another neighbor announces a route of each family; the one of IPv4 comes here.
	shown := p.d.feed(p.index)
	if err := c.wantRoute(shown, nil); err != nil {
		return err
	}
	c.table.mu.Lock()
	defer c.table.mu.Unlock()
	for prefix := range c.table.routes {
		if prefix.Addr().Is6() {
			return fmt.Errorf("%v was sent", prefix)
		}
	}
	return nil
}

func theirOpen(p *probe) error {
	c, err := p.dial()
	if err != nil {
		return err
	}
	defer c.Close()
	o, err := c.wantOpen()
	if err != nil {
		return err
	}
	b := o.body
	if len(b) < 10 {
		return fmt.Errorf("an OPEN of %d octets", len(b))
	}
	hold := binary.BigEndian.Uint16(b[3:])
	switch {
	case b[0] != 4:
		return fmt.Errorf("version %d", b[0])
	case binary.BigEndian.Uint16(b[1:]) != daemonAS:
		return fmt.Errorf("AS %d", binary.BigEndian.Uint16(b[1:]))
	case hold == 1 || hold == 2:
		return fmt.Errorf("hold time %d", hold)
	case bytes.Equal(b[5:9], make([]byte, 4)):
		return errors.New("identifier 0")
	case len(offered(b)) == 0:
		return errors.New("no capability")
	}
	return nil
}

// theirCapability gives a check: the daemon offers a capability with that value.
func theirCapability(number byte, value []byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.dial()
		if err != nil {
			return err
		}
		defer c.Close()
		o, err := c.wantOpen()
		if err != nil {
			return err
		}
		for _, v := range offered(o.body)[number] {
			if bytes.Equal(v, value) {
				return nil
			}
		}
		return fmt.Errorf("capability %d is %x", number, offered(o.body)[number])
	}
}

// offered gives the values of the capabilities in the body of an OPEN; nil when they do not add up.
func offered(b []byte) map[byte][][]byte {
	if len(b) < 10 {
		return nil
	}
	caps := map[byte][][]byte{}
	b = b[9:]
	long := b[0] == 255 && len(b) > 3 && b[1] == 255
	if long {
		b = b[4:]
	} else {
		b = b[1:]
	}
	for len(b) > 0 {
		head := 2
		if long {
			head = 3
		}
		if len(b) < head {
			return nil
		}
		n := int(b[1])
		if long {
			n = int(binary.BigEndian.Uint16(b[1:]))
		}
		if len(b) < head+n {
			return nil
		}
		for v := b[head : head+n]; len(v) > 0; {
			if len(v) < 2 || len(v) < 2+int(v[1]) {
				return nil
			}
			caps[v[0]] = append(caps[v[0]], v[2:2+v[1]])
			v = v[2+v[1]:]
		}
		b = b[head+n:]
	}
	return caps
}
