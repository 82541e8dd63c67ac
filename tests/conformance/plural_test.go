package conformance

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// Modes of ADD-PATH as an OPEN offers them (RFC 7911 4).
const (
	receives = 1
	sends    = 2
)

// capAddPath offers ADD-PATH for both families, each with its mode; mode 0 leaves the family out.
func capAddPath(four, six byte) []byte {
	var b []byte
	for afi, mode := range []byte{1: four, 2: six} {
		if mode != 0 {
			b = join(b, u16(afi), []byte{1, mode})
		}
	}
	return capability(69, b...)
}

// addPathModes are the modes that the body of an OPEN offers for unicast, by address family.
func addPathModes(body []byte) map[int]byte {
	modes := map[int]byte{}
	for _, v := range offered(body)[69] {
		for ; len(v) >= 4; v = v[4:] {
			if v[2] == 1 {
				modes[int(binary.BigEndian.Uint16(v))] = v[3]
			}
		}
	}
	return modes
}

// numbered is prefixes as they stand in a message where each has a path identifier.
func numbered(id uint32, prefixes ...netip.Prefix) []byte {
	var b []byte
	for _, p := range prefixes {
		b = join(b, u32(id), nlri(p))
	}
	return b
}

// plural is a check at work on a session with ADD-PATH, in one family.
type plural struct {
	*probe
	c   *conn
	six bool
}

// at is the n-th prefix of this check alone, n below 14.
func (p *plural) at(n int) netip.Prefix {
	if p.six {
		return p.prefix6(n)
	}
	return p.prefix(n)
}

func (p *plural) afi() int {
	if p.six {
		return 2
	}
	return 1
}

// announcing is an UPDATE of one path from an address; the prefix stands in it as given, and its path is as and at last the mark.
func (p *plural) announcing(from netip.Addr, where []byte, as []uint32, mark uint32, more ...[]byte) []byte {
	attrs := join(origin(0), asPath(append(slices.Clone(as), mark)...))
	if p.six {
		return update(nil, join(mpReach(2, 1, p.addr6().AsSlice(), where), attrs, join(more...)), nil)
	}
	return update(nil, join(attrs, nextHop(from), join(more...)), where)
}

func (p *plural) withdrawing(where []byte) []byte {
	if p.six {
		return update(nil, mpUnreach(2, 1, where), nil)
	}
	return update(where, nil, nil)
}

// feed has the feeder announce a path of the n-th prefix: the mark ends its AS path and tells it from others, and the more the
// feeder stands in front the worse it is.
func (p *plural) feed(n int, id, mark uint32, length int, more ...[]byte) {
	p.d.feeder.send(p.announcing(p.d.setup.feeder.addr, numbered(id, p.at(n)), slices.Repeat([]uint32{feederAS}, length), mark, more...))
}

// starve has the feeder withdraw the path.
func (p *plural) starve(n int, id uint32) { p.d.feeder.send(p.withdrawing(numbered(id, p.at(n)))) }

// rival has the external watcher announce the n-th prefix.
func (p *plural) rival(n int, mark uint32, length int) {
	p.d.watch.send(p.announcing(p.d.watchAddr, nlri(p.at(n)), slices.Repeat([]uint32{watcherAS}, length), mark))
}

// own announces a path of the n-th prefix from the check's neighbor.
func (p *plural) own(n int, id, mark uint32, length int, more ...[]byte) {
	p.c.send(p.announcing(p.addr, numbered(id, p.at(n)), slices.Repeat([]uint32{neighborAS}, length), mark, more...))
}

func (p *plural) disown(n int, id uint32) { p.c.send(p.withdrawing(numbered(id, p.at(n)))) }

// mark is the last AS of a path.
func (r route) mark() uint32 {
	path := r.path()
	if len(path) == 0 {
		return 0
	}
	return path[len(path)-1]
}

// holds waits until the session holds just the paths of these marks of a prefix, each told as many times at least, and gives their
// identifiers by mark.
func (p *plural) holds(prefix netip.Prefix, times int, marks ...uint32) (map[uint32]uint32, error) {
	ids := map[uint32]uint32{}
	t := p.c.table
	err := t.until(patience, fmt.Sprintf("paths %v of %v", marks, prefix), func() error {
		clear(ids)
		held := 0
		for n, r := range t.paths {
			if n.prefix == prefix {
				held++
				if r.told >= times {
					ids[r.mark()] = n.id
				}
			}
		}
		for _, m := range marks {
			if _, ok := ids[m]; !ok {
				return fmt.Errorf("not path %d, but by identifiers %v", m, ids)
			}
		}
		if held != len(marks) {
			return fmt.Errorf("%d paths", held)
		}
		return nil
	})
	if err == nil {
		return ids, nil
	}
	return nil, p.orEnd(p.c, err)
}

// same wants the paths that were there before under the identifiers that they had.
func same(before, now map[uint32]uint32) error {
	for mark, id := range before {
		if got, held := now[mark]; held && got != id {
			return fmt.Errorf("path %d had identifier %d and has %d", mark, id, got)
		}
	}
	return nil
}

// sees waits until the external watcher is told of a prefix with the path of that mark; 0: of no path.
func (p *plural) sees(prefix netip.Prefix, mark uint32) error {
	if mark == 0 {
		return p.orEnd(p.c, p.d.watch.wantNoRoute(prefix))
	}
	return p.orEnd(p.c, p.d.watch.wantRoute(prefix, func(r route) error {
		if r.mark() != mark {
			return fmt.Errorf("path %d instead of %d", r.mark(), mark)
		}
		return nil
	}))
}

// session brings up a session with these modes of ADD-PATH for the two families, and more capabilities.
func (p *plural) session(four, six byte, more ...[]byte) error {
	c, err := p.dial()
	if err != nil {
		return err
	}
	p.c = c
	theirs, err := c.wantOpen()
	if err != nil {
		return err
	}
	modes := addPathModes(theirs.body)
	c.table.wide = map[int]bool{}
	for afi, mode := range []byte{1: four, 2: six} {
		if mode&sends != 0 && modes[afi]&receives == 0 || mode&receives != 0 && modes[afi]&sends == 0 {
			return errLacks
		}
		c.table.wide[afi] = mode&receives != 0
	}
	for _, m := range more {
		if m[0] == capEnhancedRefresh[0] && offered(theirs.body)[m[0]] == nil {
			return errLacks
		}
	}
	p.ids = four&sends != 0
	caps := append([][]byte{capMP(1, 1), capMP(2, 1), capRefresh, capAS4(p.as()), capAddPath(four, six)}, more...)
	return p.complete(c, open{caps: caps})
}

// inBoth gives a check in IPv4 and in IPv6, on a session with these modes of ADD-PATH in both families.
func inBoth(section, stimulus, demand string, kind kind, mode byte, run func(*plural) error, more ...[]byte) []check {
	in := func(six bool) func(*probe) error {
		return func(base *probe) error {
			p := &plural{probe: base, six: six}
			defer p.hangUp()
			if !p.d.plural {
				return errLacks
			}
			if err := p.session(mode, mode, more...); err != nil {
				return err
			}
			return run(p)
		}
	}
	return []check{{section, stimulus, demand, kind, in(false)}, {section, stimulus + ", in IPv6", demand, kind, in(true)}}
}

func (p *plural) hangUp() {
	if p.c != nil {
		p.c.Close()
	}
}
