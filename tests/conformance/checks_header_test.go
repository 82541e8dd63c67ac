package conformance

import (
	"fmt"
	"slices"
	"time"
)

var (
	badMarker = code{1, []byte{1}, nil}
	badLength = code{1, []byte{2}, nil}
	badType   = code{1, []byte{3}, nil}
)

func lengthIs(n int) code { return code{1, []byte{2}, u16(n)} }

// headerChecks are those of the message header.
var headerChecks = []check{
	{"RFC 4271 6.1", "a marker that is not all ones, in Established", "NOTIFICATION 1/1", external,
		answered(inEstablished, always(join(slices.Repeat([]byte{0xff}, 15), []byte{0xfe}, u16(19), []byte{4})), badMarker)},
	{"RFC 4271 6.1", "a marker that is not all ones, in OpenSent", "NOTIFICATION 1/1", external,
		answered(inOpenSent, always(join(make([]byte, 16), u16(19), []byte{4})), badMarker)},
	{"RFC 4271 6.1", "a length of 0", "NOTIFICATION 1/2", external, answered(inEstablished, always(framed(0, 4, nil)), badLength)},
	{"RFC 4271 6.1", "a length of 18", "NOTIFICATION 1/2", external, answered(inEstablished, always(framed(18, 4, nil)), badLength)},
	{"RFC 4271 6.1", "a length of 18", "the NOTIFICATION's data is the length", external,
		answered(inEstablished, always(framed(18, 4, nil)), lengthIs(18))},
	{"RFC 4271 6.1", "an UPDATE of 4097 octets, without extended messages", "NOTIFICATION 1/2", external,
		answered(inEstablished, always(framed(4097, 2, make([]byte, 4078))), badLength)},
	{"RFC 4271 6.1", "a length of 65535, without extended messages", "NOTIFICATION 1/2", external,
		answered(inEstablished, always(framed(65535, 2, nil)), badLength)},
	{"RFC 4271 6.1", "an OPEN of 28 octets", "NOTIFICATION 1/2 with the length", external,
		answered(inOpenSent, always(framed(28, 1, make([]byte, 9))), lengthIs(28))},
	{"RFC 4271 6.1", "an UPDATE of 22 octets", "NOTIFICATION 1/2 with the length", external,
		answered(inEstablished, always(framed(22, 2, make([]byte, 3))), lengthIs(22))},
	{"RFC 4271 6.1", "a KEEPALIVE of 20 octets", "NOTIFICATION 1/2 with the length", external,
		answered(inEstablished, always(framed(20, 4, make([]byte, 1))), lengthIs(20))},
	{"RFC 4271 6.4", "a NOTIFICATION of 20 octets", "the session ends", external, brokenNotification},
	{"RFC 4271 6.1", "a type of 0", "NOTIFICATION 1/3 with the type", external,
		answered(inEstablished, always(framed(19, 0, nil)), code{1, []byte{3}, []byte{0}})},
	{"RFC 4271 6.1", "a type of 6", "NOTIFICATION 1/3", external, answered(inEstablished, always(framed(19, 6, nil)), badType)},
	{"RFC 4271 6.1", "a type of 255", "NOTIFICATION 1/3 with the type", external,
		answered(inEstablished, always(framed(19, 255, nil)), code{1, []byte{3}, []byte{255}})},
	{"RFC 4271 6.1", "a type of 200 in OpenSent", "NOTIFICATION 1/3", external,
		answered(inOpenSent, always(framed(19, 200, nil)), badType)},
	{"RFC 4271 4.1", "a message octet by octet", "it is taken", external, octetByOctet},
	{"RFC 4271 4.1", "100 messages in one segment", "all are taken", external, manyAtOnce},
	{"RFC 8654 4", "an UPDATE of 8000 octets, with extended messages agreed", "it is taken", external, extendedMessage},
	{"RFC 8654 4", "an OPEN of 4097 octets", "NOTIFICATION 1/2", external,
		answered(inOpenSent, always(framed(4097, 1, make([]byte, 4078))), badLength)},
	{"RFC 8654 4", "a KEEPALIVE of 4097 octets, with extended messages agreed", "NOTIFICATION 1/2", external,
		answered(extendedAgreed, always(framed(4097, 4, make([]byte, 4078))), badLength)},
	{"RFC 8654 4", "a route too large for a neighbor without extended messages", "it is not sent there, and nothing breaks", external,
		tooLargeForOthers},
}

func brokenNotification(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(p.announce(0))
	if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
		return err
	}
	c.send(framed(20, 3, []byte{6}))
	return p.d.watch.wantNoRoute(p.prefix(0))
}

func octetByOctet(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	for _, b := range p.announce(0) {
		c.send([]byte{b})
	}
	return p.d.watch.wantRoute(p.prefix(0), nil)
}

func manyAtOnce(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	var all []byte
	for i := range 100 {
		all = join(all, p.announce(i%10, med(uint32(i))), keepalive)
	}
	c.send(all)
	for i := range 10 {
		if err := p.d.watch.wantRoute(p.prefix(i), nil); err != nil {
			return p.orEnd(c, err)
		}
	}
	return p.alive(c, 14)
}

var withExtended = func(p *probe) open {
	return open{caps: [][]byte{capMP(1, 1), capMP(2, 1), capRefresh, capAS4(p.as()), capExtendedMessage}}
}

// extendedAgreed is a session with extended messages; a daemon that does not offer them lacks the check.
func extendedAgreed(p *probe) (*conn, error) {
	c, theirs, err := p.greeted()
	if err != nil {
		return nil, err
	}
	if caps := offered(theirs.body); caps[6] == nil {
		c.Close()
		return nil, errLacks
	}
	return c, p.complete(c, withExtended(p))
}

func extendedMessage(p *probe) error {
	c, err := extendedAgreed(p)
	if err != nil {
		return err
	}
	defer c.Close()
	long := make([]uint32, 0, 1800)
	for i := range 1800 {
		long = append(long, 65100<<16|uint32(i))
	}
	// The long one replaces a short one, so that what is too large for others shows there as a withdrawal at most.
	c.send(update(nil, join(p.good(), communities(long...)), nlri(p.prefix(0))))
	return p.alive(c, 14)
}

func tooLargeForOthers(p *probe) error {
	c, err := extendedAgreed(p)
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(p.announce(0))
	if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
		return err
	}
	long := make([]uint32, 0, 1800)
	for i := range 1800 {
		long = append(long, 65100<<16|uint32(i))
	}
	c.send(update(nil, join(p.good(), communities(long...)), nlri(p.prefix(0))))
	if err := p.d.watch.wantNoRoute(p.prefix(0)); err != nil {
		return fmt.Errorf("the old route stays: %w", err)
	}
	return p.alive(c, 14)
}

// quiet waits d, for checks whose demand is that nothing happens; anything but KEEPALIVEs and ROUTE-REFRESHes ends it.
func quiet(c *conn, d time.Duration) error {
	end := time.Now().Add(d)
	for {
		p, err := c.next(time.Until(end))
		if err != nil {
			return nil
		}
		if p.kind != typeRefresh {
			return fmt.Errorf("%v", p)
		}
	}
}
