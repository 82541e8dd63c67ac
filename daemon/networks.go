package daemon

import (
	"bytes"
	"net/netip"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// ownRoute is a route of our own as the RIB was told of it: a `network`, or one that is redistributed.
type ownRoute struct {
	name   string         // of its map; empty: none
	policy *policy.Policy // the map
	pre    wire.Attrs     // before the map
	leaves bool           // bgp graceful-shutdown
}

func (r ownRoute) equal(o ownRoute) bool {
	return r.name == o.name && policy.Equal(r.policy, o.policy) && bytes.Equal(r.pre, o.pre) && r.leaves == o.leaves
}

// ownChunk is how many routes of our own one command to the RIB originates or takes back.
const ownChunk = 512

// installNetworks puts the configured networks into the table and takes others out; those whose map gives another result are
// judged again. It comes before the sessions, so that a new neighbor's initial table, which End-of-RIB ends, has them all.
func (c *controller) installNetworks(next *config.Config) {
	for i, f := range config.Families {
		wanted, pre := map[netip.Prefix]ownRoute{}, localAttrs(f)
		if next.Router != nil {
			through := ownMaps{c, next, f, map[ownMap]*policy.Policy{}}
			for p, n := range next.Router.Networks[i] {
				wanted[p] = ownRoute{n.Map, through.policy(n.Map, ""), pre, next.Router.Knobs.GracefulShutdown.Value}
			}
		}
		c.originateAll(f, rib.NetworkID, c.networks[i], wanted)
		c.networks[i] = wanted
	}
}

// originateAll makes the RIB's routes of our own of one kind, which are had, the wanted ones.
func (c *controller) originateAll(f wire.Family, id uint32, had, wanted map[netip.Prefix]ownRoute) {
	var gone, added []netip.Prefix
	for p := range had {
		if _, ok := wanted[p]; !ok {
			gone = append(gone, p)
		}
	}
	for p, r := range wanted {
		if was, ok := had[p]; !ok || !r.equal(was) {
			added = append(added, p)
		}
	}
	slices.SortFunc(gone, netip.Prefix.Compare)
	slices.SortFunc(added, netip.Prefix.Compare)
	for chunk := range slices.Chunk(gone, ownChunk) {
		c.ribs.do(func(r *rib.RIB, _ time.Time) {
			for _, p := range chunk {
				r.Unoriginate(f, wire.NLRI{ID: id, Prefix: wire.PrefixFrom(p)})
			}
		})
	}
	for chunk := range slices.Chunk(added, ownChunk) {
		c.originate(f, id, chunk, wanted)
	}
}

// ownMap names the policy of a map for routes of our own; link: the interface that packets leave by, empty for a network.
type ownMap struct{ name, link string }

// ownMaps are the policies of maps for routes of our own in one family, each made once.
type ownMaps struct {
	c    *controller
	next *config.Config
	f    wire.Family
	made map[ownMap]*policy.Policy
}

// policy is that of a map, nil for an empty name.
func (m *ownMaps) policy(name, link string) *policy.Policy {
	key := ownMap{name, link}
	if p, ok := m.made[key]; ok || name == "" {
		return p
	}
	env := ownEnv(m.f, m.next.Router.AS, m.next.DefaultLocalPref())
	env.Internal, env.Interface = true, link
	p := m.c.policies.library.Compile(policy.Spec{RouteMap: name}, env)
	m.made[key] = p
	return p
}

// originate judges routes of our own by their maps and puts them into the table, refused ones too, so that it can be told why.
func (c *controller) originate(f wire.Family, id uint32, prefixes []netip.Prefix, as map[netip.Prefix]ownRoute) {
	pres, posts, reasons := make([]wire.Attrs, len(prefixes)), make([]wire.Attrs, len(prefixes)), make([]rib.Reason, len(prefixes))
	var run policy.Run
	for i, p := range prefixes {
		pre := as[p].pre
		pres[i], posts[i] = pre, pre
		on, leaves := as[p].policy, as[p].leaves
		if on == nil && !leaves {
			continue
		}
		e := wire.NewEditor(pre)
		if on != nil {
			reasons[i] = policyReason(run.Eval(on, e, f, pre, wire.PrefixFrom(p)))
		}
		if leaves {
			rib.ShutDown(e)
		}
		posts[i] = e.AppendTo(nil)
	}
	run.Flush()
	c.ribs.do(func(r *rib.RIB, now time.Time) {
		for i, p := range prefixes {
			r.OriginateJudged(f, wire.NLRI{ID: id, Prefix: wire.PrefixFrom(p)}, pres[i], posts[i], reasons[i], now)
		}
	})
}

// localWeight is the weight of routes that the router originates.
const localWeight = 32768

// localAttrs are the attributes of a `network`: origin IGP, no AS, MED 0 as in FRR, the next hop left to export.
func localAttrs(f wire.Family) wire.Attrs {
	e := ownAttrs(f, wire.OriginIGP, 0)
	e.SetLocal(wire.Local{Weight: localWeight})
	return e.AppendTo(nil)
}

// ownAttrs are the attributes of any route of our own; what is attached to it is not among them.
func ownAttrs(f wire.Family, origin uint8, med uint32) *wire.Editor {
	e := wire.NewEditor(nil)
	e.SetOrigin(origin)
	e.SetASPath(nil)
	e.SetNextHop(netip.IPv4Unspecified())
	if f == wire.IPv6Unicast {
		e.SetNextHop(netip.IPv6Unspecified())
	}
	e.SetUint32(wire.AttrMED, med)
	return e
}
