package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// pathChecks are those of several paths of one prefix (RFC 7911).
func pathChecks() []check {
	return slices.Concat(
		[]check{{"RFC 7911 4", "the daemon's own OPEN, to a neighbor that is to get all paths", "ADD-PATH to send, in whole entries", every, offersToSend}},
		inBoth("RFC 7911 3", "three paths of one prefix", "all are sent, each under an identifier of its own", every, receives, threePaths),
		inBoth("RFC 7911 3", "a path that changes", "its identifier stays, and that of the other", every, receives, changedPath),
		inBoth("RFC 7911 3", "a better path comes", "the identifiers of the others stay", every, receives, betterPath),
		inBoth("RFC 7911 3", "one of two paths goes, and the last", "each is withdrawn by its identifier", every, receives, oneByOne),
		inBoth("RFC 7911 3", "a path that goes and comes again", "no two paths have one identifier", every, receives, comesAgain),
		inBoth("RFC 7911 3", "twenty paths of one prefix", "all are sent", every, receives, twentyPaths),
		inBoth("RFC 7911 3", "ten prefixes of two paths, in one breath", "all are sent", every, receives, manyPrefixes),
		inBoth("RFC 7911 3, RFC 1997", "two paths, one with NO_ADVERTISE", "the other alone is sent", every, receives, oneKept),
		inBoth("RFC 7911 3", "paths of ours beside those of others", "those of others are sent to us, ours are not (which no RFC demands)", every, receives|sends, notBack),
		inBoth("RFC 7911 4", "ADD-PATH offered to send alone", "the best path is sent, without an identifier", every, sends, bestAlone),
		inBoth("RFC 2918 4, RFC 7911 3", "a ROUTE-REFRESH, with several paths", "all are sent again under the same identifiers", every, receives, pathsAgain),
		inBoth("RFC 7313 4.1, RFC 7911 3", "a ROUTE-REFRESH, with several paths and enhanced refresh", "all are sent between BoRR and EoRR", every, receives,
			bracketedPaths, capEnhancedRefresh),
		inBoth("RFC 4724 2, RFC 7911 3", "graceful restart in our OPEN, with several paths", "End-of-RIB as it is without them", every, receives,
			pathsEnd, capability(64, 0, 120)),
		inBoth("RFC 7911 2", "three paths, of which the best two are to be sent", "two are sent, and the third when one goes", best2, receives, twoBest),
		inBoth("RFC 7911 2", "a better path, where the best two are to be sent", "two are held, and it is one", best2, receives, twoBetter),
		inBoth("RFC 7911 2", "two paths of one AS and one of another, where the best of each is to be sent", "two are sent, and the third when its AS's best goes",
			perAS, receives, oneEach),
		[]check{{"RFC 7911 4", "ADD-PATH to receive offered for IPv4 alone", "IPv6 comes without identifiers", every, fourAlone},
			{"RFC 7911 4", "ADD-PATH of a mode of 0", "it is ignored", every, oddMode(0)},
			{"RFC 7911 4", "ADD-PATH of a mode of 4", "it is ignored", every, oddMode(4)}},
		inBoth("RFC 7911 3", "two paths of ours, and the better one goes by its identifier", "the other is passed on", every, sends, ourBetterGoes),
		inBoth("RFC 7911 3", "a path of ours again under its identifier, and its withdrawal", "it takes the place of the first, and nothing stays", every, sends, ourPathAgain),
		inBoth("RFC 7911 3", "the withdrawal of an identifier that never was", "nothing happens", every, sends, ourUnknown),
		inBoth("RFC 7911 3", "identifiers of 0 and 4294967295", "they are identifiers as others", every, sends, ourExtremes),
		inBoth("RFC 7606 2, RFC 7911 3", "the better of two paths of ours again, with an ORIGIN of 9", "it alone is withdrawn", every, sends, ourBadPath),
		inBoth("RFC 7313 4.2, RFC 7911 3", "BoRR, one of two paths of a prefix again, EoRR", "the other is withdrawn", every, sends, ourSweep, capEnhancedRefresh),
		inBoth("RFC 7606 5.3, RFC 7911 3", "a path identifier that is cut", "NOTIFICATION 3/10, or MP_REACH_NLRI's 3/9", every, sends, ourHalf),
	)
}

func offersToSend(p *probe) error {
	c, theirs, err := p.greeted()
	if err != nil {
		return err
	}
	defer c.Close()
	values := offered(theirs.body)[69]
	if len(values) == 0 {
		return errLacks
	}
	for _, v := range values {
		if len(v)%4 != 0 {
			return fmt.Errorf("ADD-PATH with %d octets", len(v))
		}
		for ; len(v) > 0; v = v[4:] {
			if v[3] < 1 || v[3] > 3 {
				return fmt.Errorf("ADD-PATH of mode %d", v[3])
			}
		}
	}
	if m := addPathModes(theirs.body); m[1]&sends == 0 || m[2]&sends == 0 {
		return errLacks
	}
	return nil
}

func threePaths(p *plural) error {
	for mark := range uint32(3) {
		p.feed(0, 10+mark, 101+mark, int(1+mark))
	}
	ids, err := p.holds(p.at(0), 1, 101, 102, 103)
	if err == nil && len(ids) != 3 {
		err = fmt.Errorf("identifiers %v", ids)
	}
	return err
}

// steps has a check's prefix 0 go through states, and wants that paths keep their identifiers all along.
func (p *plural) steps(states ...func() []uint32) error {
	before := map[uint32]uint32{}
	for i, state := range states {
		now, err := p.holds(p.at(0), 1, state()...)
		if err == nil {
			err = same(before, now)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
		before = now
	}
	return nil
}

func changedPath(p *plural) error {
	p.feed(0, 1, 101, 1)
	p.feed(0, 2, 102, 2)
	before, err := p.holds(p.at(0), 1, 101, 102)
	if err != nil {
		return err
	}
	p.feed(0, 1, 111, 3) // the same path, another way
	now, err := p.holds(p.at(0), 1, 111, 102)
	if err == nil && (now[111] != before[101] || now[102] != before[102]) {
		err = fmt.Errorf("identifiers %v, then %v", before, now)
	}
	return err
}

func betterPath(p *plural) error {
	return p.steps(
		func() []uint32 { p.feed(0, 1, 101, 4); return []uint32{101} },
		func() []uint32 { p.feed(0, 2, 102, 3); return []uint32{101, 102} },
		func() []uint32 { p.rival(0, 103, 2); return []uint32{101, 102, 103} },
		func() []uint32 { p.feed(0, 4, 104, 1); return []uint32{101, 102, 103, 104} },
	)
}

func oneByOne(p *plural) error {
	return p.steps(
		func() []uint32 { p.feed(0, 1, 101, 1); p.feed(0, 2, 102, 2); return []uint32{101, 102} },
		func() []uint32 { p.starve(0, 1); return []uint32{102} },
		func() []uint32 { p.starve(0, 2); return nil },
	)
}

func comesAgain(p *plural) error {
	return p.steps(
		func() []uint32 { p.feed(0, 1, 101, 1); p.feed(0, 2, 102, 2); return []uint32{101, 102} },
		func() []uint32 { p.starve(0, 1); return []uint32{102} },
		func() []uint32 { p.feed(0, 3, 103, 1); return []uint32{102, 103} },
		func() []uint32 { p.feed(0, 1, 104, 1); return []uint32{102, 103, 104} },
	)
}

func twentyPaths(p *plural) error {
	var marks []uint32
	for i := range uint32(20) {
		p.feed(0, i, 101+i, 1)
		marks = append(marks, 101+i)
	}
	_, err := p.holds(p.at(0), 1, marks...)
	return err
}

func manyPrefixes(p *plural) error {
	var messages []byte
	for id := range uint32(2) {
		var where []byte
		for n := range 10 {
			where = join(where, numbered(id, p.at(n)))
		}
		messages = join(messages, p.announcing(p.d.setup.feeder.addr, where, []uint32{feederAS}, 101+id))
	}
	p.d.feeder.send(messages)
	for n := range 10 {
		if _, err := p.holds(p.at(n), 1, 101, 102); err != nil {
			return err
		}
	}
	return nil
}

func oneKept(p *plural) error {
	return p.steps(
		func() []uint32 { p.feed(0, 1, 101, 1); p.feed(0, 2, 102, 2); return []uint32{101, 102} },
		func() []uint32 { p.feed(0, 1, 101, 1, communities(0xffffff02)); return []uint32{102} },
	)
}

func notBack(p *plural) error {
	p.own(0, 1, 101, 1)
	p.own(0, 2, 102, 3)
	p.feed(0, 1, 103, 2)
	p.rival(0, 104, 4)
	if _, err := p.holds(p.at(0), 1, 103, 104); err != nil {
		return err
	}
	p.starve(0, 1)
	_, err := p.holds(p.at(0), 1, 104)
	return err
}

func bestAlone(p *plural) error {
	p.feed(0, 1, 101, 2)
	p.feed(0, 2, 102, 1)
	best := func(mark uint32) error {
		return p.orEnd(p.c, p.c.wantRoute(p.at(0), func(r route) error {
			if r.mark() != mark {
				return fmt.Errorf("path %d instead of %d", r.mark(), mark)
			}
			return nil
		}))
	}
	if err := best(102); err != nil {
		return err
	}
	p.starve(0, 2)
	return best(101)
}

// pathsAgain asks for the routes of the family again.
func pathsAgain(p *plural) error {
	p.feed(0, 1, 101, 1)
	p.feed(0, 2, 102, 2)
	before, err := p.holds(p.at(0), 1, 101, 102)
	if err != nil {
		return err
	}
	p.c.send(refresh(p.afi(), 0, 1))
	now, err := p.holds(p.at(0), 2, 101, 102)
	if err != nil {
		return err
	}
	return same(before, now)
}

func bracketedPaths(p *plural) error {
	p.feed(0, 1, 101, 1)
	p.feed(0, 2, 102, 2)
	before, err := p.holds(p.at(0), 1, 101, 102)
	if err != nil {
		return err
	}
	for len(p.c.inbox) > 0 { // some put the first routes between them too
		<-p.c.inbox
	}
	p.c.send(refresh(p.afi(), 0, 1))
	for _, subtype := range []byte{1, 2} {
		want := []byte{0, byte(p.afi()), subtype, 1}
		for got := (packet{}); !bytes.Equal(got.body, want); {
			if got, err = p.c.next(patience); err != nil {
				return fmt.Errorf("no ROUTE-REFRESH %x: %w", want, err)
			}
		}
	}
	// what comes before EoRR has been read
	p.c.table.mu.Lock()
	defer p.c.table.mu.Unlock()
	for mark, id := range before {
		if r := p.c.table.paths[pathName{p.at(0), id}]; r.told < 2 || r.mark() != mark {
			return fmt.Errorf("path %d was told %d times before EoRR", mark, r.told)
		}
	}
	return nil
}

func pathsEnd(p *plural) error {
	return p.c.table.until(patience, "End-of-RIB", func() error {
		if !p.c.table.ended[p.afi()] {
			return errors.New("not sent")
		}
		return nil
	})
}

func twoBest(p *plural) error {
	return p.steps(
		func() []uint32 {
			for i := range uint32(3) {
				p.feed(0, i, 101+i, int(1+i))
			}
			return []uint32{101, 102}
		},
		func() []uint32 { p.starve(0, 0); return []uint32{102, 103} },
		func() []uint32 { p.starve(0, 1); return []uint32{103} },
	)
}

func twoBetter(p *plural) error {
	return p.steps(
		func() []uint32 { p.feed(0, 1, 101, 4); p.feed(0, 2, 102, 3); return []uint32{101, 102} },
		func() []uint32 { p.feed(0, 3, 103, 2); return []uint32{102, 103} },
		func() []uint32 { p.rival(0, 104, 1); return []uint32{103, 104} },
		func() []uint32 { p.feed(0, 3, 103, 6); return []uint32{102, 104} },
	)
}

func oneEach(p *plural) error {
	return p.steps(
		func() []uint32 {
			p.feed(0, 1, 101, 1)
			p.feed(0, 2, 102, 2)
			p.rival(0, 103, 3)
			return []uint32{101, 103}
		},
		func() []uint32 { p.starve(0, 1); return []uint32{102, 103} },
		func() []uint32 { p.starve(0, 2); return []uint32{103} },
	)
}

func fourAlone(base *probe) error {
	p := &plural{probe: base, six: true}
	defer p.hangUp()
	if err := p.session(receives, 0); err != nil {
		return err
	}
	p.rival(0, 101, 1)
	if err := p.orEnd(p.c, p.c.wantRoute(p.at(0), nil)); err != nil {
		return err
	}
	p.six = false
	p.rival(0, 102, 1)
	_, err := p.holds(p.at(0), 1, 102)
	return err
}

// oddMode has a mode in the capability that means nothing: prefixes stand without identifiers both ways.
func oddMode(mode byte) func(*probe) error {
	return func(p *probe) error {
		c, err := p.opensent()
		if err != nil {
			return err
		}
		defer c.Close()
		entry := capability(69, 0, 1, 1, mode)
		if err := p.complete(c, open{caps: [][]byte{capMP(1, 1), capRefresh, capAS4(p.as()), entry}}); err != nil {
			return err
		}
		return p.orEnd(c, c.wantRoute(p.d.feed(p.index), nil))
	}
}

// ours runs steps at the check's neighbor; after each, the watcher must see the path of the mark, 0 for none.
func (p *plural) ours(steps ...any) error {
	for i, step := range steps {
		switch step := step.(type) {
		case func():
			step()
		case int:
			if err := p.sees(p.at(0), uint32(step)); err != nil {
				return fmt.Errorf("step %d: %w", i+1, err)
			}
		}
	}
	return p.alive(p.c, 14)
}

func ourBetterGoes(p *plural) error {
	return p.ours(
		func() { p.own(0, 1, 101, 1); p.own(0, 2, 102, 2) }, 101,
		func() { p.disown(0, 1) }, 102,
		func() { p.disown(0, 2) }, 0)
}

func ourPathAgain(p *plural) error {
	return p.ours(
		func() { p.own(0, 7, 101, 1) }, 101,
		func() { p.own(0, 7, 102, 2) }, 102,
		func() { p.disown(0, 7) }, 0)
}

func ourUnknown(p *plural) error {
	return p.ours(
		func() { p.own(0, 7, 101, 1) }, 101,
		func() { p.disown(0, 8); p.disown(0, 0); p.own(1, 1, 102, 1) },
		func() { p.own(0, 7, 103, 2) }, 103)
}

func ourExtremes(p *plural) error {
	return p.ours(
		func() { p.own(0, 0, 101, 1); p.own(0, 1<<32-1, 102, 2) }, 101,
		func() { p.disown(0, 0) }, 102,
		func() { p.disown(0, 1<<32-1) }, 0)
}

func ourBadPath(p *plural) error {
	bad := func() {
		attrs := join(origin(9), asPath(neighborAS, 101))
		where := numbered(1, p.at(0))
		if p.six {
			p.c.send(update(nil, join(mpReach(2, 1, p.addr6().AsSlice(), where), attrs), nil))
		} else {
			p.c.send(update(nil, join(attrs, nextHop(p.addr)), where))
		}
	}
	return p.ours(func() { p.own(0, 1, 101, 1); p.own(0, 2, 102, 2) }, 101, bad, 102)
}

func ourSweep(p *plural) error {
	return p.ours(
		func() { p.own(0, 1, 101, 1); p.own(0, 2, 102, 2) }, 101,
		func() {
			p.c.send(refresh(p.afi(), 1, 1))
			p.own(0, 2, 102, 2)
			p.c.send(refresh(p.afi(), 2, 1))
		}, 102,
		func() { p.disown(0, 2) }, 0)
}

func ourHalf(p *plural) error {
	half := numbered(1, p.at(0))[:3]
	p.c.send(p.announcing(p.addr, half, []uint32{neighborAS}, 101))
	return p.c.wantNotification(patience, badNLRI, code{3, []byte{9}, nil})
}
