package rib

import (
	"net/netip"

	"bgpsh/wire"
)

// dest is a destination, 32 bytes. hi is the upper half of its address, and the low byte of slot.flags the length of its prefix.
// The lower half is zero unless the prefix is longer than lowFrom; then it is kept beside.
type dest struct {
	hi uint64
	slot
}

const lowFrom = 64 // bits of a prefix from where on the lower half of its address counts

// destID names a destination of one table; 0 is none.
type destID = uint32

// dests holds the destinations of a table and finds them.
type dests struct {
	six     bool
	seed    uint64
	all     arena[dest]
	lows    lows
	index   index
	lengths [129]uint32 // destinations with paths, by prefix length
	tombs   tombList
	fresh   [freshBits / 64]uint64 // a bit for some of each hash of which a destination was made since it was cleared
}

const freshBits = 512

// made reports whether a destination with hash h may have been made since fresh was cleared.
func (t *dests) made(h uint32) bool { return t.fresh[h%freshBits/64]>>(h%64)&1 != 0 }

func (t *dests) init(six bool, seed uint64) {
	t.six, t.seed = six, seed
	t.index.init(t.hashOf, t.limit)
}

// slot gives what the destination knows of its paths.
func (t *dests) slot(id destID) *slot { return &t.all.at(id).slot }

// prefix gives the destination's prefix.
func (t *dests) prefix(id destID) wire.Prefix {
	d := t.all.at(id)
	p := wire.Prefix{Hi: d.hi, Len: uint8(d.flags)}
	if p.Len > lowFrom {
		p.Lo = t.lows.get(id)
	}
	return p
}

// is reports whether destination id, which is in use, is that of p.
func (t *dests) is(id destID, p *wire.Prefix) bool {
	d := t.all.at(id)
	return d.hi == p.Hi && uint8(d.flags) == p.Len && (p.Len <= lowFrom || t.lows.get(id) == p.Lo)
}

// rank orders prefixes as far as one word does: never against their order.
func (t *dests) rank(p wire.Prefix) uint64 { return p.Hi }

// rankOf is rank of a destination.
func (t *dests) rankOf(id destID) uint64 { return t.all.at(id).hi }

func (t *dests) hash(p wire.Prefix) uint32 { return hashKey(t.seed^uint64(p.Len)<<56, p.Hi, p.Lo) }

func (t *dests) hashOf(id destID) uint32 { return t.hash(t.prefix(id)) }

func (t *dests) has(id destID) bool { return t.all.has(id) }

// limit is above every number in use.
func (t *dests) limit() destID { return t.all.limit() }

// used gives the bits of the destinations in use, by chunk.
func (t *dests) used(chunk uint32) *[liveWords]uint64 { return &t.all.use[chunk].bits }

// find gives the destination of p, 0 when there is none.
func (t *dests) find(p wire.Prefix) destID { return t.lookup(p, t.hash(p)) }

func (t *dests) lookup(p wire.Prefix, h uint32) destID {
	id := t.look(&t.index.probes, &p, h)
	if id == 0 && t.index.old.slots != nil {
		id = t.look(&t.index.old, &p, h)
	}
	return id
}

func (t *dests) look(x *probes, p *wire.Prefix, h uint32) destID {
	if id, sure := x.likely(h); sure || id != 0 && t.is(id, p) {
		return id
	}
	pos, tag := x.start(h)
	for v := x.slots[pos]; v != 0; v = x.slots[pos] {
		if id := v & x.idMask; v&^x.low == tag && id != 0 && t.is(id, p) {
			return id
		}
		pos = x.after(pos)
	}
	return 0
}

// create makes the destination of p, which find did not have.
func (t *dests) create(p wire.Prefix, h uint32) destID {
	id := t.all.alloc()
	d := t.all.at(id)
	d.hi, d.flags = p.Hi, uint16(p.Len)
	if p.Len > lowFrom {
		t.lows.put(id, p.Lo)
	}
	t.index.insert(h, id)
	t.fresh[h%freshBits/64] |= 1 << (h % 64)
	return id
}

// destroy frees a destination that has no paths and that nothing refers to.
func (t *dests) destroy(id destID) {
	t.index.remove(t.hashOf(id), id)
	if uint8(t.all.at(id).flags) > lowFrom {
		t.lows.drop(id)
	}
	t.all.free(id)
}

// bytes is the memory of the destinations.
func (t *dests) bytes() uint64 { return t.all.bytes() + t.lows.bytes() }

// lows holds the lower halves of addresses, in pages that exist where there are any.
type lows struct {
	pages []*[chunkLen]uint64
	used  []uint16 // of a page
}

func (l *lows) get(id destID) uint64 { return l.pages[id>>chunkBits][id&chunkMask] }

// put notes the lower half of a destination that had none.
func (l *lows) put(id destID, low uint64) {
	n := int(id >> chunkBits)
	for n >= len(l.pages) {
		l.pages = append(l.pages, nil)
		l.used = append(l.used, 0)
	}
	if l.pages[n] == nil {
		l.pages[n] = new([chunkLen]uint64)
	}
	l.pages[n][id&chunkMask] = low
	l.used[n]++
}

// drop forgets it.
func (l *lows) drop(id destID) {
	n := id >> chunkBits
	if l.used[n]--; l.used[n] == 0 {
		l.pages[n] = nil
	}
}

func (l *lows) bytes() uint64 {
	n := uint64(0)
	for _, p := range l.pages {
		if p != nil {
			n += 8 * chunkLen
		}
	}
	return n
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
