package rib

import (
	"math/bits"

	"bgpsh/wire"
)

// sweep walks over the destinations, chunk by chunk and around, as long as somebody has a job for it. Jobs may begin at any
// time; each ends when every destination was looked at since. A chunk without paths of a neighbor with a job is skipped.
type sweep struct {
	jobs int    // neighbors with a job, plus one for redo
	at   destID // next destination
	redo job    // decide every destination again
	on   bool   // it is walking: what changes now was found by it
	work int    // since groups were told what it found; see gather
	memo memo   // of import
	srcs []sourceID
}

// job is a piece of work on all destinations.
type job struct {
	active  bool
	wrapped bool // the walk has begun anew since
	last    int  // when wrapped: the chunk to be finished; -1: none
	judge   bool // judge paths by import policy, beside removing those that must leave
}

// begin makes the walk come by everywhere from now on.
func (t *table) begin(j *job) {
	s := &t.sweep
	if s.jobs == 0 {
		s.at = 0
	}
	if !j.active {
		s.jobs++
	}
	j.active, j.wrapped, j.last = true, false, int((s.at+chunkMask)>>chunkBits)-1
}

// clean begins to remove a's dead and doomed paths.
func (t *table) clean(a *adj) { t.begin(&a.job) }

// rejudge begins to judge a's paths by its import policy again.
func (t *table) rejudge(a *adj) {
	a.job.judge = true
	t.begin(&a.job)
}

// redecide begins to decide all destinations again.
func (t *table) redecide() { t.begin(&t.sweep.redo) }

// pieceUnits is how much work a walk that policy takes part in does between two questions whether somebody waits for its end.
const pieceUnits = 128

// sweepSome does about units of work on the jobs and reports how much. It does a piece, and more while nobody waits.
func (t *table) sweepSome(units int) (done int) {
	s := &t.sweep
	s.on = true
	for piece := 0; s.jobs > 0 && done < units; {
		if done >= piece {
			if done > 0 && t.awaited() {
				break
			}
			piece = done + pieceUnits
		}
		if s.at >= t.limit() {
			s.at = 0
			t.endJobs(func(j *job) bool { j.wrapped = true; return j.last < 0 })
			done++
			continue
		}
		if n := s.at >> chunkBits; s.at&chunkMask == 0 && !t.wanted(n) {
			s.at += chunkLen
		} else {
			done += t.sweepWord(min(piece, units) - done)
		}
		if s.at&chunkMask == 0 {
			n := int(s.at>>chunkBits) - 1
			t.endJobs(func(j *job) bool { return j.wrapped && n >= j.last })
		}
		done++
	}
	s.on = false
	s.work += done
	s.memo.forget(t)
	t.reapable += done
	return done
}

// phase names the work that the walk has before it.
func (s *sweep) phase(t *table) Phase {
	if s.jobs > 0 {
		if s.redo.active {
			return PhasePolicy
		}
		for _, a := range t.adjs {
			if a.job.active && a.job.judge {
				return PhasePolicy
			}
		}
	}
	return PhaseSweep
}

// endJobs ends the active jobs for which over says so.
func (t *table) endJobs(over func(*job) bool) {
	if j := &t.sweep.redo; j.active && over(j) {
		*j = job{}
		t.sweep.jobs--
	}
	for _, a := range t.adjs {
		if a != nil && a.job.active && over(&a.job) {
			a.job = job{}
			a.stale &^= a.doomed
			a.kept &^= a.doomed
			a.doomed = 0
			t.sweep.jobs--
		}
	}
}

// wanted reports whether a job has something to do in a chunk of destinations.
func (t *table) wanted(chunk uint32) bool {
	if t.sweep.redo.active {
		return true
	}
	for _, a := range t.adjs {
		if a != nil && a.job.active && int(chunk) < len(a.inChunk) && a.inChunk[chunk] > 0 {
			return true
		}
	}
	return false
}

// awaited reports whether the Turn is to end soon.
func (t *table) awaited() bool { return t.config.Awaited != nil && t.config.Awaited() }

// sweepWord works on the rest of 64 destinations, no more than units if one destination is not more than that, and reports the work done
// beside looking.
func (t *table) sweepWord(units int) (done int) {
	s := &t.sweep
	word := s.at >> 6
	used := t.used(word / liveWords)[word%liveWords] & (^uint64(0) << (s.at & 63))
	if word == 0 {
		used &^= 1
	}
	for ; used != 0; used &= used - 1 {
		id := word<<6 | uint32(bits.TrailingZeros64(used))
		if done >= units && done > 0 {
			s.at = id
			return done
		}
		done += t.sweepDest(id)
	}
	s.at = (word + 1) << 6
	return done
}

// sweepDest removes the paths of a destination that must leave, judges those that must be judged, and decides again when
// that is asked for.
func (t *table) sweepDest(id destID) (done int) {
	d, s := t.slot(id), &t.sweep
	s.srcs = s.srcs[:0]
	for p := range t.paths.iterate(d) {
		if a := t.adjOf(p); a.job.active && (a.job.judge || t.leaving(a, p)) {
			s.srcs = append(s.srcs, p.src)
		}
	}
	for _, src := range s.srcs {
		p := t.paths.find(d, src)
		a := t.adjOf(p)
		if t.leaving(a, p) {
			t.remove(a, id, d, p)
			continue
		}
		fresh := *p
		fresh.pre, fresh.post = t.judge(a, p.pre, p.post, t.prefix(id))
		if a.aged>>p.epoch()&1 != 0 {
			ok := false
			if fresh.pre, fresh.post, ok = t.age(fresh.pre, fresh.post); !ok {
				t.remove(a, id, d, p)
				continue
			}
		}
		if fresh.post != p.post {
			t.replace(a, id, d, p, fresh)
		}
		t.let(fresh.pre, fresh.post)
	}
	if s.redo.active {
		before := *d
		t.crown(d, t.decide(d))
		t.publish(id, d, &before)
		t.spread(id)
		done++
	}
	return done + len(s.srcs)
}

// leaving reports whether a path of a is dead, or stale after EoRR or its like.
func (t *table) leaving(a *adj, p *path) bool {
	return t.sources.recs.at(p.src).era != a.era || a.doomed>>p.epoch()&1 != 0
}

// judge applies a's import policy to a path with attributes pre and the result post so far, and gives what both are then, with a reference
// for the caller on each that is attributes.
func (t *table) judge(a *adj, pre attrID, post uint32, pfx wire.Prefix) (attrID, uint32) {
	switch {
	case pre == 0:
		return pre, post // malformed: no policy can mend it
	case t.config.Import == nil || a.id == Local:
		return t.internMade(pre, t.attrs.came(pre))
	case t.config.ImportClass == nil:
		return t.imported(a, pre, pfx)
	}
	class := t.config.ImportClass(a.id, t.family, pfx)
	if class == Unclassed {
		return t.imported(a, pre, pfx)
	}
	e, known := t.sweep.memo.entry(pre, a.id, class)
	switch {
	case !known:
		t.attrs.retain(pre)
		t.sweep.memo.hold(pre)
		before, out := t.imported(a, pre, pfx)
		t.sweep.memo.hold(before)
		if out < refused {
			t.sweep.memo.hold(out)
		}
		e.pre, e.out = before, out
		if t.config.Hits != nil {
			e.trace = t.config.Hits.ImportTrace(a.id)
		}
	case e.trace != 0:
		t.config.Hits.ImportAgain(a.id, t.family, e.trace, pfx)
	}
	t.attrs.retain(e.pre)
	if e.out < refused {
		t.attrs.retain(e.out)
	}
	return e.pre, e.out
}

// imported evaluates a's import policy.
func (t *table) imported(a *adj, pre attrID, pfx wire.Prefix) (attrID, uint32) {
	in, e := t.attrs.came(pre), &t.editor
	e.Reset(in)
	if reason := t.config.Import(a.id, t.family, in, pfx, e); reason != 0 {
		return t.attrs.keep(in, t.attrs.hash(in)), refused + uint32(reason)
	}
	return t.internMade(pre, e.Attrs())
}

// tombs: destinations without paths wait until no group and no neighbor behind one has anything to do with them.

// reap destroys some of the lanes and tombs that nothing refers to any more, and reports the work done. A pass over them begins
// when enough has happened to make it worthwhile, or when nothing else is left to do. Lanes are first: a tomb may wait for one.
func (t *table) reap(units int, idle bool) (done int) {
	if t.reaping == 0 && t.lanes.reaping == 0 {
		if t.reapable == 0 || !idle && t.reapable < int(t.tombs.count)+len(t.lanes.idle) {
			return 0
		}
		t.reaping, t.lanes.reaping, t.reapable = t.tombs.count, len(t.lanes.idle), 0
	}
	if done = t.reapLanes(units); t.lanes.reaping > 0 {
		return done
	}
	behind := t.behind(false)
	for ; t.reaping > 0 && t.tombs.head != 0 && done < units; t.reaping-- {
		id := t.tombs.head
		d := t.slot(id)
		t.exhume(d)
		if t.referred(id, behind) {
			t.bury(id, d)
		} else {
			t.destroy(id)
		}
		done++
	}
	if t.tombs.head == 0 {
		t.reaping = 0
	}
	return done
}

// behind gives the members with a backlog, in or between groups: of destinations, or of lanes.
func (t *table) behind(lanes bool) []*member {
	list := t.egress.behind[:0]
	for _, a := range t.adjs {
		if m := a.member; m != nil && m.backlog.count > 0 && m.wide() == lanes {
			list = append(list, m)
		}
	}
	t.egress.behind = list
	return list
}

// referred reports whether a group, a neighbor behind its group, or the column of a group that ended knows the destination.
// A group that has looked at it since it lost its paths has no entry for it.
func (t *table) referred(id destID, behind []*member) bool {
	if id == t.pinned {
		return true
	}
	for _, g := range t.groups {
		if g.cursor.has(id) {
			return true
		}
	}
	for _, m := range behind {
		if m.backlog.has(id) {
			return true
		}
	}
	if t.watch != nil && t.watch.cursor.has(id) {
		return true
	}
	for _, c := range t.conditions {
		if c.cursor.has(id) {
			return true
		}
	}
	if t.lanes.of(id) != 0 {
		return true
	}
	for _, c := range t.dying {
		if !c.wide && c.get(id).attr != 0 {
			return true
		}
	}
	return false
}
