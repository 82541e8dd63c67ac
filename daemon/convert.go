package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"
	"unicode"

	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// peerNames turns the RIB's numbers of neighbors back into neighbors.
type peerNames struct {
	identity identity
	byID     map[rib.PeerID]*view
	aliases  map[string]string // by community
	now      time.Time         // of the question
}

func newPeerNames(pub *publication) *peerNames {
	n := &peerNames{identity: pub.identity, byID: map[rib.PeerID]*view{}, aliases: map[string]string{}, now: time.Now()}
	for _, alias := range slices.Sorted(maps.Keys(pub.config.Policy.Aliases)) {
		n.aliases[pub.config.Policy.Aliases[alias]] = alias
	}
	return n
}

// alias notes the names of a path's communities.
func (n *peerNames) alias(out *api.Path) {
	if len(n.aliases) == 0 {
		return
	}
	for _, c := range slices.Concat(out.Communities, out.LargeCommunities) {
		if name := n.aliases[c]; name != "" {
			if out.Aliases == nil {
				out.Aliases = map[string]string{}
			}
			out.Aliases[c] = name
		}
	}
}

// learn reads the numbers, which belong to the RIB loop; it runs there.
func (n *peerNames) learn(pub *publication) {
	for _, s := range pub.sessions {
		if s.stream.peer != rib.Local {
			n.byID[s.stream.peer] = s.view.Load()
		}
	}
}

// route puts a route into the API's terms.
func (n *peerNames) route(r *rib.RouteView, view api.View, detail bool) api.Route {
	out := api.Route{Prefix: r.Prefix, Version: r.Version, Paths: make([]api.Path, 0, len(r.Paths))}
	for i := range r.Paths {
		out.Paths = append(out.Paths, n.path(&r.Paths[i], view, detail))
		if detail {
			n.stay(&out.Paths[i], &r.Paths[i], r.Prefix.Addr())
		}
		if view == api.ViewWithheld {
			out.Paths[i].Reason = r.Withheld.String()
		}
	}
	if !detail {
		return out
	}
	for _, id := range r.AdvertisedTo {
		if v := n.byID[id]; v != nil {
			out.AdvertisedTo = append(out.AdvertisedTo, v.ref())
		}
	}
	sort.Slice(out.AdvertisedTo, func(i, j int) bool {
		a, b := &out.AdvertisedTo[i], &out.AdvertisedTo[j]
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.Name, b.Name)) < 0
	})
	switch r.Suppress {
	case rib.NoExport:
		out.Suppress = "no-export"
	case rib.NoAdvertise:
		out.Suppress = "no-advertise"
	}
	return out
}

// path puts a path into the API's terms, with the attributes that the view is about: before policy, after it, or as sent.
func (n *peerNames) path(p *rib.PathView, view api.View, detail bool) api.Path {
	attrs := shownAttrs(p, ribViews[view])
	out := api.Path{
		Valid: p.Reason == 0, Best: p.Best, Multipath: p.Multi, Stale: p.Stale, LongLived: p.LongLived, Local: p.Local, Aggregate: p.Aggregate, Suppressed: p.Suppressed, Internal: p.Internal, Confederation: p.Confed, PathID: receivedID(p), SentID: p.SentID,
	}
	if p.Best {
		out.Selection = p.Step.String()
	}
	if p.Reason != 0 {
		out.Reason = p.Reason.String()
	}
	if p.Local {
		out.Hostname = n.identity.hostname
		if p.PathID == rib.RedistributedID {
			out.Redistributed = policy.Protocol(p.Pre.Local().Kind).String()
		}
	} else {
		out.Peer = p.Addr
		if v := n.byID[p.Peer]; v != nil {
			ref := v.ref()
			out.Neighbor, out.Interface, out.Hostname = ref.Name, ref.Interface, ref.Hostname
			out.ShowName = ref.ShowName
			out.VLAN = v.setup.VLAN
		}
	}
	describeAttrs(&out, attrs)
	out.UseLocal = out.LinkLocal.IsValid() && (view == api.ViewTable || view == api.ViewRoutes)
	if detail {
		out.RouterID, out.UpdatedAt = addr4(p.RouterID), p.Arrival
		detailAttrs(&out, attrs)
		n.alias(&out)
	}
	return out
}

// receivedID is the identifier that a neighbor gave the path; those of our own routes are nobody's business.
func receivedID(p *rib.PathView) uint32 {
	if p.Local {
		return 0
	}
	return p.PathID
}

// describeAttrs fills the attributes that every list shows.
func describeAttrs(out *api.Path, a wire.Attrs) {
	if len(a) == 0 {
		return
	}
	out.NextHop, out.LinkLocal = a.NextHop(), a.LinkLocal()
	if v, ok := a.MED(); ok {
		out.MED = &v
	}
	if v, ok := a.LocalPref(); ok {
		out.LocalPref = &v
	}
	out.Weight = a.Local().Weight
	out.Origin = originName(a.Origin())
	out.ASPath = a.ASPath().String()
}

func originName(o uint8) api.Origin {
	switch o {
	case 0:
		return api.OriginIGP
	case 1:
		return api.OriginEGP
	}
	return api.OriginIncomplete
}

// detailAttrs fills the rest.
func detailAttrs(out *api.Path, a wire.Attrs) {
	if len(a) == 0 {
		return
	}
	out.ASSegments, out.ASPathLength = segments(a.ASPath()), a.ASPath().Length()
	out.AtomicAggregate = a.AtomicAggregate()
	if as, id, ok := a.Aggregator(); ok {
		out.AggregatorAS, out.AggregatorID = as, addr4(id)
	}
	for c, i := a.Communities(), 0; i < c.Len(); i++ {
		out.Communities = append(out.Communities, communityText(c.At(i)))
	}
	for c, i := a.LargeCommunities(), 0; i < c.Len(); i++ {
		l := c.At(i)
		out.LargeCommunities = append(out.LargeCommunities, fmt.Sprintf("%d:%d:%d", l.Global, l.Local1, l.Local2))
	}
	for c, i := a.ExtCommunities(), 0; i < c.Len(); i++ {
		out.ExtCommunities = append(out.ExtCommunities, extCommunityText(c.At(i)))
	}
	if id, ok := a.OriginatorID(); ok {
		out.OriginatorID = addr4(id)
	}
	for c, i := a.ClusterList(), 0; i < c.Len(); i++ {
		out.ClusterList = append(out.ClusterList, addr4(c.At(i)))
	}
	if v, ok := a.AIGP(); ok {
		out.AIGP = &v
	}
	if v, ok := a.OTC(); ok {
		out.OTC = &v
	}
	out.Tag = a.Local().Tag
	a.All(func(t wire.AttrType, flags uint8, value []byte) bool {
		if t != wire.AttrLocal && !t.Known() {
			out.Unknown = append(out.Unknown, api.UnknownAttr{Type: uint8(t), Flags: flags, Value: append([]byte(nil), value...)})
		}
		return true
	})
}

func segments(p wire.ASPath) (out []api.ASSegment) {
	names := map[uint8]string{1: "as-set", 2: "as-sequence", 3: "as-confed-sequence", 4: "as-confed-set"}
	for segment := range p.Segments {
		s := api.ASSegment{Type: names[segment.Type]}
		for i := range segment.Len() {
			s.ASNs = append(s.ASNs, segment.At(i))
		}
		out = append(out, s)
	}
	return out
}

// wellKnown are the communities that have names (RFC 1997, RFC 7999, RFC 8326, RFC 9494).
var wellKnown = map[uint32]string{
	0xFFFF0000: "graceful-shutdown", 0xFFFF0001: "accept-own", 0xFFFF0006: "llgr-stale", 0xFFFF0007: "no-llgr",
	0xFFFF029A: "blackhole", 0xFFFFFF01: "no-export", 0xFFFFFF02: "no-advertise", 0xFFFFFF03: "local-AS", 0xFFFFFF04: "no-peer",
}

func communityText(c uint32) string {
	if name := wellKnown[c]; name != "" {
		return name
	}
	return fmt.Sprintf("%d:%d", c>>16, c&0xFFFF)
}

// extCommunityText names the kinds that a route map can set (RFC 4360, RFC 5668), and gives any other in hex digits.
func extCommunityText(c uint64) string {
	if policy.KnownExtCommunity(c) {
		return string(policy.AppendExtCommunity(nil, c, true))
	}
	return fmt.Sprintf("0x%016x", c)
}

// safeText makes text of a peer safe to print.
func safeText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
