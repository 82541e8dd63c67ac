package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// old is the OPEN of a neighbor without four-octet AS numbers.
var old = open{caps: [][]byte{capMP(1, 1), capRefresh}}

// enhanced is the OPEN of a neighbor with enhanced route refresh.
func enhanced(p *probe) open {
	return open{caps: [][]byte{capMP(1, 1), capMP(2, 1), capRefresh, capEnhancedRefresh, capAS4(p.as())}}
}

// exchangeChecks are those of what is passed on: AS numbers, refresh, what an external and an internal neighbor is told.
var exchangeChecks = []check{
	{"RFC 6793 4.2.2", "a two-octet AS path from an old neighbor", "it is understood", external,
		fromOld(nil, func(p *probe) []byte { return path(segment2(asSequence, neighborAS, 65300)) }, daemonAS, neighborAS, 65300)},
	{"RFC 6793 4.2.3", "AS_TRANS and AS4_PATH from an old neighbor", "the path is put together", external,
		fromOld(attr(optional|transitive, attrAS4Path, segment(asSequence, neighborAS, wideAS)...),
			func(p *probe) []byte { return path(segment2(asSequence, neighborAS, 23456)) }, daemonAS, neighborAS, wideAS)},
	{"RFC 6793 4.2.3", "AS4_PATH shorter than AS_PATH", "the front is taken from AS_PATH", external,
		fromOld(attr(optional|transitive, attrAS4Path, segment(asSequence, wideAS)...),
			func(p *probe) []byte { return path(segment2(asSequence, neighborAS, 65300, 23456)) }, daemonAS, neighborAS, 65300, wideAS)},
	{"RFC 6793 4.2.3", "AS4_PATH longer than AS_PATH", "AS4_PATH is ignored", external,
		fromOld(attr(optional|transitive, attrAS4Path, segment(asSequence, 1, 2, wideAS)...),
			func(p *probe) []byte { return path(segment2(asSequence, neighborAS, 23456)) }, daemonAS, neighborAS, 23456)},
	{"RFC 6793 6", "AS4_PATH with a segment that overruns", "AS4_PATH is dropped, the route is taken", external,
		fromOld(attr(optional|transitive, attrAS4Path, asSequence, 9, 0, 0, 0, 1),
			func(p *probe) []byte { return path(segment2(asSequence, neighborAS, 65300)) }, daemonAS, neighborAS, 65300)},
	{"RFC 6793 4.1", "AS4_PATH from a new neighbor", "it is dropped, the route is taken", external,
		discarded(func(*probe) []byte {
			return attr(optional|transitive, attrAS4Path, segment(asSequence, 65301, 65302)...)
		}, attrAS4Path)},
	{"RFC 6793 4.1", "AS4_AGGREGATOR from a new neighbor", "it is dropped, the route is taken", external,
		discarded(func(*probe) []byte {
			return attr(optional|transitive, attrAS4Aggregator, 0, 0, 0, 1, 192, 0, 2, 1)
		}, attrAS4Aggregator)},
	{"RFC 6793 4.2.2", "a four-octet AS in a path, to an old neighbor", "AS_TRANS, and AS4_PATH with the whole path", external, toOld},

	{"RFC 2918 4", "a ROUTE-REFRESH", "the routes are sent again", external, refreshed(open{}, refresh(1, 0, 1))},
	{"RFC 2918 4", "a ROUTE-REFRESH for a family that was not agreed", "it is ignored", external,
		harmless(always(refresh(25, 0, 65)))},
	{"RFC 7313 5", "a ROUTE-REFRESH of a subtype that nobody knows", "it is ignored", external,
		withOpen(enhanced, func(p *probe, c *conn) error { c.send(refresh(1, 77, 1)); return p.alive(c, 14) })},
	{"RFC 7313 5", "a ROUTE-REFRESH of subtype 1 and 24 octets", "NOTIFICATION 7/1", external,
		withOpen(enhanced, func(p *probe, c *conn) error {
			c.send(message(typeRefresh, []byte{0, 1, 1, 1, 9}))
			return c.wantNotification(patience, code{7, []byte{1}, nil})
		})},
	{"RFC 7313 4.1", "a ROUTE-REFRESH, with enhanced refresh agreed", "the routes are sent between BoRR and EoRR", external,
		withOpen(enhanced, func(p *probe, c *conn) error { return bracketed(p, c) })},
	{"RFC 7313 4.2", "BoRR, one of two routes again, EoRR", "the other is withdrawn", external, withOpen(enhanced, swept)},
	{"RFC 7313 4.2", "EoRR without BoRR", "it is ignored", external, withOpen(enhanced, func(p *probe, c *conn) error {
		c.send(p.announce(0))
		if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
			return err
		}
		c.send(refresh(1, 2, 1))
		if err := p.alive(c, 14); err != nil {
			return err
		}
		return p.d.watch.wantRoute(p.prefix(0), nil)
	})},
	{"RFC 4724 3", "graceful restart in our OPEN", "End-of-RIB after the first routes", external,
		withOpen(func(p *probe) open {
			return open{caps: [][]byte{capMP(1, 1), capMP(2, 1), capRefresh, capAS4(p.as()), capability(64, 0, 120)}}
		}, func(p *probe, c *conn) error {
			return c.table.until(patience, "End-of-RIB", func() error {
				if !c.table.ended[1] || !c.table.ended[2] {
					return fmt.Errorf("for families %v alone", c.table.ended)
				}
				return nil
			})
		})},

	{"RFC 4271 5.1.2", "a route to an external neighbor", "the daemon's AS once in front of the path", external,
		seen(watching, nil, func(p *probe, r route) error { return pathIs(r, daemonAS, neighborAS, 65300) })},
	{"RFC 4271 5.1.2", "a route to an internal neighbor", "the path as it was", external,
		seen(inside, nil, func(p *probe, r route) error { return pathIs(r, neighborAS, 65300) })},
	{"RFC 4271 5.1.2", "a path with a set at its front", "the daemon's AS in a sequence before it, or the route refused (RFC 9774)", external,
		beforeSet},
	{"RFC 4271 5.1.5", "a route to an external neighbor", "no LOCAL_PREF", internal, seen(watching, nil, lacks(attrLocalPref))},
	{"RFC 4271 5.1.5", "a route to an internal neighbor", "LOCAL_PREF", external, seen(inside, nil, has(attrLocalPref))},
	{"RFC 4271 5.1.4", "a route with MULTI_EXIT_DISC from one AS to another", "it is not passed on", external,
		seen(watching, med(77), lacks(attrMED))},
	{"RFC 4271 5.1.4", "a route with MULTI_EXIT_DISC to an internal neighbor", "it is passed on", external,
		seen(inside, med(77), has(attrMED))},
	{"RFC 4271 5.1.3", "a route to an internal neighbor", "NEXT_HOP as it was", external, seen(inside, nil, func(p *probe, r route) error {
		return hopIs(r, p.addr)
	})},
	{"RFC 4271 5.1.3", "a route to an external neighbor", "NEXT_HOP the daemon's, or ours on a shared subnet", external,
		seen(watching, nil, func(p *probe, r route) error {
			if hopIs(r, p.d.addr) == nil {
				return nil
			}
			return hopIs(r, p.addr)
		})},
	{"RFC 4271 9.2", "a route of one internal neighbor", "it is not sent to another", internal, notSeen(inside, nil)},
	{"RFC 1997", "community NO_ADVERTISE", "no neighbor is told", external, notSeen(both, communities(0xffffff02))},
	{"RFC 1997", "community NO_EXPORT", "no external neighbor is told", external, notSeen(watching, communities(0xffffff01))},
	{"RFC 1997", "community NO_EXPORT", "an internal neighbor is told", external,
		seen(inside, communities(0xffffff01), has(attrCommunities))},
	{"RFC 1997", "communities that nobody knows", "they are passed on", external,
		seen(watching, communities(neighborAS<<16|9), has(attrCommunities))},
	{"RFC 8092", "large communities", "they are passed on", external, seen(watching, largeCommunity(neighborAS, 1, 2), has(attrLarge))},
	{"RFC 4360 6", "a transitive extended community", "it is passed on", external,
		seen(watching, attr(optional|transitive, attrExtended, 0, 2, 0, 1, 0, 0, 0, 9), has(attrExtended))},
	{"RFC 4360 6", "an extended community that is not transitive", "no other AS is told of it", external,
		seen(watching, attr(optional|transitive, attrExtended, 0x40, 4, 0, 1, 0, 0, 0, 9), lacks(attrExtended))},
	{"RFC 4271 5.1.6", "ATOMIC_AGGREGATE", "it is passed on", external, seen(watching, attr(transitive, attrAtomic), has(attrAtomic))},
	{"RFC 4271 5.1.7", "AGGREGATOR", "it is passed on", external,
		seen(watching, attr(optional|transitive, attrAggregator, 0, 0, 254, 77, 192, 0, 2, 1), has(attrAggregator))},
	{"RFC 9234 5", "a route of a customer", "it carries no ONLY_TO_CUSTOMER to others", customer, seen(watching, nil, lacks(attrOTC))},
	{"RFC 4271 9.1.2.2 a", "two paths of different length", "the shorter is passed on", external, shorter},
	{"RFC 4271 9.1.2.2 b", "two paths of different ORIGIN", "the lower is passed on", external, lowerOrigin},

	{"RFC 5082 3", "TTL security, and a caller with TTL 64", "no session", guarded, farAway},
	{"RFC 5082 3", "TTL security, and a caller with TTL 255", "a session", guarded, nearBy},
	{"RFC 2385", "an MD5 password, and a caller with it", "a session", secret, taken(open{})},
	{"RFC 2385", "an MD5 password, and a caller without", "no connection", secret, unsigned("")},
	{"RFC 2385", "an MD5 password, and a caller with another", "no connection", secret, unsigned("another")},
}

// fromOld gives a check: a route of an old neighbor is passed on with the path given.
func fromOld(more []byte, as func(*probe) []byte, want ...uint32) func(*probe) error {
	return func(p *probe) error {
		c, err := p.openconfirm(old)
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(keepalive, update(nil, join(origin(0), as(p), nextHop(p.addr), more), nlri(p.prefix(0))))
		err = p.d.watch.wantRoute(p.prefix(0), func(r route) error { return pathIs(r, want...) })
		return p.orEnd(c, err)
	}
}

func pathIs(r route, want ...uint32) error {
	if got := r.path(); !slices.Equal(got, want) {
		return fmt.Errorf("path %v instead of %v", got, want)
	}
	return nil
}

func hopIs(r route, want netip.Addr) error {
	if got := r.attrs[attrNextHop].value; !bytes.Equal(got, want.AsSlice()) {
		return fmt.Errorf("next hop %v instead of %v", got, want)
	}
	return nil
}

// toOld has an old neighbor told of a route with a long AS number in its path.
func toOld(p *probe) error {
	c, err := p.openconfirm(old)
	if err != nil {
		return err
	}
	defer c.Close()
	c.send(keepalive)
	prefix := p.d.feed(p.index)
	return c.wantRoute(prefix, func(r route) error {
		if got, want := r.attrs[attrASPath].value, segment2(asSequence, daemonAS, watcherAS, 23456); !bytes.Equal(got, want) {
			return fmt.Errorf("AS_PATH %x instead of %x", got, want)
		}
		got := r.attrs[attrAS4Path].value
		if !bytes.Equal(got, segment(asSequence, daemonAS, watcherAS, wideAS)) && !bytes.Equal(got, segment(asSequence, watcherAS, wideAS)) {
			return fmt.Errorf("AS4_PATH %x", got)
		}
		return nil
	})
}

// withOpen gives a check on a session with an OPEN of its own.
func withOpen(o func(*probe) open, run func(*probe, *conn) error) func(*probe) error {
	return func(p *probe) error {
		c, theirs, err := p.greeted()
		if err != nil {
			return err
		}
		defer c.Close()
		ours := o(p)
		for _, want := range ours.caps {
			if want[0] == 70 && offered(theirs.body)[70] == nil {
				return errLacks
			}
		}
		if err := p.complete(c, ours); err != nil {
			return err
		}
		return p.orEnd(c, run(p, c))
	}
}

// refreshed gives a check: the daemon sends a route again when asked.
func refreshed(o open, request []byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(o)
		if err != nil {
			return err
		}
		defer c.Close()
		prefix := p.d.feed(p.index)
		if err := c.wantRoute(prefix, nil); err != nil {
			return err
		}
		c.send(request)
		return c.wantRoute(prefix, func(r route) error {
			if r.told < 2 {
				return errors.New("told once")
			}
			return nil
		})
	}
}

func bracketed(p *probe, c *conn) error {
	prefix := p.d.feed(p.index)
	if err := c.wantRoute(prefix, nil); err != nil {
		return err
	}
	c.send(refresh(1, 0, 1))
	for _, subtype := range []byte{1, 2} {
		got, err := c.next(patience)
		if err != nil {
			return err
		}
		if want := []byte{0, 1, subtype, 1}; got.kind != typeRefresh || !bytes.Equal(got.body, want) {
			return fmt.Errorf("%v %x instead of ROUTE-REFRESH %x", got, got.body, want)
		}
	}
	return c.wantRoute(prefix, func(r route) error {
		if r.told < 2 {
			return errors.New("told once")
		}
		return nil
	})
}

func swept(p *probe, c *conn) error {
	c.send(p.announce(0), p.announce(1))
	for n := range 2 {
		if err := p.d.watch.wantRoute(p.prefix(n), nil); err != nil {
			return err
		}
	}
	c.send(refresh(1, 1, 1), p.announce(0), p.announce(15), refresh(1, 2, 1))
	if err := p.d.watch.wantNoRoute(p.prefix(1)); err != nil {
		return err
	}
	return p.d.watch.wantRoute(p.prefix(0), nil)
}

// who is told of a route.
type who int

const (
	watching who = iota // the external neighbor
	inside              // the internal neighbor
	both
)

func (w who) of(d *subject) []*conn {
	switch w {
	case watching:
		return []*conn{d.watch}
	case inside:
		return []*conn{d.inside}
	}
	return []*conn{d.watch, d.inside}
}

// seen gives a check: what one of the other neighbors gets of a route.
func seen(w who, more []byte, judge func(*probe, route) error) func(*probe) error {
	return func(p *probe) error {
		c, err := p.established(open{})
		if err != nil {
			return err
		}
		defer c.Close()
		c.send(p.announce(0, more))
		for _, at := range w.of(p.d) {
			err := at.wantRoute(p.prefix(0), func(r route) error { return judge(p, r) })
			if err != nil {
				return p.orEnd(c, err)
			}
		}
		return nil
	}
}

func lacks(kind byte) func(*probe, route) error {
	return func(_ *probe, r route) error {
		if a, held := r.attrs[kind]; held {
			return fmt.Errorf("attribute %d is %x", kind, a.value)
		}
		return nil
	}
}

func has(kind byte) func(*probe, route) error {
	return func(_ *probe, r route) error {
		if _, held := r.attrs[kind]; !held {
			return fmt.Errorf("without attribute %d", kind)
		}
		return nil
	}
}

// notSeen gives a check: a route replaces one that all were told of, and goes from the neighbors that must not be told.
func notSeen(w who, more []byte) func(*probe) error {
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
		c.send(p.announce(0, more))
		if err := p.alive(c, 14); err != nil {
			return err
		}
		for _, at := range w.of(p.d) {
			if err := at.wantNoRoute(p.prefix(0)); err != nil {
				return err
			}
		}
		return nil
	}
}

func beforeSet(p *probe) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	set := path(segment(asSequence, neighborAS), segment(asSet, 65300, 65301))
	c.send(p.announce(0))
	if err := p.d.watch.wantRoute(p.prefix(0), nil); err != nil {
		return err
	}
	c.send(update(nil, join(origin(0), set, nextHop(p.addr)), nlri(p.prefix(0))))
	if err := p.alive(c, 14); err != nil {
		return err
	}
	want := segment(asSequence, daemonAS, neighborAS)
	return p.d.watch.table.until(patience, p.prefix(0).String(), func() error {
		r, held := p.d.watch.table.routes[p.prefix(0)]
		if got := r.attrs[attrASPath].value; held && (!bytes.HasPrefix(got, want) || len(got) == len(want)) {
			return fmt.Errorf("AS_PATH %x", got)
		}
		return nil
	})
}

// rivals sends one prefix here and, in the same breath, with other attributes from the external watcher; ours must win at the internal one.
func rivals(p *probe, better, worse []byte) error {
	c, err := p.established(open{})
	if err != nil {
		return err
	}
	defer c.Close()
	p.d.watch.send(update(nil, join(worse, nextHop(p.d.watchAddr)), nlri(p.prefix(0))))
	if err := p.d.inside.wantRoute(p.prefix(0), nil); err != nil {
		return err
	}
	c.send(update(nil, join(better, nextHop(p.addr)), nlri(p.prefix(0))))
	return p.d.inside.wantRoute(p.prefix(0), func(r route) error {
		if as := r.path(); len(as) == 0 || as[0] != neighborAS {
			return fmt.Errorf("path %v", as)
		}
		return nil
	})
}

func shorter(p *probe) error {
	return rivals(p, join(origin(2), asPath(neighborAS, 65300)), join(origin(0), asPath(watcherAS, 65300, 65300)))
}

func lowerOrigin(p *probe) error {
	return rivals(p, join(origin(0), asPath(neighborAS, 65300)), join(origin(2), asPath(watcherAS, 65300)))
}

func farAway(p *probe) error {
	c, err := p.dialFrom(p.addr, 64)
	if err != nil {
		return nil
	}
	defer c.Close()
	// The daemon may speak before it has heard anything; it must not hear us.
	c.send(p.open(open{}))
	if _, err := c.wantOpen(); err != nil {
		return nil
	}
	if c.wantKeepalive() == nil {
		return errors.New("our OPEN is answered")
	}
	return nil
}

func nearBy(p *probe) error {
	c, err := p.dialFrom(p.addr, 255)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.wantOpen(); err != nil {
		return err
	}
	return p.complete(c, open{})
}

func unsigned(key string) func(*probe) error {
	return func(p *probe) error {
		c, err := p.dialSigned(key)
		if err != nil {
			return nil
		}
		c.Close()
		return errors.New("the daemon takes the connection")
	}
}
