package rib

import (
	"slices"

	"bgpsh/wire"
)

// retain does one of the things by which routes stay over the loss of a session, or cease to.
func (w *twin) retain() {
	p, six := w.peer(), w.rnd.IntN(2)
	f := families[six]
	switch w.rnd.IntN(8) {
	case 0, 1, 2:
		if p.session != nil {
			w.lose(p)
		} else {
			w.up(p)
		}
	case 3:
		w.note("age %d %v", p.id, f)
		w.rib.AgeRoutes(p.id, f)
		w.age(p.id, six)
	case 4:
		w.note("drop %d %v", p.id, f)
		w.rib.DropKept(p.id, f)
		w.model.remove(six, func(q *modelPath) bool { return q.peer == p.id && (q.kept || p.session == nil) })
	case 5, 6:
		if p.session != nil {
			w.note("End-of-RIB %d %v", p.id, f)
			if first := w.rib.EndOfRIB(p.id, f); first == p.ended[six] {
				w.Fatalf("End-of-RIB of %d is news: %v", p.id, first)
			}
			p.ended[six] = true
			w.model.remove(six, func(q *modelPath) bool { return q.peer == p.id && q.kept })
		}
	default:
		on := w.chance(50)
		w.note("defer %v %v", f, on)
		w.rib.Defer(f, on)
	}
}

// lose ends a session and keeps its routes of some families.
func (w *twin) lose(p *modelPeer) {
	var keep []wire.Family
	for _, f := range families {
		if w.chance(80) {
			keep = append(keep, f)
		}
	}
	w.note("lose %d, keep %v", p.id, keep)
	w.rib.Lose(p.id, keep)
	p.session = nil
	delete(w.heard, p.id)
	for six, f := range families {
		a := w.rib.tables[six].adjs[p.id]
		held := slices.Contains(keep, f)
		w.model.remove(six, func(q *modelPath) bool { return q.peer == p.id && (!held || q.kept && !q.aged) })
		busy := !slices.Contains(a.byEpoch[:], 0) || a.doomed != 0 // no epoch may be free to tell the routes by
		if held && !a.paused && busy {
			w.model.remove(six, func(q *modelPath) bool { return q.peer == p.id })
		}
		for _, list := range w.model.paths[six] {
			for _, q := range list {
				if q.peer == p.id {
					q.kept, q.stale = true, false
				}
			}
		}
	}
}

// age makes a neighbor's kept routes long-lived.
func (w *twin) age(id PeerID, six int) {
	w.model.remove(six, func(q *modelPath) bool {
		return q.peer == id && q.kept && slices.Contains(q.pre.communities, wire.CommunityNoLLGR)
	})
	for pfx, list := range w.model.paths[six] {
		for _, q := range list {
			if q.peer == id && q.kept {
				q.aged = true
				w.model.judge(q, pfx)
			}
		}
	}
}

// resume begins a session, which takes over what was kept of the one before where it may.
func (w *twin) resume(p *modelPeer, s *Session) {
	for six := range families {
		if !s.Families[six].Keep {
			w.model.remove(six, func(q *modelPath) bool { return q.peer == p.id })
		}
	}
	p.session, p.facts, p.ended = s, s, [2]bool{}
}
