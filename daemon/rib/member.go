package rib

import (
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// member is one neighbor's place in egress. While it is streaming it gets what its group sends, and has what the group's
// column says. Otherwise it is behind: its backlog says where, and it is told from the column, at its own speed.
//
// A member that joins, leaves or changes its group walks over the destinations: those below at are judged by the group it
// goes to, the others by the one it comes from. Where the two columns differ, the walk puts a bit into the backlog. So it is
// told exactly the difference. When it is sent elsewhere in the middle of a walk, the walk begins anew, and comes first
// through those that the last group judges already, then through those that it never got to: the trail.
//
// What a member is told has a spot: the number of the destination, or with ADD-PATH that of a lane. A session has ADD-PATH
// or not as long as it lasts, so a member never goes from one kind of group to the other.
type member struct {
	peer     PeerID
	addr     netip.Addr
	encoding wire.Encoding
	enhanced bool // RFC 7313 agreed
	silent   bool // it gets no End-of-RIB

	to    *group    // nil: nothing is sent
	trail []stretch // while moving: who judges the spots from at on
	at    spot

	streaming bool
	gate      *gate
	fresh     bool // stopped streaming in this flush
	backlog   backlog
	sent      uint32 // prefixes it has, while not streaming

	ending ending
	begun  place // of the group's cursor, then of the backlog: what has to be passed before End-of-RIB

	refreshing bool
	again      bool // another ROUTE-REFRESH came meanwhile
	opened     bool // BoRR was sent
	refreshed  spot // spots below were sent again

	busy bool // in egress.busy
	gone bool
}

// stretch is a piece of the way of a moving member: the spots below end, and not below the end of the stretch before, are
// judged by from; nil: by nobody, there is nothing to be had.
type stretch struct {
	from *group
	end  spot
}

// gate is a neighbor's send queue, as its members in both tables see it.
type gate struct {
	blocked bool // full: nothing more until Ready
}

// ending is how far a member is on its way to End-of-RIB.
type ending uint8

const (
	endingGroup  ending = iota // the group has not looked at every destination since the member joined
	endingMember               // the member has not been told all that its backlog held then
	ended                      // End-of-RIB was sent
)

// wide reports whether the member's spots are lanes.
func (m *member) wide() bool { return m.encoding.AddPath }

// moving reports whether the member is on its way to its group.
func (m *member) moving() bool { return len(m.trail) > 0 }

// judgedBy reports whether g says what m is to have of the spot.
func (m *member) judgedBy(g *group, id spot) bool { return m.judge(id) == g }

// judge gives the group that says what m is to have of the spot, nil for nothing.
func (m *member) judge(id spot) *group {
	if id < m.at {
		return m.to
	}
	for _, s := range m.trail {
		if id < s.end {
			return s.from
		}
	}
	return m.to
}

// due gives what m is to have of a spot, 0 for nothing.
func (t *table) due(g *group, m *member, id spot) attrID {
	if g == nil {
		return 0
	}
	if e := g.column.get(id); t.told(e, m.peer) {
		return e.attr
	}
	return 0
}

// join begins egress to a neighbor that came up.
func (t *table) join(a *adj, q *gate) {
	a.member = &member{peer: a.id, addr: a.addr.WithZone(""), gate: q}
	t.regroup(a.member, a.family)
}

// part ends it.
func (t *table) part(m *member) {
	for _, s := range m.trail {
		if s.from != nil {
			s.from.leave(t, m)
		}
	}
	if m.to != nil {
		m.to.leave(t, m)
	}
	m.gone = true
}

// regroup moves a member to the group that s asks for.
func (t *table) regroup(m *member, s *FamilySession) {
	m.encoding, m.enhanced, m.silent = s.Group.Encoding, s.EnhancedRefresh, s.NoEndOfRIB
	t.rouse(m)
	var to *group
	if s.DenyOut == 0 {
		to = t.groupOf(s.Group)
	}
	if to == m.to {
		return
	}
	m.pause()
	t.depart(m)
	m.to = to
	if m.ending == endingMember {
		m.ending = endingGroup
	}
	if to != nil {
		to.enter(t, m)
		m.begun = to.cursor.place
	}
}

// depart begins the walk away from the member's group. Of a walk under way that group judges what is behind it: nothing at
// its very beginning.
func (t *table) depart(m *member) {
	switch {
	case !m.moving():
		m.trail = append(m.trail, stretch{from: m.to, end: ^spot(0)})
	case m.at > 0:
		m.trail = slices.Insert(m.trail, 0, stretch{from: m.to, end: m.at})
	case m.to != nil:
		m.to.leave(t, m)
	}
	m.at = 0
}

// pause takes a member out of its group's stream.
func (m *member) pause() {
	if m.streaming {
		m.streaming, m.sent = false, m.to.column.sentTo(m.peer)
	}
}

// move goes on with the walk and reports the work done.
func (t *table) move(m *member, units int) (done int) {
	for looked := 0; m.moving() && done < units; looked++ {
		from, end := m.trail[0].from, min(m.trail[0].end, t.spots(m))
		switch {
		case m.at >= end:
			t.pass(m)
			continue
		case m.at&chunkMask == 0 && end-m.at >= chunkLen && from.pageless(m.at) && m.to.pageless(m.at):
			m.at += chunkLen
			continue
		}
		before := t.due(from, m, m.at)
		if before != 0 && m.to != nil && m.to.cursor.has(t.destAt(m, m.at)) && !t.resting(m.to) {
			return done + 1 // the new group has not made up its mind
		}
		t.differ(m, m.at, before, t.due(m.to, m, m.at))
		m.at++
		if looked%8 == 0 {
			done++
		}
	}
	return done + 1
}

// pass ends the first stretch of the walk.
func (t *table) pass(m *member) {
	if from := m.trail[0].from; from != nil {
		from.leave(t, m)
	}
	if m.trail = m.trail[1:]; !m.moving() {
		m.trail, m.at = nil, 0
	}
}

// differ puts a spot into the backlog whose attributes change with the group.
func (t *table) differ(m *member, id spot, before, after attrID) {
	if before != after && !m.backlog.needs(id) {
		m.backlog.set(due{id: id, need: true, had: before != 0})
	}
}

// pageless reports whether the group, which may be nil, has no entry in the chunk of spots that begins with id.
func (g *group) pageless(id spot) bool {
	n := int(id >> chunkBits)
	return g == nil || n >= len(g.column.pages) || g.column.pages[n] == nil
}

// rouse puts a member on the list of those to serve.
func (t *table) rouse(m *member) {
	if !m.busy && !m.gate.blocked && !m.gone {
		m.busy = true
		t.egress.busy = append(t.egress.busy, m)
	}
}

// serve does some of a member's own work and reports how much. The member stays busy while there is more.
func (t *table) serve(m *member, units int) (done int) {
	m.busy = false
	if m.gone {
		return 1
	}
	if m.moving() && !m.gate.blocked {
		done += t.move(m, units)
	}
	if m.backlog.count > 0 && !m.gate.blocked {
		done += t.catchUp(m, max(units-done, 1))
	}
	if !m.streaming && !m.moving() && !m.gate.blocked && m.backlog.count == 0 && m.to != nil {
		m.streaming, m.backlog = true, backlog{}
	}
	ends := m.ending != ended && !t.egress.waits()
	if ends && !m.gate.blocked {
		t.end(m)
	}
	refreshes := m.refreshing && m.ending == ended // RFC 7313 4: not before End-of-RIB
	if refreshes && !m.gate.blocked {
		done += t.refresh(m, max(units-done, 1))
	}
	m.fresh = false
	if m.moving() || m.backlog.count > 0 || refreshes && m.refreshing || ends && m.ending != ended {
		t.rouse(m)
	}
	return done + 1
}

// catchUp tells a member some of what it missed.
func (t *table) catchUp(m *member, n int) int {
	e := &t.egress
	e.dues = m.backlog.take(e.dues[:0], min(n, flushLen))
	e.says = e.says[:0]
	for _, d := range e.dues {
		attr := t.due(m.judge(d.id), m, d.id)
		if attr != 0 || d.need && d.had {
			e.says = append(e.says, say{due: d, attr: attr})
		}
	}
	left := t.say(m, e.says)
	for _, s := range e.says[:len(e.says)-len(left)] {
		m.sent += uint32(bit(s.attr != 0)) - uint32(bit(s.had))
	}
	for _, s := range left {
		m.backlog.set(s.due)
	}
	t.reapable += len(e.dues)
	return len(e.dues)
}

// refresh goes on with the answer to a ROUTE-REFRESH: the column once more. The member streams meanwhile, so what it is told
// twice is the same, and what changes behind the walk it is told by the group.
func (t *table) refresh(m *member, n int) (done int) {
	if m.moving() || m.to != nil && !m.streaming || m.backlog.count > 0 {
		return 0
	}
	if !m.opened && m.enhanced {
		t.deliver(m, wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: t.family, Subtype: wire.RefreshBegin}), 0)
	}
	m.opened = true
	e, limit := &t.egress, t.spots(m)
	for m.to != nil && m.refreshed < limit && done < n && !m.gate.blocked {
		e.says = e.says[:0]
		for end := min(m.refreshed+uint32(min(n, flushLen)), limit); m.refreshed < end; m.refreshed++ {
			if m.refreshed&chunkMask == 0 && m.to.pageless(m.refreshed) {
				m.refreshed = min(m.refreshed+chunkLen, limit)
				break
			}
			if attr := t.due(m.to, m, m.refreshed); attr != 0 {
				e.says = append(e.says, say{due: due{id: m.refreshed, had: true}, attr: attr})
			}
		}
		done += len(e.says) + 1
		for _, s := range t.say(m, e.says) {
			m.backlog.set(s.due)
		}
	}
	if m.gate.blocked || m.to != nil && m.refreshed < limit {
		return done
	}
	if m.enhanced {
		t.deliver(m, wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: t.family, Subtype: wire.RefreshEnd}), 0)
	}
	m.refreshing, m.again = m.again, false
	m.refreshed, m.opened = 0, false
	return done
}

// askRefresh performs a ROUTE-REFRESH from the member.
func (t *table) askRefresh(m *member) {
	m.again = m.refreshing
	m.refreshing = true
	t.rouse(m)
}

// end sends End-of-RIB when the initial table is out: the group has looked at every destination that was there when the
// member joined, and the member was told what came of it.
func (t *table) end(m *member) {
	if m.ending == endingGroup && !m.moving() && (m.to == nil || t.pending(m.to) == 0 || m.to.cursor.place.passed(m.begun)) {
		m.ending, m.begun = endingMember, m.backlog.place
	}
	if m.ending == endingMember && (m.backlog.count == 0 || m.backlog.place.passed(m.begun)) {
		m.ending = ended
		if !m.silent {
			t.deliver(m, wire.AppendEndOfRIB(nil, t.family), 0)
		}
	}
}

// serveAll serves the members that have something to do in turn.
func (t *table) serveAll(units int) (done int) {
	e := &t.egress
	for n := len(e.busy); n > 0 && done < units; n-- {
		m := e.busy[0]
		e.busy = slices.Delete(e.busy, 0, 1)
		done += t.serve(m, units-done)
	}
	return done
}

// forward does egress: each group in turn, then the members behind.
func (t *table) forward(units int) (done int) {
	e := &t.egress
	t.gather()
	if !e.held && !e.waits() {
		done = t.tellFresh(units)
	}
	for n := len(t.groups); n > 0 && !e.held && !e.waits() && done < max(units*3/4, 1); n-- {
		e.turn = (e.turn + 1) % len(t.groups)
		switch g := t.groups[e.turn]; {
		case t.pending(g) == 0:
		case g.key.Interval > 0:
			done += t.pace(g, units-done)
		case e.gather && g.cursor.count < gatherLen:
		default:
			done += t.flush(g, units-done)
		}
	}
	return done + t.serveAll(max(units-done, units/4, 1))
}
