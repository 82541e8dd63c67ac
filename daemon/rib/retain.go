package rib

import (
	"slices"

	"bgpsh/wire"
)

// A neighbor that restarts comes back, and its routes would only flap. So the end of a session can leave them where they
// are (RFC 4724 4.2): they are stale, but used and announced as before, until the neighbor has sent its table again. After
// the neighbor's restart time they can stay for longer, as the last choice (RFC 9494): then they carry LLGR_STALE, which
// the decision and export see. When each of these begins and ends is said from outside, by who has a clock.
//
// A kept route belongs to the source it had: the neighbor's next session goes on in the era of the one before. What is
// stale is told by its epoch, as with BoRR.

// Lose ends p's session as Down does, but the routes of the families in keep stay. Those that had stayed over a loss before
// and were not announced again since leave (RFC 4724 4.2), unless they are long-lived.
func (r *RIB) Lose(p PeerID, keep []wire.Family) {
	if p == Local || int(p) >= len(r.peers) || r.peers[p].session == nil {
		return
	}
	r.peers[p].session = nil
	for _, t := range r.tables {
		a := t.adjs[p]
		if a.up {
			t.part(a.member)
			if !slices.Contains(keep, t.family) || !a.pause(t) {
				a.stop(t)
			}
			t.clean(a)
		}
	}
}

// AgeRoutes makes p's kept routes of f long-lived: from the next Turns on they have LLGR_STALE and are used only where there
// is no other; those with NO_LLGR leave (RFC 9494 4.2).
func (r *RIB) AgeRoutes(p PeerID, f wire.Family) {
	if t, a := r.adj(p, f); a != nil && a.kept != 0 {
		a.aged = a.kept
		t.rejudge(a)
	}
}

// DropKept removes p's routes of f that stayed over the loss of a session and were not announced again.
func (r *RIB) DropKept(p PeerID, f wire.Family) {
	switch t, a := r.adj(p, f); {
	case a == nil:
	case a.paused:
		a.stop(t)
		t.clean(a)
	default:
		t.expel(a)
	}
}

// expel removes what a has kept.
func (t *table) expel(a *adj) {
	if a.kept != 0 {
		a.doomed |= a.kept
		a.kept, a.aged = 0, 0
		t.clean(a)
	}
}

// pause ends the session without its paths. False: there is nothing to keep, or no epoch to tell it by.
func (a *adj) pause(t *table) bool {
	a.doomed |= a.kept &^ a.aged
	a.kept = a.kept&a.aged | a.stale
	a.stale = 0
	ended, ok := a.newEpoch()
	if !ok || a.received == 0 {
		return false
	}
	a.kept |= ended
	a.session, a.family, a.member, a.up, a.paused = nil, nil, nil, false, true
	return true
}

// resumes tells whether a session of s may take over what is kept of the one before: nothing that the decision and export
// read of the neighbor itself is different. Its identifier may be; then all is decided again.
func (a *adj) resumes(s *Session, f *FamilySession) bool {
	return f.Keep && a.internal == s.Internal && a.confed == s.Member && a.as == s.AS && a.addr == s.Addr &&
		a.client == f.Group.Client && a.server == f.Group.RouteServer
}

// present tells whether the neighbor's paths count.
func (a *adj) present() bool { return a.up || a.paused }

// age makes a path long-lived: of the attributes after policy become those with LLGR_STALE. Both are given and returned with references for
// the caller. False: the path has NO_LLGR and leaves, and the references are given back.
func (t *table) age(pre attrID, post uint32) (attrID, uint32, bool) {
	bits := uint16(0)
	if pre != 0 {
		bits = t.attrs.cameBits(pre)
	}
	if post < refused {
		bits |= t.attrs.recs.at(post).bits & hasNoLLGR
	}
	switch {
	case bits&hasNoLLGR != 0:
		t.let(pre, post)
		return 0, 0, false
	case post >= refused || t.attrs.recs.at(post).bits&hasLLGRStale != 0:
		return pre, post, true
	}
	e := &t.editor
	e.Reset(t.attrs.attrs(post))
	e.AddCommunity(wire.CommunityLLGRStale)
	before, after := t.internMade(pre, e.Attrs())
	t.let(pre, post)
	return before, after, true
}

// limitAged applies RFC 9494 4.3 and 4.6 to what is sent of a long-lived route: it says what it is whatever policy made of
// its communities, and an internal neighbor that would not know better is told to use it last and to hand it on to nobody
// outside.
func (k *GroupKey) limitAged(e *wire.Editor) {
	e.AddCommunity(wire.CommunityLLGRStale)
	if !k.LongLived {
		e.AddCommunity(wire.CommunityNoExport)
		e.SetUint32(wire.AttrLocalPref, 0)
	}
}

// Defer lets nothing be announced in f, not even End-of-RIB, until it is called again with false: after a restart of our own
// the neighbors keep what they had of us until we have learned enough to say something better (RFC 4724 4.1).
func (r *RIB) Defer(f wire.Family, on bool) {
	t := r.table(f)
	if t == nil || t.egress.deferred == on {
		return
	}
	t.egress.deferred = on
	t.resume()
}

// resume rouses the members where nothing keeps egress from going on.
func (t *table) resume() {
	if t.egress.waits() {
		return
	}
	for _, a := range t.adjs {
		if m := a.member; m != nil {
			t.rouse(m)
		}
	}
}
