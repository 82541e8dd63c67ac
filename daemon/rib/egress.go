package rib

import (
	"slices"

	"bgpsh/wire"
)

const (
	flushBits = 11
	flushLen  = 1 << flushBits // destinations of one flush at most
	attrBits  = 30             // of an attrID: 32 bytes each, it is out of memory before
	parcelLen = 28 << 10       // a buffer is handed over when it has reached this: with one more message it is what the allocator gives whole
)

// egress is what the groups of a table share: scratch memory, and whose turn it is.
type egress struct {
	ids     []destID
	lost    []destID // of flushLosses
	wanted  []entry  // of one destination, for a group with ADD-PATH
	changes []change
	order   []uint64 // of changes and the like, while they are sorted
	packed  []change
	asides  []aside
	dues    []due
	says    []say
	nlri    []wire.NLRI

	spareAsides []aside
	spareSays   []say

	buf   []byte
	cuts  []cut
	memo  memo
	trace uint64 // of the last export, see Hits; 0 where no policy was asked
	turn  int    // of the groups
	held  bool   // groups wait, see RIB.Hold
	// gather: groups wait with what the walk over the table finds, see table.gather.
	gather bool
	// deferred: groups wait, and so does End-of-RIB, see RIB.Defer.
	deferred bool
	quiet    bool      // likewise, see RIB.Quiet
	numbers  int       // groups made so far
	busy     []*member // with something to do beside the stream of their group
	behind   []*member // scratch of reap
}

// parcel is one buffer of messages for the members of a group, and what is in it.
type parcel struct {
	buf     []byte   // shared, never changed
	changes []change // in the order of the messages
	cuts    []cut
}

// cut is where the messages that one owner must not get begin.
type cut struct {
	owner   PeerID
	at      int // in buf
	changes int // before it
}

// encode packs changes, from the first on, into one buffer.
func (t *table) encode(g *group, changes []change) parcel {
	e := &t.egress
	e.buf, e.cuts = e.buf[:0], e.cuts[:0]
	if !slices.ContainsFunc(g.members, func(m *member) bool { return m.streaming }) {
		return parcel{changes: changes}
	}
	n := 0
	for n < len(changes) && len(e.buf) < parcelLen {
		c := &changes[n]
		if len(e.cuts) == 0 || e.cuts[len(e.cuts)-1].owner != c.owner {
			e.cuts = append(e.cuts, cut{owner: c.owner, at: len(e.buf), changes: n})
		}
		e.nlri = e.nlri[:0]
		for i := n; i < len(changes) && changes[i].owner == c.owner && changes[i].attr == c.attr; i++ {
			e.nlri = append(e.nlri, t.nlri(g.column.wide, changes[i].id))
		}
		n += t.message(&g.key.Encoding, c.attr, e.nlri)
	}
	return parcel{buf: slices.Clone(e.buf), changes: changes[:n], cuts: e.cuts}
}

// message adds one message to the scratch buffer and gives the number of prefixes in it. 0: withdrawal.
func (t *table) message(enc *wire.Encoding, a attrID, nlri []wire.NLRI) int {
	e := &t.egress
	taken := 0
	if a == 0 {
		e.buf, taken = wire.AppendUnreach(e.buf, t.family, nlri, enc)
	} else {
		e.buf, taken = wire.AppendReach(e.buf, t.attrs.attrs(a), t.family, nlri, enc)
	}
	if taken == 0 { // export asks fits and carries, so this cannot be
		if checked {
			panic("rib: a route that was found to fit does not")
		}
		t.nTooLong += uint64(len(nlri))
		return len(nlri)
	}
	return taken
}

// offer hands a parcel to a member that is in step, without the piece that it must not get. For another it notes what it
// missed.
func (t *table) offer(g *group, m *member, p *parcel) {
	if !m.streaming {
		t.missed(g, m, p.changes)
		return
	}
	i := slices.IndexFunc(p.cuts, func(c cut) bool { return c.owner == m.peer })
	if i < 0 {
		t.deliver(m, p.buf, len(p.changes))
		return
	}
	own, end := p.cuts[i], cut{at: len(p.buf), changes: len(p.changes)}
	if i+1 < len(p.cuts) {
		end = p.cuts[i+1]
	}
	if own.at > 0 {
		t.deliver(m, p.buf[:own.at:own.at], own.changes)
	}
	if end.at < len(p.buf) {
		if m.gate.blocked {
			t.missed(g, m, p.changes[end.changes:])
		} else {
			t.deliver(m, p.buf[end.at:], len(p.changes)-end.changes)
		}
	}
}

// deliver hands a buffer over. When the member's queue is full, the member leaves the stream of its group.
func (t *table) deliver(m *member, buf []byte, nlri int) {
	if t.config.Deliver(m.peer, t.family, buf, nlri) {
		return
	}
	m.gate.blocked = true
	m.fresh = m.streaming
	m.pause() // counts the rest of this flush as sent, which miss takes off again
}

// missed notes changes that a member out of step was not told.
func (t *table) missed(g *group, m *member, changes []change) {
	for i := range changes {
		c := &changes[i]
		had, will := c.told(m.peer)
		if (had || will) && m.judgedBy(g, c.id) {
			t.miss(m, c.id, had, will)
		}
	}
}

func (t *table) miss(m *member, id spot, had, will bool) {
	if m.backlog.miss(id, had) && m.fresh {
		m.sent += uint32(bit(had)) - uint32(bit(will))
	}
	t.rouse(m)
}

// offerAsides tells single members what only they must hear.
func (t *table) offerAsides(g *group) {
	e := &t.egress
	e.order, e.spareAsides = arrange(e.order, e.asides, e.spareAsides, func(a *aside) uint32 { return uint32(a.m.peer) })
	for rest := e.asides; len(rest) > 0; {
		m, n := rest[0].m, 0
		e.says = e.says[:0]
		for n < len(rest) && rest[n].m == m {
			e.says = append(e.says, say{due: due{id: rest[n].id, had: rest[n].attr == 0}, attr: rest[n].attr})
			n++
		}
		rest = rest[n:]
		left := e.says
		if m.streaming {
			left = t.say(m, e.says)
		}
		for _, s := range left {
			t.miss(m, s.id, s.had, s.attr != 0)
		}
	}
	for _, m := range g.members {
		m.fresh = false
	}
}

// arrange sorts list by key, equal ones as they stood. order and spare are scratch memory, which it gives back grown.
func arrange[T any](order []uint64, list, spare []T, key func(*T) uint32) ([]uint64, []T) {
	order, spare = order[:0], append(spare[:0], list...)
	for i := range list {
		order = append(order, uint64(key(&list[i]))<<32|uint64(i))
	}
	slices.Sort(order)
	for i, o := range order {
		list[i] = spare[uint32(o)]
	}
	return order, spare
}

// say is one thing to tell one member.
type say struct {
	due
	attr attrID // 0: withdrawal
}

// say tells one member, and gives back what it could not tell because the member's queue is full.
func (t *table) say(m *member, says []say) (left []say) {
	e := &t.egress
	e.order, e.spareSays = arrange(e.order, says, e.spareSays, func(s *say) uint32 { return s.attr })
	for len(says) > 0 && !m.gate.blocked {
		n := 0
		for e.buf = e.buf[:0]; n < len(says) && len(e.buf) < parcelLen; {
			e.nlri = e.nlri[:0]
			for i := n; i < len(says) && says[i].attr == says[n].attr; i++ {
				e.nlri = append(e.nlri, t.nlri(m.wide(), says[i].id))
			}
			n += t.message(&m.encoding, says[n].attr, e.nlri)
		}
		t.deliver(m, slices.Clone(e.buf), n)
		says = says[n:]
	}
	return says
}

// memo remembers what policy said, for one flush or a piece of a sweep: nothing that it names can be freed meanwhile, and
// destinations with equal attributes were mostly announced together and so are neighbors in every walk. It holds a
// reference on each result.
type memo struct {
	entries []memoEntry
	stamp   uint32
	held    []attrID
}

type memoEntry struct {
	in    attrID
	peer  PeerID
	class uint32 // of prefixes
	stamp uint32
	pre   attrID // of import: what in is then, see path.pre
	out   uint32 // attributes or refused + Reason
	trace uint64 // see Hits
}

const (
	memoLen = 1 << 12
	mixMemo = 0x9e5 // keeps classes of one set apart
)

// entry gives the place of a result, and whether it is known.
func (m *memo) entry(in attrID, peer PeerID, class uint32) (e *memoEntry, known bool) {
	if m.entries == nil {
		m.entries, m.stamp = make([]memoEntry, memoLen), 1
	}
	e = &m.entries[(in^uint32(peer)<<8^class*mixMemo)%memoLen]
	if e.stamp == m.stamp && e.in == in && e.peer == peer && e.class == class {
		return e, true
	}
	*e = memoEntry{in: in, peer: peer, class: class, stamp: m.stamp}
	return e, false
}

// hold takes over the caller's reference on a result, or on what it is one of, if that may go.
func (m *memo) hold(out attrID) { m.held = append(m.held, out) }

// forget empties the memo.
func (m *memo) forget(t *table) {
	for _, out := range m.held {
		t.attrs.release(out)
	}
	m.held = m.held[:0]
	if m.stamp++; m.stamp == 0 {
		clear(m.entries)
		m.stamp = 1
	}
}

// exported is export with the memo. The caller gets a reference.
func (t *table) exported(g *group, p *path, id destID) (attrID, Reason) {
	class := t.exportClass(g.key.Policy, id)
	if class == Unclassed {
		return t.export(g, g.key.Policy, unjudged, p, id)
	}
	m := &t.egress.memo
	e, known := m.entry(p.post, t.sources.recs.at(p.src).peer, class)
	switch {
	case !known:
		out, why := t.export(g, g.key.Policy, unjudged, p, id)
		e.out = out
		if why != 0 {
			e.out = refused + uint32(why)
		} else {
			m.hold(out)
		}
		e.trace = t.egress.trace
	case e.trace != 0:
		t.config.Hits.ExportAgain(g.key.Policy, t.family, e.trace, t.prefix(id))
	}
	if e.out >= refused {
		return 0, Reason(e.out - refused)
	}
	t.attrs.retain(e.out)
	return e.out, 0
}

// exportClass gives what an export policy can tell about the prefix of a destination.
func (t *table) exportClass(policy uint32, id destID) uint32 {
	switch {
	case policy == 0 || t.config.Export == nil:
		return 0
	case t.config.ExportClass == nil:
		return Unclassed
	}
	return t.config.ExportClass(policy, t.family, t.prefix(id))
}
