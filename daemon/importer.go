package daemon

import (
	"maps"
	"net/netip"
	"reflect"

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
	families            [2]importFamily
}

type importFamily struct {
	policy *policy.Policy
	rules  importRules
}

// byPrefix reports whether the verdict depends on the prefix.
func (im *importer) byPrefix(f wire.Family) bool {
	i := config.FamilyIndex(f)
	return i >= 0 && im.families[i].policy.ByPrefix()
}

// edits reports whether an accepted route with these attributes may leave with others.
func (im *importer) edits(f wire.Family, pre wire.Attrs) bool {
	i := config.FamilyIndex(f)
	return i >= 0 && (im.families[i].policy.Edits() || im.families[i].rules.edits(pre))
}

// evaluate judges one route and, when it accepts, edits e, which was reset to pre.
func (im *importer) evaluate(e *wire.Editor, pre wire.Attrs, f wire.Family, p wire.Prefix) rib.Reason {
	i := config.FamilyIndex(f)
	if i < 0 {
		return rib.NotNegotiated
	}
	own := &im.families[i]
	if reason := im.check(pre, i); reason != 0 {
		return reason
	}
	own.rules.before(e)
	if reason := policyReason(own.policy.Eval(e, pre, f, p)); reason != 0 {
		return reason
	}
	own.rules.after(e)
	return 0
}

// equal reports whether two importers judge every route alike.
func (im *importer) equal(other *importer) bool {
	same := *im
	same.version, same.own, same.families = other.version, other.own, other.families
	if other.version == 0 || !reflect.DeepEqual(&same, other) || !maps.Equal(im.own, other.own) {
		return false
	}
	for i := range im.families {
		if im.families[i].rules != other.families[i].rules || !policy.Equal(im.families[i].policy, other.families[i].policy) {
			return false
		}
	}
	return true
}

// judge gives the verdict for a set of attributes whatever the prefix, where no edit is due.
func (im *importer) judge(pre wire.Attrs, f wire.Family) rib.Reason {
	i := config.FamilyIndex(f)
	if reason := im.check(pre, i); reason != 0 {
		return reason
	}
	return policyReason(im.families[i].policy.Judge())
}

// check makes the judgements that no policy can change, in the family of index i.
func (im *importer) check(a wire.Attrs, i int) rib.Reason {
	if reason := im.families[i].rules.refuse(a); reason != 0 {
		return reason
	}
	if reason := im.checkPath(a); reason != 0 {
		return reason
	}
	return im.checkNextHop(a)
}

// checkPath finds routes that were reflected by this router already (RFC 4456 8) and paths that do not begin with the
// neighbor's AS (RFC 4271 6.3).
func (im *importer) checkPath(a wire.Attrs) rib.Reason {
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
		if first, ok := a.ASPath().First(); !ok || first != im.remoteAS {
			return rib.FirstAS
		}
	}
	return 0
}

// checkNextHop refuses next hops that lead nowhere or back to this router.
func (im *importer) checkNextHop(a wire.Attrs) rib.Reason {
	nh := a.NextHop().Unmap()
	switch {
	case !nh.IsValid(), nh.IsUnspecified(), nh.IsMulticast(), nh.IsLoopback() && !im.loopback:
		return rib.NextHop
	case im.own[nh] && !(im.loopback && nh.IsLoopback()):
		return rib.NextHop
	}
	return 0
}

// memoSets bounds a memo.
const memoSets = 1024

// A memo keeps the import results of the last attribute sets, for a policy that edits without looking at the prefix.
type memo struct {
	of      *importer
	entries [2]map[string]memoEntry
}

type memoEntry struct {
	post   wire.Attrs
	reason rib.Reason
}

func (m *memo) get(im *importer, f wire.Family, pre wire.Attrs) (wire.Attrs, rib.Reason, bool) {
	if m.of != im {
		return nil, 0, false
	}
	e, ok := m.entries[config.FamilyIndex(f)][string(pre)]
	return e.post, e.reason, ok
}

func (m *memo) put(im *importer, f wire.Family, pre, post wire.Attrs, reason rib.Reason) {
	if m.of != im {
		*m = memo{of: im}
	}
	entries := &m.entries[config.FamilyIndex(f)]
	if *entries == nil || len(*entries) >= memoSets {
		*entries = make(map[string]memoEntry)
	}
	(*entries)[string(pre)] = memoEntry{post: append(wire.Attrs(nil), post...), reason: reason}
}
