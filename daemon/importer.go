package daemon

import (
	"maps"
	"net/netip"
	"reflect"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// An importer is all that judges what one neighbor announces: loop and next hop checks, RFC 8212 and policy. It is
// immutable; a change makes a new one with a higher version. The reader judges a batch by the importer of the moment, and
// the RIB loop judges again what an older version judged.
type importer struct {
	version uint32

	remoteAS            uint32
	routerID, clusterID uint32
	internal            bool
	firstAS             bool // the leftmost AS must be the neighbor's
	loopback            bool // the session itself runs over the loopback
	own                 map[netip.Addr]bool
	hops                config.HopCheck
	peer                netip.Addr     // the neighbor's, where hops asks
	link                []netip.Prefix // the subnets of the session's link, where hops asks
	families            [2]importFamily
}

type importFamily struct {
	policy *policy.Policy
	rules  importRules
	loops  *policy.Policy // that a route with our AS in its path has to pass first; nil: any may
}

// asksLoops reports a route that loops judges.
func (f *importFamily) asksLoops(a wire.Attrs) bool {
	return f.loops != nil && a.ASPath().Count(f.rules.ownAS) > 0
}

// class gives what the verdict can depend on of a prefix, see rib.Config.ImportClass.
func (im *importer) class(f wire.Family, p wire.Prefix) uint32 {
	i := config.FamilyIndex(f)
	if i < 0 {
		return 0
	}
	class, known := im.families[i].policy.Class(f, p)
	if im.families[i].loops == nil || !known {
		return classOf(class, known)
	}
	more, known := im.families[i].loops.Class(f, p)
	return classOf(class|more<<16, known)
}

// classOf is a class in the RIB's terms.
func classOf(class uint32, known bool) uint32 {
	if !known {
		return rib.Unclassed
	}
	return class
}

// equal reports whether two importers judge every route alike.
func (im *importer) equal(other *importer) bool {
	same := *im
	same.version, same.own, same.families = other.version, other.own, other.families
	if other.version == 0 || !reflect.DeepEqual(&same, other) || !maps.Equal(im.own, other.own) {
		return false
	}
	for i := range im.families {
		if im.families[i].rules != other.families[i].rules || !policy.Equal(im.families[i].policy, other.families[i].policy) ||
			(im.families[i].loops == nil) != (other.families[i].loops == nil) || !policy.Equal(im.families[i].loops, other.families[i].loops) {
			return false
		}
	}
	return true
}

// check makes the judgements that no policy can change, in the family of index i, but for that of the next hop.
func (im *importer) check(a wire.Attrs, i int) rib.Reason {
	path := a.ASPath()
	if reason := im.families[i].rules.refuse(a, path); reason != 0 {
		return reason
	}
	return im.checkPath(a, path)
}

// checkPath finds routes that were reflected by this router already (RFC 4456 8) and paths that do not begin with the
// neighbor's AS (RFC 4271 6.3).
func (im *importer) checkPath(a wire.Attrs, path wire.ASPath) rib.Reason {
	if im.internal {
		if id, ok := a.OriginatorID(); ok && id == im.routerID {
			return rib.OriginatorLoop
		}
		if a.ClusterList().Has(im.clusterID) {
			return rib.ClusterLoop
		}
		return 0
	}
	if im.firstAS {
		if first, ok := path.First(); !ok || first != im.remoteAS {
			return rib.FirstAS
		}
	}
	return 0
}

// hopFault says what is wrong with a next hop that leads nowhere or back to this router, behind its address; empty: nothing.
func (im *importer) hopFault(nh netip.Addr) string {
	switch {
	case !nh.IsValid():
		return "is no address"
	case nh.IsUnspecified():
		return "is the unspecified address"
	case nh.IsMulticast():
		return "is a multicast address"
	case nh.IsLoopback() && !im.loopback:
		return "is a loopback address, and the session is not over loopback"
	case im.own[nh] && !(im.loopback && nh.IsLoopback()):
		return "is our own address"
	case im.hops == config.PeerHop && nh != im.peer:
		return "is not the neighbor's own address (next-hop-check peer)"
	case im.hops == config.SubnetHop && !slices.ContainsFunc(im.link, func(p netip.Prefix) bool { return p.Contains(nh) }):
		return "is not on the link of the session (next-hop-check subnet)"
	}
	return ""
}
