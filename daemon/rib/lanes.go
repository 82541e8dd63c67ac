package rib

import "bgpsh/wire"

// spot names what a group has one entry for: a destination, or with ADD-PATH a lane.
type spot = uint32

// laneID names a lane of a table; 0 is none.
type laneID = uint32

// A lane is a destination and one path identifier under which neighbors with ADD-PATH hear of it. The identifier is the number
// of the path's source: it is never 0, no two paths of a destination have the same, and it stays as long as the path. A
// source's number may be given anew once no path and no column entry has it. A neighbor that has not yet been told that the
// path behind the old one has gone is then told of the new one in its place, for it is the same lane.
//
// All groups with ADD-PATH of a table share its lanes, so a neighbor can go from one to another by comparing their columns,
// and a backlog is two bits a lane. A lane stays while a column has an entry or a backlog a bit for it. 16 bytes.
type lane struct {
	dest destID
	path uint32 // identifier
	next laneID // of the same destination
	held uint32 // columns with an entry; idleBit: on the list of those that may have none
}

const idleBit = 1 << 31

// lanes holds the lanes of a table. It is empty while no neighbor has ADD-PATH.
type lanes struct {
	recs    arena[lane]
	pages   []*[chunkLen]laneID // the first lane of a destination
	used    []uint16            // first lanes in a page
	idle    []laneID
	reaping int // of idle, from the front on, still to be looked at in this pass
}

// of gives the first lane of a destination.
func (l *lanes) of(id destID) laneID {
	n := id >> chunkBits
	if int(n) >= len(l.pages) || l.pages[n] == nil {
		return 0
	}
	return l.pages[n][id&chunkMask]
}

// find gives the lane of a destination with a path identifier, 0 when there is none.
func (l *lanes) find(id destID, path uint32) laneID {
	for n := l.of(id); n != 0; n = l.recs.at(n).next {
		if l.recs.at(n).path == path {
			return n
		}
	}
	return 0
}

// begin sets the first lane of a destination.
func (l *lanes) begin(id destID, first laneID) {
	n := int(id >> chunkBits)
	for n >= len(l.pages) {
		l.pages = append(l.pages, nil)
		l.used = append(l.used, 0)
	}
	if l.pages[n] == nil {
		l.pages[n] = new([chunkLen]laneID)
	}
	at := &l.pages[n][id&chunkMask]
	l.used[n] += uint16(bit(first != 0)) - uint16(bit(*at != 0))
	*at = first
	if l.used[n] == 0 {
		l.pages[n] = nil
	}
}

// open gives the lane of a destination with a path identifier, making it when there is none. The caller holds or drops it.
func (l *lanes) open(id destID, path uint32) laneID {
	if n := l.find(id, path); n != 0 {
		return n
	}
	n := l.recs.alloc()
	*l.recs.at(n) = lane{dest: id, path: path, next: l.of(id)}
	l.begin(id, n)
	return n
}

// close frees a lane.
func (l *lanes) close(n laneID) {
	r := *l.recs.at(n)
	if first := l.of(r.dest); first == n {
		l.begin(r.dest, r.next)
	} else {
		p := l.recs.at(first)
		for p.next != n {
			p = l.recs.at(p.next)
		}
		p.next = r.next
	}
	l.recs.free(n)
}

// bytes is the memory of the lanes.
func (l *lanes) bytes() uint64 {
	n := l.recs.bytes() + 4*uint64(cap(l.idle))
	for _, p := range l.pages {
		if p != nil {
			n += 4 * chunkLen
		}
	}
	return n
}

// letGo takes back what one column held of a lane.
func (t *table) letGo(n laneID) {
	r := t.lanes.recs.at(n)
	if r.held--; r.held == 0 {
		r.held = idleBit
		t.lanes.idle = append(t.lanes.idle, n)
		t.reapable++
	}
}

// reapLanes frees some of the lanes that no column and no backlog knows, and reports the work done.
func (t *table) reapLanes(units int) (done int) {
	l := &t.lanes
	if l.reaping == 0 {
		return 0
	}
	behind := t.behind(true)
	for ; l.reaping > 0 && done < units; done++ {
		l.reaping--
		n, last := l.idle[l.reaping], len(l.idle)-1
		r := l.recs.at(n)
		if r.held == idleBit && lagging(behind, n) {
			continue
		}
		l.idle[l.reaping] = l.idle[last]
		l.idle = l.idle[:last]
		if r.held &^= idleBit; r.held == 0 {
			l.close(n)
		}
	}
	if len(l.idle) == 0 {
		l.idle = nil
	}
	return done
}

// lagging reports whether one of the members has still to be told of a lane.
func lagging(behind []*member, n laneID) bool {
	for _, m := range behind {
		if m.backlog.has(n) {
			return true
		}
	}
	return false
}

// spots is above the number of every spot of a member.
func (t *table) spots(m *member) spot {
	if m.wide() {
		return t.lanes.recs.limit()
	}
	return t.limit()
}

// destAt gives the destination of a spot of a member.
func (t *table) destAt(m *member, id spot) destID {
	if m.wide() {
		return t.lanes.recs.at(id).dest
	}
	return id
}

// nlri gives a spot as a message has it.
func (t *table) nlri(wide bool, id spot) wire.NLRI {
	if wide {
		r := t.lanes.recs.at(id)
		return wire.NLRI{ID: r.path, Prefix: t.prefix(r.dest)}
	}
	return wire.NLRI{Prefix: t.prefix(id)}
}

// spread sets the destination's bit for every group with ADD-PATH: whichever of its paths changed, it may be one they have.
func (t *table) spread(id destID) {
	for _, g := range t.wide {
		t.concern(g, id)
	}
}
