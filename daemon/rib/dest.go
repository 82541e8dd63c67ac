package rib

import (
	"net/netip"

	"bgpsh/wire"
)

// dest4 is an IPv4 destination, 32 bytes: key is the address in the upper half and the prefix length in the low byte.
type dest4 struct {
	key uint64
	slot
}

// dest6 is an IPv6 destination, 40 bytes. The low byte of slot.flags is the prefix length.
type dest6 struct {
	hi, lo uint64
	slot
}

// is reports whether d is the destination of p.
func (d *dest6) is(p wire.Prefix) bool {
	return d.hi == p.Hi && d.lo == p.Lo && uint8(d.flags) == p.Len
}

// destID names a destination of one table; 0 is none.
type destID = uint32

// dests holds the destinations of a table and finds them. One of the two arenas is in use.
type dests struct {
	six     bool
	seed    uint64
	v4      arena[dest4]
	v6      arena[dest6]
	index   index
	lengths [129]uint32 // destinations with paths, by prefix length
	tombs   tombList
}

func (t *dests) init(six bool, seed uint64) {
	t.six, t.seed = six, seed
	t.index.init(t.hashOf, t.limit)
}

// slot gives what the destination knows of its paths.
func (t *dests) slot(id destID) *slot {
	if t.six {
		return &t.v6.at(id).slot
	}
	return &t.v4.at(id).slot
}

// prefix gives the destination's prefix.
func (t *dests) prefix(id destID) wire.Prefix {
	if t.six {
		d := t.v6.at(id)
		return wire.Prefix{Hi: d.hi, Lo: d.lo, Len: uint8(d.flags)}
	}
	key := t.v4.at(id).key
	return wire.Prefix{Hi: key &^ 0xffffffff, Len: uint8(key)}
}

// rank orders prefixes as far as one word does: never against their order.
func (t *dests) rank(p wire.Prefix) uint64 {
	if t.six {
		return p.Hi
	}
	return p.Hi | uint64(p.Len)
}

// rankOf is rank of a destination.
func (t *dests) rankOf(id destID) uint64 {
	if t.six {
		return t.v6.at(id).hi
	}
	return t.v4.at(id).key
}

func (t *dests) hash(p wire.Prefix) uint32 {
	if t.six {
		return hashKey(t.seed^uint64(p.Len)<<56, p.Hi, p.Lo)
	}
	return hashKey(t.seed, p.Hi|uint64(p.Len), 0)
}

func (t *dests) hashOf(id destID) uint32 { return t.hash(t.prefix(id)) }

func (t *dests) has(id destID) bool {
	if t.six {
		return t.v6.has(id)
	}
	return t.v4.has(id)
}

// limit is above every number in use.
func (t *dests) limit() destID {
	if t.six {
		return t.v6.limit()
	}
	return t.v4.limit()
}

// used gives the bits of the destinations in use, by chunk.
func (t *dests) used(chunk uint32) *[liveWords]uint64 {
	if t.six {
		return &t.v6.use[chunk].bits
	}
	return &t.v4.use[chunk].bits
}

// find gives the destination of p, 0 when there is none.
func (t *dests) find(p wire.Prefix) destID { return t.lookup(p, t.hash(p)) }

func (t *dests) lookup(p wire.Prefix, h uint32) destID {
	id := t.look(&t.index.probes, p, h)
	if id == 0 && t.index.old.slots != nil {
		id = t.look(&t.index.old, p, h)
	}
	return id
}

func (t *dests) look(x *probes, p wire.Prefix, h uint32) destID {
	if t.six {
		return t.look6(x, p, h)
	}
	key := p.Hi | uint64(p.Len)
	if id, sure := x.likely(h); sure || id != 0 && t.v4.at(id).key == key {
		return id
	}
	pos, tag := x.start(h)
	for v := x.slots[pos]; v != 0; v = x.slots[pos] {
		if id := v & x.idMask; v&^x.low == tag && id != x.idMask && t.v4.at(id).key == key {
			return id
		}
		pos = x.after(pos)
	}
	return 0
}

func (t *dests) look6(x *probes, p wire.Prefix, h uint32) destID {
	if id, sure := x.likely(h); sure || id != 0 && t.v6.at(id).is(p) {
		return id
	}
	pos, tag := x.start(h)
	for v := x.slots[pos]; v != 0; v = x.slots[pos] {
		if id := v & x.idMask; v&^x.low == tag && id != x.idMask {
			if t.v6.at(id).is(p) {
				return id
			}
		}
		pos = x.after(pos)
	}
	return 0
}

// create makes the destination of p, which find did not have.
func (t *dests) create(p wire.Prefix, h uint32) destID {
	var id destID
	if t.six {
		id = t.v6.alloc()
		d := t.v6.at(id)
		d.hi, d.lo, d.flags = p.Hi, p.Lo, uint16(p.Len)
	} else {
		id = t.v4.alloc()
		t.v4.at(id).key = p.Hi | uint64(p.Len)
	}
	t.index.insert(h, id)
	return id
}

// destroy frees a destination that has no paths and that nothing refers to.
func (t *dests) destroy(id destID) {
	t.index.remove(t.hashOf(id), id)
	if t.six {
		t.v6.free(id)
	} else {
		t.v4.free(id)
	}
}

// longest gives the most specific destination for address a that want accepts. It asks once for each prefix length that
// the table has.
func (t *dests) longest(a netip.Addr, want func(*slot) bool) destID {
	for length := a.BitLen(); length >= 0; length-- {
		if t.lengths[length] == 0 {
			continue
		}
		id := t.find(wire.PrefixFrom(netip.PrefixFrom(a, length)))
		if id != 0 && want(t.slot(id)) {
			return id
		}
	}
	return 0
}

// tombList links the destinations without paths through the fields of their unused best path: pre leads back, post on.
type tombList struct {
	head, tail destID
	count      uint32
}

// bury puts a destination that lost its last path at the end of the tombs.
func (t *dests) bury(id destID, d *slot) {
	d.flags = d.flags&0xff | flagTomb
	d.best = path{pre: t.tombs.tail}
	if t.tombs.tail != 0 {
		t.slot(t.tombs.tail).best.post = id
	} else {
		t.tombs.head = id
	}
	t.tombs.tail = id
	t.tombs.count++
}

// exhume takes a destination off the tombs.
func (t *dests) exhume(d *slot) {
	before, after := d.best.pre, d.best.post
	if before != 0 {
		t.slot(before).best.post = after
	} else {
		t.tombs.head = after
	}
	if after != 0 {
		t.slot(after).best.pre = before
	} else {
		t.tombs.tail = before
	}
	d.flags &^= flagTomb
	d.best = path{}
	t.tombs.count--
}
