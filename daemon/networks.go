package daemon

import (
	"net/netip"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// ownNetwork is a `network` as the RIB was told of it.
type ownNetwork struct {
	name   string         // of its map; empty: none
	policy *policy.Policy // the map
}

// networkChunk is how many networks one command to the RIB originates.
const networkChunk = 512

// installNetworks puts the configured networks into the table and takes others out; those whose map gives another result are
// judged again. It comes before the sessions, so that a new neighbor's initial table, which End-of-RIB ends, has them all.
func (c *controller) installNetworks(next *config.Config) {
	for i, f := range config.Families {
		var wanted map[netip.Prefix]config.Network
		if next.Router != nil {
			wanted = next.Router.Networks[i]
		}
		for _, p := range sortedPrefixes(c.networks[i]) {
			if _, ok := wanted[p]; !ok {
				delete(c.networks[i], p)
				c.ribs.do(func(r *rib.RIB, _ time.Time) { r.Unoriginate(f, wire.PrefixFrom(p)) })
			}
		}
		var added []netip.Prefix
		through := map[string]*policy.Policy{"": nil}
		for _, p := range sortedPrefixes(wanted) {
			name := wanted[p].Map
			through[name] = c.ownPolicy(next, through, name, f)
			if was, ok := c.networks[i][p]; ok && was.name == name && policy.Equal(was.policy, through[name]) {
				continue
			}
			c.networks[i][p] = ownNetwork{name, through[name]}
			added = append(added, p)
		}
		for chunk := range slices.Chunk(added, networkChunk) {
			c.originate(f, chunk, c.networks[i])
		}
	}
}

// ownPolicy is the policy of a map for routes of our own, nil for an empty name. made are those that were made already.
func (c *controller) ownPolicy(next *config.Config, made map[string]*policy.Policy, name string, f wire.Family) *policy.Policy {
	if p, ok := made[name]; ok {
		return p
	}
	return c.policies.library.Compile(policy.Spec{RouteMap: name}, ownEnv(f, next.Router.AS, next.DefaultLocalPref()))
}

// originate judges networks by their maps and puts them into the table, refused ones too, so that it can be told why.
func (c *controller) originate(f wire.Family, prefixes []netip.Prefix, as map[netip.Prefix]ownNetwork) {
	pre := localAttrs(f)
	posts, reasons := make([]wire.Attrs, len(prefixes)), make([]rib.Reason, len(prefixes))
	var run policy.Run
	for i, p := range prefixes {
		posts[i] = pre
		if on := as[p].policy; on != nil {
			e := wire.NewEditor(pre)
			reasons[i] = policyReason(run.Eval(on, e, f, pre, wire.PrefixFrom(p)))
			posts[i] = e.AppendTo(nil)
		}
	}
	run.Flush()
	c.ribs.do(func(r *rib.RIB, now time.Time) {
		for i, p := range prefixes {
			r.OriginateJudged(f, wire.PrefixFrom(p), pre, posts[i], reasons[i], now)
		}
	})
}

// localWeight is the weight of routes that the router originates.
const localWeight = 32768

// localAttrs are the attributes of a `network`: origin IGP, no AS, MED 0 as in FRR, the next hop left to export.
func localAttrs(f wire.Family) wire.Attrs {
	e := wire.NewEditor(nil)
	e.Set(wire.AttrOrigin, wire.FlagTransitive, []byte{0})
	e.Set(wire.AttrASPath, wire.FlagTransitive, nil)
	e.SetNextHop(netip.IPv4Unspecified())
	if f == wire.IPv6Unicast {
		e.SetNextHop(netip.IPv6Unspecified())
	}
	e.SetUint32(wire.AttrMED, 0)
	e.SetLocal(wire.Local{Weight: localWeight})
	return e.AppendTo(nil)
}
