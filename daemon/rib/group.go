package rib

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"bgpsh/wire"
)

// group is an update group: the neighbors with one GroupKey, in one table. Its column says what they were told, its cursor
// which destinations to look at again.
type group struct {
	key     GroupKey
	number  int // for show
	column  column
	cursor  cursor
	losses  cursor // with an interval: destinations that lost their best path
	members []*member
	addrs   map[netip.Addr]int // the members' addresses, for third-party next hops
	hops    ownHops

	defaultIf *condition // of default-originate; nil: none
	sendIf    *condition // of Treatment.Conditional; nil: none
	allowed   uint32     // with an interval: destinations left of the run under way
	told      bool       // and whether it told anything
	next      time.Time  // and when the next one may begin
	capped    bool       // a prefix was withheld for maximum-prefix-out
	room      bool       // and there is room for one now
}

// change is one spot that the group's neighbors must hear of: all but one, for whom split horizon says nothing.
type change struct {
	owner   PeerID // the one: the neighbor behind the new path, or behind the old one of a withdrawal
	attr    attrID // 0: withdrawal
	id      spot
	oldPeer PeerID // the neighbor behind the entry before
	hadOld  bool   // there was one
}

// told reports whether a neighbor has the route before the change, and whether it is to have it after.
func (c *change) told(p PeerID) (had, will bool) {
	return c.hadOld && c.oldPeer != p, c.attr != 0 && c.owner != p
}

// aside is what only one neighbor must hear: split horizon ends or begins for it.
type aside struct {
	m    *member
	id   spot
	attr attrID // 0: withdrawal
}

// flush brings up to n destinations up to date for the group's neighbors, and reports how many it looked at.
func (t *table) flush(g *group, n int) (done int) {
	t.ready(g)
	done = t.updateSome(g, min(n, flushLen))
	t.finish(g)
	t.reapable += done
	return done
}

// ready begins to look at destinations for a group.
func (t *table) ready(g *group) {
	for _, m := range g.members {
		if m.gate.blocked {
			m.pause() // the other table filled its queue
		}
	}
	e := &t.egress
	e.changes, e.asides = e.changes[:0], e.asides[:0]
	t.attrs.flushing = true
}

// finish tells what the destinations that were looked at brought.
func (t *table) finish(g *group) {
	e := &t.egress
	e.memo.forget(t)
	for at := 0; at < len(e.changes); at += flushLen {
		t.tell(g, e.sorted(e.changes[at:min(at+flushLen, len(e.changes))]))
	}
	t.offerAsides(g)
	t.refill(g)
	t.attrs.flushed()
}

// tell sends changes to the group's members, or notes for them what they missed.
func (t *table) tell(g *group, changes []change) {
	for len(changes) > 0 {
		p := t.encode(g, changes)
		changes = changes[len(p.changes):]
		for _, m := range g.members {
			t.offer(g, m, &p)
		}
	}
}

// updateOne brings the entry or the entries of one destination up to date.
func (t *table) updateOne(g *group, id destID) {
	if g.column.wide {
		t.updatePaths(g, id)
	} else {
		t.update(g, id)
	}
}

// updateSome brings about n destinations up to date, and reports the work.
func (t *table) updateSome(g *group, n int) (done int) {
	if g.column.wide {
		return t.updateWide(g, n)
	}
	e := &t.egress
	for done < n && g.cursor.count > 0 && (done == 0 || !t.awaited()) {
		e.ids = g.cursor.take(e.ids[:0], min(n-done, pieceUnits))
		for _, id := range e.ids {
			t.update(g, id)
		}
		done += len(e.ids)
	}
	return done
}

// update brings the group's entry of one destination up to date and notes who must hear what.
func (t *table) update(g *group, id destID) {
	t.write(g, id, g.column.get(id), t.outgoing(g, id, t.slot(id)))
}

// write puts an entry, whose attributes the caller has a reference on, in the place of old, unless it is the same or one too
// many, and reports whether the spot has an entry now.
func (t *table) write(g *group, id spot, old, next entry) bool {
	next = t.cap(g, old, next)
	if old == next {
		t.attrs.release(next.attr)
		return next.attr != 0
	}
	c := change{attr: next.attr, id: id, hadOld: old.attr != 0}
	if c.hadOld {
		c.oldPeer = t.sources.recs.at(old.src).peer
	}
	c.owner = c.oldPeer
	if next.attr != 0 {
		c.owner = t.sources.recs.at(next.src).peer
	}
	t.retainSource(next.src)
	g.column.put(id, old, next, c.oldPeer, c.owner)
	t.note(g, c, old.attr == next.attr)
	t.attrs.release(old.attr)
	t.releaseSource(old.src)
	return next.attr != 0
}

// onlyFor reports whether a path from p is told to nobody, because p is the only member. Then it costs no entry and no
// attributes: a neighbor with a policy of its own that sends a full table is the usual case.
func (g *group) onlyFor(p PeerID) bool { return len(g.members) == 1 && g.members[0].peer == p }

// note files a change for sending. Members that p's path was never told of, because it is their own, are not sent the
// withdrawal of it; the neighbor whose path is the best one now must give up what it was told before.
func (t *table) note(g *group, c change, same bool) {
	moved := c.hadOld && c.attr != 0 && c.oldPeer != c.owner
	if moved {
		t.noteAside(g, c.owner, c.id, 0)
	}
	switch {
	case !same:
		t.egress.changes = append(t.egress.changes, c)
	case moved: // the same attributes from another neighbor: nobody else notices
		t.noteAside(g, c.oldPeer, c.id, c.attr)
	}
}

func (t *table) noteAside(g *group, p PeerID, id spot, attr attrID) {
	if m := t.adjs[p].member; m != nil && m.judgedBy(g, id) {
		t.egress.asides = append(t.egress.asides, aside{m: m, id: id, attr: attr})
	}
}

// sorted orders the changes for packing: those with one owner together, so that it can be left out by leaving out one piece
// of a buffer; then those with equal attributes, withdrawals first; then in the order of the flush.
func (e *egress) sorted(changes []change) []change {
	e.order, e.packed = e.order[:0], e.packed[:0]
	for i, c := range changes {
		e.order = append(e.order, uint64(c.owner)<<(attrBits+flushBits)|uint64(c.attr)<<flushBits|uint64(i))
	}
	slices.Sort(e.order)
	for _, o := range e.order {
		e.packed = append(e.packed, changes[o&(flushLen-1)])
	}
	return e.packed
}

// thirdParty reports whether a next hop on the subnet shared with the neighbors may stay as it is (RFC 4271 5.1.3): not a
// link-local one, which may be of another link; and not the address of a neighbor in the group, but for the neighbor that
// the route comes from, which is not told.
func (g *group) thirdParty(nh netip.Addr, from *adj) bool {
	return g.key.Subnet.IsValid() && g.key.Subnet.Contains(nh) && !nh.IsLinkLocalUnicast() && (nh == from.addr || g.addrs[nh] == 0)
}

// leadsBack reports whether a route of our own goes by a neighbor of the group, whom it must not be told with its own address (RFC 4271 5.1.3).
func (g *group) leadsBack(nh netip.Addr, from *adj) bool {
	if from.id != Local {
		return false
	}
	g.hops.add(nh)
	return g.addrs[nh] > 0
}

// ownHops are the next hops of routes of our own that were looked at for internal neighbors since all routes were: a member that comes or
// goes with one of them makes a difference. Beyond hopsMost any may be one.
type ownHops struct {
	known   map[netip.Addr]struct{}
	crowded bool
}

const hopsMost = 256

func (h *ownHops) add(nh netip.Addr) {
	switch _, known := h.known[nh]; {
	case known || h.crowded:
	case len(h.known) == hopsMost:
		*h = ownHops{crowded: true}
	default:
		if h.known == nil {
			h.known = map[netip.Addr]struct{}{}
		}
		h.known[nh] = struct{}{}
	}
}

func (h *ownHops) has(nh netip.Addr) bool {
	_, known := h.known[nh]
	return known || h.crowded
}

// fits reports whether a message has room for the attributes and one prefix.
func (g *group) fits(t *table, a wire.Attrs) bool {
	if 2*len(a)+128 <= cmp.Or(g.key.Encoding.MaxLen, wire.MaxLen) {
		return true
	}
	longest := wire.Prefix{Hi: ^uint64(0), Lo: ^uint64(0), Len: 128}
	if !t.six {
		longest = wire.Prefix{Hi: 0xffffffff << 32, Len: 32}
	}
	t.buf = t.buf[:0]
	b, taken := wire.AppendReach(t.buf, a, t.family, []wire.NLRI{{Prefix: longest}}, &g.key.Encoding)
	t.buf = b[:0]
	return taken == 1
}

// groupOf gives the group with a key, making it when there is none.
func (t *table) groupOf(key GroupKey) *group {
	for _, g := range t.groups {
		if g.key == key {
			return g
		}
	}
	t.egress.numbers++
	g := &group{key: key, number: t.egress.numbers, addrs: map[netip.Addr]int{}}
	g.column.wide = key.Encoding.AddPath
	t.usesOf(&key, 1)
	if key.Default {
		t.pinDefault()
		g.defaultIf = t.conditionOf(key.DefaultIf)
	}
	if key.Conditional != 0 {
		g.sendIf = t.conditionOf(key.If)
	}
	g.cursor.fill(&t.dests)
	t.groups = append(t.groups, g)
	if g.column.wide {
		t.wide = append(t.wide, g)
	}
	return g
}

// usesOf counts a group's use of its policies.
func (t *table) usesOf(k *GroupKey, by int) {
	t.uses(k.Policy, by)
	t.uses(k.Unsuppress, by)
	t.uses(k.Conditional, by)
}

// uses counts a use of a policy.
func (t *table) uses(policy uint32, by int) {
	if policy != 0 && t.config.Uses != nil {
		t.config.Uses(policy, by)
	}
}

// enter makes m one of the group's members.
func (g *group) enter(t *table, m *member) {
	g.members = append(g.members, m)
	g.addrs[m.addr]++
	g.reconsider(t, m, len(g.members) == 2)
}

// leave takes m out. A group without members ends, and its column decays in the next turns.
func (g *group) leave(t *table, m *member) {
	i := slices.Index(g.members, m)
	g.members = slices.Delete(g.members, i, i+1)
	if g.addrs[m.addr]--; g.addrs[m.addr] == 0 {
		delete(g.addrs, m.addr)
	}
	if len(g.members) > 0 {
		g.reconsider(t, m, len(g.members) == 1)
		return
	}
	t.groups = slices.Delete(t.groups, slices.Index(t.groups, g), slices.Index(t.groups, g)+1)
	t.leaveCondition(g.defaultIf)
	t.usesOf(&g.key, -1)
	if i := slices.Index(t.wide, g); i >= 0 {
		t.wide = slices.Delete(t.wide, i, i+1)
	}
	t.leaveCondition(g.sendIf)
	if len(g.column.pages) > 0 {
		t.dying = append(t.dying, &g.column)
	}
	t.reapable += int(t.tombs.count)
}

// reconsider looks at all destinations again after m came or went, where its address counts, or onlyFor has changed.
func (g *group) reconsider(t *table, m *member, only bool) {
	if only || g.key.Subnet.IsValid() || g.hops.has(m.addr) {
		g.hops = ownHops{}
		g.cursor.fill(&t.dests)
	}
}
