package conformance

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// route is what the daemon told of a prefix.
type route struct {
	attrs map[byte]attribute
	told  int // announcements of this prefix so far
}

type attribute struct {
	flags byte
	value []byte
}

// path gives the AS path as its sequences, in octets of four.
func (r route) path() []uint32 {
	var as []uint32
	v := r.attrs[attrASPath].value
	for len(v) >= 2 {
		n := int(v[1])
		for i := range n {
			if len(v) < 6+4*i {
				return as
			}
			as = append(as, binary.BigEndian.Uint32(v[2+4*i:]))
		}
		v = v[2+4*n:]
	}
	return as
}

// pathName tells the paths of one prefix apart; the identifier is 0 in a family without ADD-PATH.
type pathName struct {
	prefix netip.Prefix
	id     uint32
}

// table is what one session has been told and holds now.
type table struct {
	mu      sync.Mutex
	wide    map[int]bool           // address families in which the daemon sends path identifiers
	routes  map[netip.Prefix]route // of the others
	paths   map[pathName]route     // of those
	told    map[pathName]int
	ended   map[int]bool  // address families with End-of-RIB
	changed chan struct{} // closed and renewed at each change
}

func newTable() *table {
	return &table{routes: map[netip.Prefix]route{}, paths: map[pathName]route{}, told: map[pathName]int{}, ended: map[int]bool{},
		changed: make(chan struct{})}
}

// until waits for a state of the table that satisfies ok.
func (t *table) until(limit time.Duration, what string, ok func() error) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		t.mu.Lock()
		err, changed := ok(), t.changed
		t.mu.Unlock()
		if err == nil {
			return nil
		}
		select {
		case <-changed:
		case <-timer.C:
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}

// take applies the body of an UPDATE that the daemon sent to a speaker of four-octet AS numbers, or as2 of two.
func (t *table) take(body []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() { close(t.changed); t.changed = make(chan struct{}) }()
	withdrawn, rest, err := counted(body)
	if err != nil {
		return err
	}
	attrs, prefixes, err := counted(rest)
	if err != nil {
		return err
	}
	if len(body) == 4 {
		t.ended[1] = true
		return nil
	}
	set, err := attributes(attrs)
	if err != nil {
		return err
	}
	if err := t.each(withdrawn, 1, t.drop); err != nil {
		return err
	}
	if un, ok := set[attrMPUnreach]; ok && len(un.value) >= 3 {
		afi := int(binary.BigEndian.Uint16(un.value))
		if len(un.value) == 3 && len(set) == 1 {
			t.ended[afi] = true
		}
		if err := t.each(un.value[3:], afi, t.drop); err != nil {
			return err
		}
	}
	announce := func(n pathName, wide bool) {
		t.told[n]++
		r := route{attrs: set, told: t.told[n]}
		if wide {
			t.paths[n] = r
		} else {
			t.routes[n.prefix] = r
		}
	}
	if re, ok := set[attrMPReach]; ok && len(re.value) >= 5 {
		skip := 5 + int(re.value[3])
		if skip > len(re.value) {
			return fmt.Errorf("MP_REACH_NLRI with a next hop of %d octets", re.value[3])
		}
		if err := t.each(re.value[skip:], int(binary.BigEndian.Uint16(re.value)), announce); err != nil {
			return err
		}
	}
	return t.each(prefixes, 1, announce)
}

func (t *table) drop(n pathName, wide bool) {
	if wide {
		delete(t.paths, n)
	} else {
		delete(t.routes, n.prefix)
	}
}

// counted splits what two octets of length announce off b.
func counted(b []byte) (part, rest []byte, err error) {
	if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
		return nil, nil, fmt.Errorf("the daemon sent an UPDATE whose lengths do not add up: %x", b)
	}
	n := int(binary.BigEndian.Uint16(b))
	return b[2 : 2+n], b[2+n:], nil
}

func attributes(b []byte) (map[byte]attribute, error) {
	set := map[byte]attribute{}
	for len(b) > 0 {
		head := 3
		if b[0]&extended != 0 {
			head = 4
		}
		if len(b) < head {
			return nil, fmt.Errorf("the daemon sent half of an attribute: %x", b)
		}
		n := int(b[2])
		if head == 4 {
			n = int(binary.BigEndian.Uint16(b[2:]))
		}
		if len(b) < head+n {
			return nil, fmt.Errorf("the daemon sent an attribute that overruns: %x", b)
		}
		if _, twice := set[b[1]]; twice {
			return nil, fmt.Errorf("the daemon sent attribute %d twice", b[1])
		}
		set[b[1]] = attribute{b[0], b[head : head+n]}
		b = b[head+n:]
	}
	return set, nil
}

// each gives every prefix of the list, with its path identifier where the family has them.
func (t *table) each(b []byte, afi int, do func(n pathName, wide bool)) error {
	for len(b) > 0 {
		var id uint32
		if t.wide[afi] {
			if len(b) < 5 {
				return fmt.Errorf("the daemon sent half of a path identifier: %x", b)
			}
			id, b = binary.BigEndian.Uint32(b), b[4:]
		}
		bits := int(b[0])
		n := (bits + 7) / 8
		if len(b) < 1+n {
			return fmt.Errorf("the daemon sent half of a prefix: %x", b)
		}
		var p netip.Prefix
		if afi == 1 {
			var a [4]byte
			copy(a[:], b[1:1+n])
			p = netip.PrefixFrom(netip.AddrFrom4(a), bits)
		} else {
			var a [16]byte
			copy(a[:], b[1:1+n])
			p = netip.PrefixFrom(netip.AddrFrom16(a), bits)
		}
		if !p.IsValid() {
			return fmt.Errorf("the daemon sent a prefix of %d bits", bits)
		}
		do(pathName{p, id}, t.wide[afi])
		b = b[1+n:]
	}
	return nil
}
