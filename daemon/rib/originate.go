package rib

import "bgpsh/wire"

// outgoing gives what the group is to be told of a destination, with a reference on the attributes for the caller.
func (t *table) outgoing(g *group, id destID, d *slot) (next entry) {
	if g.key.Default && t.prefix(id).Len == 0 { // whatever the table says: the neighbor gets ours
		if attr, reason := t.defaultRoute(g); reason == 0 {
			next.attr, next.src = attr, t.adjs[Local].source
			return next
		} else if g.defaultIf == nil {
			return next
		}
	}
	if d.flags&flagBest == 0 {
		return next
	}
	return t.outgoingPath(g, id, &d.best)
}

// outgoingPath gives what the group is to be told of one path, with a reference on the attributes for the caller.
func (t *table) outgoingPath(g *group, id destID, p *path) (next entry) {
	if g.onlyFor(t.sources.recs.at(p.src).peer) {
		return next
	}
	policy, on, reason := t.exportPolicy(g, id, p)
	switch {
	case reason != 0:
		return next
	case policy == g.key.Policy && on == unjudged:
		next.attr, reason = t.exported(g, p, id)
	default:
		next.attr, reason = t.export(g, policy, on, p, id)
	}
	if reason == 0 {
		next.src = p.src
	} else if reason == TooLong {
		t.nTooLong++
	}
	return next
}

// A judgement tells what has judged a path before export is asked for it.
type judgement uint8

const (
	unjudged  judgement = iota
	judged              // the policy itself: t.probe holds what it made of the path
	judgedToo           // that of conditional advertisement, and the policy judges what that has made of the path, in t.probe
)

// exportPolicy gives the number of the policy that judges a best path for the group: its own, that of conditional
// advertisement, or where an aggregate stands for the path the one that brings it back. on: what has judged it meanwhile.
func (t *table) exportPolicy(g *group, id destID, best *path) (policy uint32, on judgement, reason Reason) {
	policy, too := g.key.Policy, g.key.ConditionalToo
	if len(t.suppressing) > 0 && t.suppressed(t.prefix(id), best) {
		if policy, too = g.key.Unsuppress, true; policy == 0 {
			return 0, unjudged, Suppressed
		}
	}
	switch about, sent := t.conditional(g, id, best); {
	case !about:
		return policy, unjudged, 0
	case !sent:
		return 0, unjudged, Conditional
	case too && policy != 0:
		return policy, judgedToo, 0
	}
	return g.key.Conditional, judged, 0
}

// ShutDown makes the changes to a route of our own, behind its map, that ask everyone to prefer others (RFC 8326): the community and
// LOCAL_PREF 0, which maps on the way out see as they see those of received routes.
func ShutDown(e *wire.Editor) {
	e.AddCommunity(wire.CommunityGracefulShutdown)
	e.SetUint32(wire.AttrLocalPref, 0)
}

// defaultRoute is what default-originate sends: a route of our own without export policy, as in FRR. NoDefault: no route in
// the table meets its condition.
func (t *table) defaultRoute(g *group) (attrID, Reason) {
	e := &t.editor
	e.Reset(nil)
	e.SetOrigin(wire.OriginIGP)
	e.SetASPath(nil)
	e.SetUint32(wire.AttrMED, 0)
	if g.defaultIf != nil && !t.applyCondition(g.defaultIf, e) {
		return 0, NoDefault
	}
	if g.key.GracefulShutdown {
		ShutDown(e)
	}
	from := t.adjs[Local]
	if reason := t.rewrite(g, nil, from, e); reason != 0 {
		return 0, reason
	}
	out := e.Attrs()
	return t.attrs.intern(out, t.attrs.hash(out)), 0
}

// pinDefault makes sure that the default route is a destination, with paths or without, so that there is a bit for it.
func (t *table) pinDefault() {
	if t.pinned != 0 {
		return
	}
	h := t.hash(wire.Prefix{})
	if t.pinned = t.lookup(wire.Prefix{}, h); t.pinned == 0 {
		t.pinned = t.create(wire.Prefix{}, h)
		t.bury(t.pinned, t.slot(t.pinned))
	}
}

// full reports whether maximum-prefix-out lets the group's only neighbor have no more prefixes.
func (g *group) full() bool { return g.key.MaxOut > 0 && g.column.count >= g.key.MaxOut }

// cap withholds a prefix that would be one too many, and notes when there is room again for those withheld.
func (t *table) cap(g *group, old, next entry) entry {
	switch {
	case g.key.MaxOut == 0:
	case next.attr != 0 && old.attr == 0 && g.full():
		t.attrs.release(next.attr)
		g.capped = true
		return entry{}
	case next.attr == 0 && old.attr != 0 && g.capped:
		g.capped, g.room = false, true
	}
	return next
}

// refill looks at everything again after a prefix made room.
func (t *table) refill(g *group) {
	if g.room {
		g.room = false
		g.cursor.fill(&t.dests)
	}
}
