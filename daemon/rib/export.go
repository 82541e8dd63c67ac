package rib

import (
	"net/netip"

	"bgpsh/wire"
)

// export gives what the group's neighbors are told of a path: its attributes as sent, with a reference for the caller, or
// the reason why it is withheld from all of them. policy is the number of the export policy that judges it, or has judged it
// (exportPolicy). Split horizon is not decided here.
func (t *table) export(g *group, policy uint32, on judgement, p *path, id destID) (attrID, Reason) {
	t.egress.trace = 0
	from := t.adjOf(p)
	if reason := t.refuses(g, p, from); reason != 0 {
		return 0, reason
	}
	in := t.attrs.attrs(p.post)
	e := &t.editor
	e.Reset(in)
	t.prepare(&g.key, p, from, e)
	if policy != 0 && t.config.Export != nil {
		if on != unjudged {
			e.Reset(t.probe.Attrs())
		}
		if on != judged {
			if reason := t.askExport(policy, from, in, id, e); reason != 0 {
				return 0, reason
			}
		}
		if g.key.Internal && from.internal && !g.key.PolicyEdits { // RFC 4456 10: a reflector changes nothing
			e.Reset(in)
			t.prepare(&g.key, p, from, e)
		}
	}
	if !g.key.inside() && t.attrs.recs.at(p.post).bits&hasConfed != 0 {
		e.LeaveConfederation() // policy has seen the members, as filter lists do
	}
	if reason := t.rewrite(g, in, from, e); reason != 0 {
		return 0, reason
	}
	if t.attrs.recs.at(p.post).bits&hasLLGRStale != 0 {
		g.key.limitAged(e)
	}
	out := e.Attrs()
	if len(out) >= 1<<16 || !g.fits(t, out) {
		return 0, TooLong
	}
	return t.attrs.keepSent(out, t.attrs.hash(out), p.post, len(t.groups)), 0
}

// askExport is Config.Export, which notes the trace of the result.
func (t *table) askExport(policy uint32, from *adj, in wire.Attrs, id destID, e *wire.Editor) Reason {
	reason := t.config.Export(policy, from.addr, t.family, in, t.prefix(id), e)
	if t.config.Hits != nil {
		t.egress.trace = t.config.Hits.ExportTrace(policy)
	}
	return reason
}

// refuses applies the rules that need no look at the attribute bytes.
func (t *table) refuses(g *group, p *path, from *adj) Reason {
	k := &g.key
	switch bits := t.attrs.recs.at(p.post).bits; {
	case bits&hasLLGRStale != 0 && !k.LongLived && !k.inside():
		return AgedRoute
	case k.transparent(from): // a route server passes these on to whom they are for (RFC 7947 2.2.4)
		return 0
	case bits&hasNoAdvertise != 0:
		return NoAdvertise
	case bits&hasNoExport != 0 && !k.inside(), bits&hasLocalAS != 0 && !k.Internal:
		return NoExport
	case k.Internal && from.internal && !t.reflects(k, from):
		return IBGPtoIBGP
	}
	return 0
}

// rewrite applies the fixed rules of the group's kind of neighbor to e, which policy has seen.
func (t *table) rewrite(g *group, in wire.Attrs, from *adj, e *wire.Editor) Reason {
	k := &g.key
	switch {
	case k.AS != 0 && e.Attrs().ASPath().Contains(k.AS):
		return SenderASLoop
	case k.leaks(in):
		return RouteLeak
	case k.Site != 0 && e.Attrs().ExtCommunities().Has(k.Site):
		return SiteOfOrigin
	}
	global, linkLocal, ok := t.nextHop(g, in, from, e)
	if !ok {
		return NoNextHop
	}
	e.Delete(wire.AttrLocal)
	e.SetNextHops(global, linkLocal)
	switch {
	case k.HasMaxMED:
		e.SetUint32(wire.AttrMED, k.MaxMED)
	case t.config.HasStartupMED:
		e.SetUint32(wire.AttrMED, t.config.StartupMED)
	}
	if k.GracefulShutdown && !k.inside() {
		e.AddCommunity(wire.CommunityGracefulShutdown)
	}
	k.strip(e)
	if k.inside() {
		t.rewriteInside(k, from, e)
		if k.Member && !e.PrependConfed(k.LocalAS) {
			return TooLong
		}
		return 0
	}
	e.Delete(wire.AttrLocalPref)
	e.Delete(wire.AttrOriginatorID)
	e.Delete(wire.AttrClusterList)
	e.Delete(wire.AttrAIGP) // RFC 7311 3.4: not outside, unless told
	e.DeleteNonTransitive()
	k.mark(e)
	if !k.prependPath(e) {
		return TooLong
	}
	return 0
}

// rewriteInside is what is added for neighbors of our AS or of our confederation.
func (t *table) rewriteInside(k *GroupKey, from *adj, e *wire.Editor) {
	if _, ok := e.Attrs().LocalPref(); k.GracefulShutdown {
		e.SetUint32(wire.AttrLocalPref, 0)
	} else if !ok {
		e.SetUint32(wire.AttrLocalPref, t.defaultLocalPref)
	}
	switch {
	case k.Member: // a cluster is of one AS
		e.Delete(wire.AttrOriginatorID)
		e.Delete(wire.AttrClusterList)
	case from.internal:
		t.reflect(from, e)
	default:
		e.Delete(wire.AttrOriginatorID) // what is not reflected has none (RFC 4456 8)
	}
}

// nextHop chooses the next hop (RFC 4271 5.1.3, RFC 2545 3, RFC 8950); false: there is none that the neighbors could use.
// One that policy has set counts, unless the neighbor has one of its own.
func (t *table) nextHop(g *group, in wire.Attrs, from *adj, e *wire.Editor) (global, linkLocal netip.Addr, ok bool) {
	k, given := &g.key, in.NextHop()
	keep := given.IsValid() && !given.IsUnspecified()
	set := e.Attrs().NextHop()
	switch {
	case k.ConfiguredNextHop.IsValid():
		return k.ConfiguredNextHop, netip.Addr{}, t.carries(g, k.ConfiguredNextHop)
	case e.Attrs().Local().Kind == HopKept && set.IsValid() && !set.IsUnspecified():
		return set, e.Attrs().LinkLocal(), t.carries(g, set)
	case set.IsUnspecified() && keep: // what policy makes of our own address
		return t.selfNextHop(g)
	case set != given && set.IsValid() && !set.IsUnspecified():
		return set, netip.Addr{}, t.carries(g, set)
	case keep && !k.inside() && (k.RouteServer || k.Unchanged&NextHopUnchanged != 0):
		return given, g.sharedLink(in, given), t.carries(g, given)
	case keep && k.inside() && (k.Unchanged&NextHopUnchanged != 0 || !k.SelfAlways && (from.internal && k.Internal || !k.NextHopSelf) && !g.leadsBack(given, from)):
		return given, netip.Addr{}, t.carries(g, given) && !given.IsLinkLocalUnicast()
	case keep && !k.inside() && !k.NextHopSelf && !k.SelfAlways && g.thirdParty(given, from):
		return given, in.LinkLocal(), t.carries(g, given)
	}
	return t.selfNextHop(g)
}

// sharedLink is the link-local companion of a next hop that stays as it came, where the neighbors are on its link.
func (g *group) sharedLink(in wire.Attrs, given netip.Addr) netip.Addr {
	if g.key.Subnet.IsValid() && g.key.Subnet.Contains(given) {
		return in.LinkLocal()
	}
	return netip.Addr{}
}

// carries reports whether a message of the group can hold the next hop.
func (t *table) carries(g *group, nh netip.Addr) bool {
	if nh.Is4() {
		return !t.six
	}
	return t.six || g.key.Encoding.ExtendedNextHop
}

// selfNextHop is our own address, as the neighbors reach us.
func (t *table) selfNextHop(g *group) (global, linkLocal netip.Addr, ok bool) {
	k := &g.key
	switch {
	case !t.six && k.NextHop4.IsValid():
		return k.NextHop4, netip.Addr{}, true
	case !t.six && !k.Encoding.ExtendedNextHop:
		return netip.Addr{}, netip.Addr{}, false
	case k.NextHop6.IsValid():
		return k.NextHop6, k.NextHop6LL, true
	case k.NextHop6LL.IsValid(): // alone on its link: in both places, as receivers expect 32 octets
		return k.NextHop6LL, k.NextHop6LL, true
	}
	return netip.Addr{}, netip.Addr{}, false
}
