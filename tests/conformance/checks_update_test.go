package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

var (
	malformedList = code{3, []byte{1}, nil}
	badNLRI       = code{3, []byte{10, 1}, nil}
	updateError   = code{3, nil, nil}
)

// body gives a check's octets: an UPDATE whose body is as given.
func body(b ...[]byte) []byte { return message(typeUpdate, join(b...)) }

// updateChecks are those of an UPDATE as a whole.
var updateChecks = []check{
	{"RFC 4271 6.3", "withdrawn routes longer than the message", "NOTIFICATION 3/1", external,
		answered(inEstablished, always(body(u16(40), u16(0))), malformedList)},
	{"RFC 4271 6.3", "path attributes longer than the message", "NOTIFICATION 3/1", external,
		answered(inEstablished, always(body(u16(0), u16(40))), malformedList)},
	{"RFC 4271 6.3, RFC 7606 5.3", "a prefix of 33 bits announced", "NOTIFICATION 3/10", external,
		answered(inEstablished, func(p *probe) []byte { return update(nil, p.good(), []byte{33, 100, 64, 0, 0, 0}) }, badNLRI)},
	{"RFC 4271 6.3, RFC 7606 5.3", "half of a prefix announced", "NOTIFICATION 3/10", external,
		answered(inEstablished, func(p *probe) []byte { return update(nil, p.good(), []byte{24, 100, 64}) }, badNLRI)},
	{"RFC 7606 5.3", "a prefix of 33 bits withdrawn", "NOTIFICATION 3/10", external,
		answered(inEstablished, always(update([]byte{33, 100, 64, 0, 0, 0}, nil, nil)), badNLRI)},
	{"RFC 7606 5.3", "half of a prefix withdrawn", "NOTIFICATION 3/10", external,
		answered(inEstablished, always(update([]byte{24, 100, 64}, nil, nil)), badNLRI)},
	{"RFC 7606 4", "an attribute that overruns the attributes", "the route is withdrawn, the session stays", external,
		withdrawn(func(p *probe) []byte {
			return join(p.good(), []byte{optional | transitive, attrCommunities, 40, 1, 2, 3, 4})
		})},
	{"RFC 7606 4", "an attribute cut within its header", "the route is withdrawn, the session stays", external,
		withdrawn(func(p *probe) []byte { return join(p.good(), []byte{optional | transitive, attrCommunities}) })},
	{"RFC 7606 3 g", "ORIGIN twice", "the first counts", external, firstCounts(func(p *probe) []byte {
		return join(p.good(), origin(2))
	}, attrOrigin, []byte{0})},
	{"RFC 7606 3 g", "MULTI_EXIT_DISC twice", "the session stays, the route is taken", external, func(p *probe) error {
		return discarded(func(*probe) []byte { return join(med(1), med(2)) }, 0)(p)
	}},
	{"RFC 7606 3 g", "COMMUNITIES twice", "the first counts", external, firstCounts(func(p *probe) []byte {
		return join(p.good(), communities(neighborAS<<16|1), communities(neighborAS<<16|2))
	}, attrCommunities, u32(neighborAS<<16|1))},
	{"RFC 7606 3 g", "an unknown transitive attribute twice", "the first counts", external, firstCounts(func(p *probe) []byte {
		return join(p.good(), attr(optional|transitive, 200, 1), attr(optional|transitive, 200, 2))
	}, 200, []byte{1})},
	{"RFC 7606 3 g", "MP_REACH_NLRI twice", "NOTIFICATION 3/1", external, answered(inEstablished, func(p *probe) []byte {
		reach := mpReach(2, 1, p.addr6().AsSlice(), nlri(p.prefix6(0)))
		return update(nil, join(reach, reach, origin(0), p.path()), nil)
	}, malformedList)},
	{"RFC 7606 3 g", "MP_UNREACH_NLRI twice", "NOTIFICATION 3/1", external, answered(inEstablished, func(p *probe) []byte {
		gone := mpUnreach(2, 1, nlri(p.prefix6(0)))
		return update(nil, join(gone, gone), nil)
	}, malformedList)},
	{"RFC 4271 4.3", "a prefix both withdrawn and announced in one UPDATE", "it is announced", external, func(p *probe) error {
		return told(p, update(nlri(p.prefix(0)), p.good(), nlri(p.prefix(0))))
	}},
	{"RFC 4724 2", "an UPDATE without anything (End-of-RIB)", "nothing happens", external, harmless(always(update(nil, nil, nil)))},
	{"RFC 4724 2", "an empty MP_UNREACH_NLRI (End-of-RIB)", "nothing happens", external,
		harmless(always(update(nil, mpUnreach(2, 1, nil), nil)))},
	{"RFC 4271 5", "attributes without a prefix", "nothing happens", external,
		harmless(func(p *probe) []byte { return update(nil, p.good(), nil) })},
	{"RFC 4271 4.3", "the withdrawal of a route that never was", "nothing happens", external,
		harmless(func(p *probe) []byte { return update(nlri(p.prefix(3)), nil, nil) })},
	{"RFC 4271 4.3", "a prefix with bits beyond its length", "they are ignored", external, func(p *probe) error {
		b := nlri(p.prefix(0))
		b[4] |= 0x0f
		return told(p, update(nil, p.good(), b))
	}},
	{"RFC 4271 4.3", "a withdrawal", "others are told", external, func(p *probe) error {
		return gone(p, p.announce(0), update(nlri(p.prefix(0)), nil, nil), p.prefix(0))
	}},
	{"RFC 4760 4", "a withdrawal in IPv6", "others are told", external, func(p *probe) error {
		return gone(p, update(nil, p.good6(p.prefix6(0)), nil), update(nil, mpUnreach(2, 1, nlri(p.prefix6(0))), nil), p.prefix6(0))
	}},
	{"RFC 4271 3.1", "a second announcement of a prefix", "it replaces the first", external, replaced},
	{"RFC 4271 4.3", "several prefixes in one UPDATE", "all are announced", external, func(p *probe) error {
		return told(p, update(nil, p.good(), nlri(p.prefix(0), p.prefix(1), p.prefix(2))), p.prefix(1), p.prefix(2))
	}},
	{"RFC 4271 4.3", "a default route", "it is taken, and withdrawn", external, defaultRoute},
	{"RFC 4271 5", "an unknown transitive attribute", "it is passed on, with the Partial flag", external, func(p *probe) error {
		return passes(p, attr(optional|transitive, 200, 7, 7), 200, func(a attribute) error {
			if a.flags&partial == 0 || !bytes.Equal(a.value, []byte{7, 7}) {
				return fmt.Errorf("flags %#x, value %x", a.flags, a.value)
			}
			return nil
		})
	}},
	{"RFC 4271 5", "an unknown transitive attribute that is Partial already", "it stays so", external, func(p *probe) error {
		return passes(p, attr(optional|transitive|partial, 200, 7), 200, func(a attribute) error {
			if a.flags&partial == 0 {
				return fmt.Errorf("flags %#x", a.flags)
			}
			return nil
		})
	}},
	{"RFC 4271 5", "an unknown attribute that is not transitive", "it is not passed on", external,
		discarded(func(*probe) []byte { return attr(optional, 200, 7) }, 200)},
	{"RFC 4271 6.3", "an unknown well-known attribute", "NOTIFICATION 3/2 with the attribute", external,
		answered(inEstablished, func(p *probe) []byte { return p.announce(0, attr(transitive, 200, 7)) },
			code{3, []byte{2}, attr(transitive, 200, 7)})},
	{"RFC 4271 4.3", "a length of two octets where one would do", "the route is taken", external, func(p *probe) error {
		return told(p, update(nil, join(attr(transitive|extended, attrOrigin, 0), p.path(), nextHop(p.addr)), nlri(p.prefix(0))))
	}},
	{"RFC 4271 5", "attributes in another order", "the route is taken", external, func(p *probe) error {
		return told(p, update(nil, join(communities(neighborAS<<16|1), nextHop(p.addr), p.path(), origin(0)), nlri(p.prefix(0))))
	}},
	{"RFC 4271 4.3", "the four low bits of the flags set", "they are ignored", external, func(p *probe) error {
		return told(p, update(nil, join(attr(transitive|0x0f, attrOrigin, 0), p.path(), nextHop(p.addr)), nlri(p.prefix(0))))
	}},
	{"RFC 4760 3", "IPv4 and IPv6 in one UPDATE", "both are taken", external, func(p *probe) error {
		both := join(mpReach(2, 1, p.addr6().AsSlice(), nlri(p.prefix6(0))), p.good())
		return told(p, update(nil, both, nlri(p.prefix(0))), p.prefix6(0))
	}},
	{"RFC 4760 5", "IPv4 unicast in MP_REACH_NLRI", "it is taken", external, func(p *probe) error {
		return told(p, update(nil, join(mpReach(1, 1, p.addr.AsSlice(), nlri(p.prefix(0))), origin(0), p.path()), nil))
	}},
	{"RFC 2545 3", "a next hop of 32 octets", "the route is taken", external, func(p *probe) error {
		hop := join(p.addr6().AsSlice(), netip.MustParseAddr("fe80::77").AsSlice())
		return told6(p, update(nil, join(mpReach(2, 1, hop, nlri(p.prefix6(0))), origin(0), p.path()), nil))
	}},
	{"RFC 7606 5.1", "MP_REACH_NLRI behind the other attributes", "the route is taken", external, func(p *probe) error {
		return told6(p, update(nil, join(origin(0), p.path(), mpReach(2, 1, p.addr6().AsSlice(), nlri(p.prefix6(0)))), nil))
	}},
	{"RFC 4760 3", "NEXT_HOP beside MP_REACH_NLRI alone", "it is ignored, the route is taken", external, func(p *probe) error {
		return told6(p, update(nil, p.good6(p.prefix6(0), nextHop(netip.MustParseAddr("0.0.0.0"))), nil))
	}},
	{"RFC 4760 7", "a family that was not agreed", "the session stays", external, harmless(func(p *probe) []byte {
		return update(nil, join(mpReach(25, 65, p.addr.AsSlice(), []byte{0, 5, 1, 2, 3, 4, 5}), origin(0), p.path()), nil)
	})},
	{"RFC 4760 7, RFC 7606 7.11", "an IPv6 next hop of 5 octets", "the session is reset, or IPv6 is ignored", external,
		resetOrNothing(func(p *probe) []byte {
			return update(nil, join(mpReach(2, 1, make([]byte, 5), nlri(p.prefix6(0))), origin(0), p.path()), nil)
		})},
	{"RFC 7606 5.3", "an IPv6 prefix of 129 bits", "the session is reset, or IPv6 is ignored", external, resetOrNothing(func(p *probe) []byte {
		return update(nil, join(mpReach(2, 1, p.addr6().AsSlice(), append([]byte{129}, make([]byte, 17)...)), origin(0), p.path()), nil)
	})},
	{"RFC 7606 7.11", "an MP_REACH_NLRI of 4 octets", "the session is reset, or IPv6 is ignored", external, resetOrNothing(func(p *probe) []byte {
		return update(nil, join(attr(optional, attrMPReach, 0, 2, 1, 16), origin(0), p.path()), nil)
	})},
	{"RFC 7606 7.12", "an MP_UNREACH_NLRI of 2 octets", "the session is reset, or IPv6 is ignored", external,
		resetOrNothing(always(update(nil, attr(optional, attrMPUnreach, 0, 2), nil)))},
	{"RFC 7606 5.3", "an IPv6 prefix of 129 bits withdrawn", "the session is reset, or IPv6 is ignored", external, resetOrNothing(always(
		update(nil, mpUnreach(2, 1, append([]byte{129}, make([]byte, 17)...)), nil)))},
}

// told sends an UPDATE and wants the check's first prefix, and more, at another neighbor, and the session alive.
func told(p *probe, octets []byte, more ...netip.Prefix) error {
	return toldAll(p, octets, append(more, p.prefix(0)))
}

func told6(p *probe, octets []byte) error { return toldAll(p, octets, []netip.Prefix{p.prefix6(0)}) }

func toldAll(p *probe, octets []byte, prefixes []netip.Prefix) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(octets)
	for _, x := range prefixes {
		if err := p.d.watch.wantRoute(x, nil); err != nil {
			return p.orEnd(c, err)
		}
	}
	return p.alive(c, 14)
}

// gone sends an announcement, and then its withdrawal.
func gone(p *probe, announcement, withdrawal []byte, prefix netip.Prefix) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(announcement)
	if err := p.d.watch.wantRoute(prefix, nil); err != nil {
		return p.orEnd(c, err)
	}
	c.send(withdrawal)
	if err := p.d.watch.wantNoRoute(prefix); err != nil {
		return p.orEnd(c, err)
	}
	return p.alive(c, 14)
}

// firstCounts gives a check: of an attribute that is there twice the first is passed on.
func firstCounts(attrs func(p *probe) []byte, kind byte, value []byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(update(nil, attrs(p), nlri(p.prefix(0))))
		err = p.d.watch.wantRoute(p.prefix(0), func(r route) error {
			if got := r.attrs[kind].value; !bytes.Equal(got, value) {
				return fmt.Errorf("attribute %d is %x", kind, got)
			}
			return nil
		})
		if err != nil {
			return p.orEnd(c, err)
		}
		return p.alive(c, 14)
	}
}

// passes sends a route with a further attribute and judges what another neighbor gets of it.
func passes(p *probe, value []byte, kind byte, judge func(attribute) error) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(p.announce(0, value))
	err = p.d.watch.wantRoute(p.prefix(0), func(r route) error {
		a, held := r.attrs[kind]
		if !held {
			return fmt.Errorf("without attribute %d", kind)
		}
		return judge(a)
	})
	if err != nil {
		return p.orEnd(c, err)
	}
	return nil
}

// harmless gives a check: octets change nothing, neither the session nor a route that is there.
func harmless(octets func(p *probe) []byte) func(*probe) error {
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
		c.send(octets(p))
		if err := p.alive(c, 14); err != nil {
			return err
		}
		return p.d.watch.wantRoute(p.prefix(0), nil)
	}
}

// resetOrNothing gives a check: a mistake that cannot be repaired resets the session, or the family goes unused (RFC 7606 7.11).
func resetOrNothing(octets func(p *probe) []byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(octets(p))
		if c.wantNotification(patience/2, updateError) == nil {
			return nil
		}
		if err := p.alive(c, 14); err != nil {
			return err
		}
		c.send(update(nil, p.good6(p.prefix6(1)), nil))
		if err := p.alive(c, 13); err != nil {
			return err
		}
		if p.d.watch.wantRoute(p.prefix6(1), nil) == nil {
			return errors.New("IPv6 goes on as if nothing had been")
		}
		return nil
	}
}

func replaced(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(p.announce(0, communities(neighborAS<<16|1)))
	if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
		return err
	}
	c.send(update(nil, join(origin(2), asPath(neighborAS, 65301, 65302), nextHop(p.addr)), nlri(p.prefix(0))))
	return p.d.watch.wantRoute(p.prefix(0), func(r route) error {
		_, held := r.attrs[attrCommunities]
		if !slices.Equal(r.path(), []uint32{daemonAS, neighborAS, 65301, 65302}) || held {
			return fmt.Errorf("path %v, communities %v", r.path(), held)
		}
		return nil
	})
}

func defaultRoute(p *probe) error {
	all := netip.MustParsePrefix("0.0.0.0/0")
	return gone(p, update(nil, p.good(), nlri(all)), update(nlri(all), nil, nil), all)
}
