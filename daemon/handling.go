package daemon

import (
	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// treatment is how routes are handed on to the neighbor in one family, besides policy.
func (c *setup) treatment(f *config.FamilySettings, n *fsm.Negotiated) rib.Treatment {
	t := rib.Treatment{
		Client: n.Internal && f.ReflectorClient, RouteServer: !n.Inside() && f.ServerClient,
		SelfAlways: f.NextHopSelfForce, PolicyEdits: f.ReflectorPolicy,
		Strip:            rib.AllCommunities &^ rib.Communities(f.SendCommunity),
		GracefulShutdown: c.GracefulShutdown,
		HasMaxMED:        c.MaxMED.Set, MaxMED: c.MaxMED.Value,
		Default: f.DefaultOriginate.Set, MaxOut: f.MaxPrefixOut, Site: f.Site,
	}
	for _, u := range []struct {
		set bool
		bit rib.Unchanged
	}{{f.Unchanged.ASPath, rib.ASPathUnchanged}, {f.Unchanged.NextHop, rib.NextHopUnchanged}, {f.Unchanged.MED, rib.MEDUnchanged}} {
		if u.set {
			t.Unchanged |= u.bit
		}
	}
	if n.Inside() {
		return t
	}
	t.HasRole, t.Role = c.Role.Set, c.Role.Value.Role
	if n.LocalAS != c.OwnAS && !c.LocalASReplace {
		t.RealAS = c.OwnAS
	}
	if f.RemovePrivate.Set {
		t.Private, t.PeerAS = privateForms(f.RemovePrivate.Value), n.RemoteAS
		if wire.PrivateAS(t.RealAS) {
			t.RealAS = 0 // local-as hides it
		}
	}
	if f.ASOverride {
		t.Override, t.PeerAS = c.OwnAS, n.RemoteAS
	}
	return t
}

// prefixLimit is maximum-prefix as the RIB counts by it.
func prefixLimit(m config.MaxPrefix) rib.PrefixLimit {
	l := rib.PrefixLimit{Max: m.Limit, Warn: uint32(uint64(m.Limit) * uint64(m.Threshold) / 100), Force: m.Force, WarnOnly: m.WarnOnly}
	return l
}

func privateForms(p config.PrivateAS) rib.PrivateAS {
	forms := rib.RemovePrivate
	if p.All {
		forms |= rib.EveryPath
	}
	if p.Replace {
		forms |= rib.ReplacePrivate
	}
	return forms
}

// importRules are what a neighbor's configuration changes, besides policy, in how its routes of one family are taken.
type importRules struct {
	external  bool
	ownAS     uint32 // a loop where it is in the path more often than times
	times     int
	origin    bool   // any number of times where ownAS originated the route
	confedAS  uint32 // of our confederation, likewise a loop where it is no member of it; 0: none
	member    bool   // the neighbor is in another AS of it
	localAS   uint32 // local-as, likewise a loop; 0: none
	localTime int
	prepend   bool // put localAS before the path
	noSets    bool // RFC 9774
	weight    uint32
	hasWeight bool
	site      uint64 // of origin, put on every route; 0: none
	shutdown  bool   // RFC 8326: the neighbor's routes count as going away
	hasRole   bool
	role      uint8 // ours towards the neighbor (RFC 9234)
	remoteAS  uint32
}

// importRules gives the rules of one family of the established session.
func (c *setup) importRules(f *config.FamilySettings, n *fsm.Negotiated) importRules {
	r := importRules{
		external: !n.Inside(), ownAS: c.RouterAS, confedAS: c.Confederation, member: n.Member, times: int(f.AllowAS.Times), origin: f.AllowAS.Origin,
		noSets: c.RejectASSets, weight: uint32(f.Weight.Value), hasWeight: f.Weight.Set, site: f.Site,
		shutdown: c.GracefulShutdown && !n.Inside(),
		hasRole:  c.Role.Set && !n.Inside(), role: c.Role.Value.Role, remoteAS: n.RemoteAS,
	}
	if n.LocalAS != c.OwnAS && !n.Inside() {
		r.localAS, r.localTime, r.prepend = n.LocalAS, r.times, !c.LocalASNoPrepend
		if r.prepend && r.localTime > 0 {
			r.localTime-- // FRR counts the one that it puts there itself
		}
	}
	return r
}

// refuse gives the reason why no policy may take a route with attributes a and their path, 0 for none.
func (r *importRules) refuse(a wire.Attrs, path wire.ASPath) rib.Reason {
	if n := path.Count(r.ownAS); n > r.times && !(r.origin && originates(path, r.ownAS)) {
		return rib.ASLoop
	}
	switch {
	case r.confedAS != 0 && path.CountOutside(r.confedAS) > r.times, r.localAS != 0 && path.Count(r.localAS) > r.localTime:
		return rib.ASLoop
	case r.member && !path.FromMember():
		return rib.FirstAS
	case r.noSets && path.HasSet():
		return rib.ASSet
	case r.hasRole && r.leaked(a):
		return rib.RouteLeak
	}
	return 0
}

// originates reports a path whose rightmost AS is as.
func originates(p wire.ASPath, as uint32) bool {
	last, ok := p.Origin()
	return ok && last == as
}

// leaked is the check of RFC 9234 5 on ingress: a route for customers only that comes from below or, unless the neighbor
// itself marked it, from the side.
func (r *importRules) leaked(a wire.Attrs) bool {
	otc, marked := a.OTC()
	switch r.role {
	case wire.RoleProvider, wire.RoleRS:
		return marked
	case wire.RolePeer:
		return marked && otc != r.remoteAS
	}
	return false
}

// edits reports whether the rules may change a route that came with these attributes.
func (r *importRules) edits(a wire.Attrs) bool {
	return r.hasWeight || r.prepend || r.hasRole || r.finishes(a)
}

// finishes reports whether after may change a route that policy left with these attributes.
func (r *importRules) finishes(a wire.Attrs) bool {
	return r.site != 0 || r.external && (r.shutdown || special(a.Communities()))
}

// special reports a community that asks for something on the way in.
func special(c wire.Communities) bool {
	for i := range c.Len() {
		if v := c.At(i); v == wire.CommunityGracefulShutdown || v == wire.CommunityBlackhole {
			return true
		}
	}
	return false
}

// before makes the changes that import policy sees.
func (r *importRules) before(e *wire.Editor) {
	if r.prepend {
		e.PrependAS(r.localAS, 1)
	}
	if r.hasWeight {
		l := e.Attrs().Local()
		l.Weight = r.weight
		e.SetLocal(l)
	}
	if !r.hasRole {
		return
	}
	if _, marked := e.Attrs().OTC(); !marked {
		switch r.role { // from above or from the side (RFC 9234 5)
		case wire.RoleCustomer, wire.RolePeer, wire.RoleRSClient:
			e.SetUint32(wire.AttrOTC, r.remoteAS)
		}
	}
}

// after makes the changes that policy must not undo.
func (r *importRules) after(e *wire.Editor) {
	if r.site != 0 {
		e.AddExtCommunity(r.site)
	}
	if !r.external {
		return
	}
	if r.shutdown {
		rib.ShutDown(e)
	}
	c := e.Attrs().Communities()
	if c.Has(wire.CommunityBlackhole) && !c.Has(wire.CommunityNoExport) && !c.Has(wire.CommunityNoAdvertise) {
		e.AddCommunity(wire.CommunityNoExport) // RFC 7999 3.2
	}
	if e.Attrs().Communities().Has(wire.CommunityGracefulShutdown) {
		e.SetUint32(wire.AttrLocalPref, 0) // RFC 8326 4
	}
}
