package rib

import (
	"bgpsh/wire"
)

// Treatment is what a neighbor's configuration changes in how routes are handed on to it. The zero value is what RFC 4271
// says and the profile's defaults leave alone. It is part of the group key, hence comparable.
type Treatment struct {
	Client      bool // of this route reflector (RFC 4456); internal neighbors only
	RouteServer bool // served transparently (RFC 7947); external neighbors only
	Unchanged   Unchanged
	SelfAlways  bool // next-hop-self force: our address on routes from internal neighbors too
	// PolicyEdits lets export policy change routes between internal neighbors, beside refusing them.
	PolicyEdits bool
	Strip       Communities // kinds that are not sent

	RealAS   uint32 // prepended before LocalAS, which is a local-as without replace-as then; 0: not
	PeerAS   uint32 // the neighbor's, where Private or Override need it
	Private  PrivateAS
	Override uint32 // as-override: put in place of PeerAS in the path; 0: off

	GracefulShutdown bool // RFC 8326: external neighbors get GRACEFUL_SHUTDOWN, internal ones LOCAL_PREF 0
	HasRole          bool
	Role             uint8  // ours towards the neighbor (RFC 9234)
	Default          bool   // default-originate
	DefaultIf        uint32 // while Config.Condition permits some route under this number; 0: always
	Unsuppress       uint32 // export policy in place of GroupKey.Policy for what aggregates suppress; 0: it is not sent
	MaxOut           uint32 // maximum-prefix-out; 0: none. Such a neighbor needs a group of its own (Solo)
	// Conditional is the export policy in place of GroupKey.Policy for what it accepts, 0: none. Those routes are sent only while
	// Config.Condition permits some route under the number If, or with Unless permits none. What Unsuppress is asked about it judges as well.
	Conditional, If uint32
	Unless          bool
	ConditionalToo  bool   // GroupKey.Policy judges what Conditional has accepted, instead of being replaced by it
	Site            uint64 // site of origin, an extended community: paths that carry it are withheld; 0: none
	HasMaxMED       bool
	MaxMED          uint32 // replaces every MED that would be sent
}

// Unchanged is a set of attributes that external neighbors get as they came.
type Unchanged uint8

// What attribute-unchanged keeps.
const (
	ASPathUnchanged Unchanged = 1 << iota
	NextHopUnchanged
	MEDUnchanged
)

// Communities is a set of kinds of communities.
type Communities uint8

// The kinds of communities.
const (
	StandardCommunities Communities = 1 << iota
	ExtendedCommunities
	LargeCommunities
	AllCommunities = StandardCommunities | ExtendedCommunities | LargeCommunities
)

// PrivateAS is what remove-private-AS does.
type PrivateAS uint8

// The forms of remove-private-AS. The first is always set where any is.
const (
	RemovePrivate  PrivateAS = 1 << iota // paths of private AS numbers alone
	EveryPath                            // all: other paths too
	ReplacePrivate                       // replace-AS: by our own instead of removing them
)

// reflects tells whether a route from one internal neighbor is for the group's, which are internal too (RFC 4456 6).
func (t *table) reflects(k *GroupKey, from *adj) bool {
	if from.client && k.Client {
		return !t.config.NoClientToClient
	}
	return from.client || k.Client
}

// transparent reports a route from one route server client to others.
func (k *GroupKey) transparent(from *adj) bool { return k.RouteServer && from.server }

// prepare makes the changes of p that export policy already sees. e has p's attributes.
func (t *table) prepare(k *GroupKey, p *path, from *adj, e *wire.Editor) {
	e.Delete(wire.AttrLocal)
	if k.inside() {
		return
	}
	if from.id != Local && !k.transparent(from) && k.Unchanged&MEDUnchanged == 0 {
		e.Delete(wire.AttrMED) // RFC 4271 5.1.4: one neighbor's MED is not for another
	}
	if k.Private != 0 {
		k.removePrivate(e)
	}
	if k.Override != 0 && e.Attrs().ASPath().Contains(k.PeerAS) {
		e.MapASPath(func(as uint32) (uint32, bool) {
			if as == k.PeerAS {
				as = k.Override
			}
			return as, true
		})
	}
}

// removePrivate takes private AS numbers out of the path, but not the neighbor's own, without which its loop check would
// not work; as FRR does.
func (k *GroupKey) removePrivate(e *wire.Editor) {
	if k.Private&EveryPath == 0 && !e.Attrs().ASPath().AllPrivate() {
		return
	}
	e.MapASPath(func(as uint32) (uint32, bool) {
		switch {
		case !wire.PrivateAS(as) || as == k.PeerAS:
			return as, true
		case k.Private&ReplacePrivate != 0:
			return k.LocalAS, true
		}
		return 0, false
	})
}

// reflect marks a route between internal neighbors (RFC 4456 8). Everything else stays as it came, or as policy left it.
func (t *table) reflect(from *adj, e *wire.Editor) {
	if _, ok := e.Attrs().OriginatorID(); !ok {
		e.SetUint32(wire.AttrOriginatorID, from.router)
	}
	e.PrependCluster(t.config.ClusterID)
}

// prependPath puts our AS before the path, unless the neighbor is to see it as it came.
func (k *GroupKey) prependPath(e *wire.Editor) bool {
	if (k.RouteServer || k.Unchanged&ASPathUnchanged != 0) && len(e.Attrs().ASPath()) > 0 {
		return true
	}
	if k.RealAS != 0 && !e.PrependAS(k.RealAS, 1) {
		return false
	}
	return e.PrependAS(k.LocalAS, 1)
}

// strip removes the kinds of communities that the neighbor is not to see.
func (k *GroupKey) strip(e *wire.Editor) {
	if k.Strip&StandardCommunities != 0 {
		e.Delete(wire.AttrCommunities)
	}
	if k.Strip&ExtendedCommunities != 0 {
		e.Delete(wire.AttrExtCommunities)
		e.Delete(wire.AttrIPv6ExtCommunities)
	}
	if k.Strip&LargeCommunities != 0 {
		e.Delete(wire.AttrLargeCommunities)
	}
}

// leaks reports a route that RFC 9234 5 keeps from the neighbor: one for customers only, towards a provider, a peer or a
// route server.
func (k *GroupKey) leaks(in wire.Attrs) bool {
	if !k.HasRole || k.Role != wire.RoleCustomer && k.Role != wire.RolePeer && k.Role != wire.RoleRSClient {
		return false
	}
	_, marked := in.OTC()
	return marked
}

// mark puts OTC on what goes down or sideways: to a customer, a peer or a route server's client.
func (k *GroupKey) mark(e *wire.Editor) {
	if !k.HasRole || k.Role != wire.RoleProvider && k.Role != wire.RolePeer && k.Role != wire.RoleRS {
		return
	}
	if _, marked := e.Attrs().OTC(); !marked {
		e.SetUint32(wire.AttrOTC, k.LocalAS)
	}
}

// SetReflection changes what this router does as a route reflector: its cluster, and whether its clients hear of each
// other's routes.
func (r *RIB) SetReflection(clusterID uint32, clientToClient bool) {
	r.config.ClusterID, r.config.NoClientToClient = clusterID, !clientToClient
	for _, t := range r.tables {
		for _, g := range t.groups {
			if g.key.Internal {
				g.cursor.fill(&t.dests)
			}
		}
	}
}

// HopKept is the Local.Kind by which Config.Export says that the next hop stays as it left it, whatever the rules for this
// kind of neighbor are.
const HopKept uint8 = 255
