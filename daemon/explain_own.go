package daemon

import (
	"net/netip"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// ownMap is the map behind a path of our own: of its network statement, of its aggregate or of what redistributes it; empty for
// none. link is the interface that a redistributed route goes by.
func (x *explainer) ownMap(c *rib.Candidate) (name, link string) {
	r, i := x.pub.config.Router, config.FamilyIndex(x.family)
	switch c.PathID {
	case rib.NetworkID:
		return r.Networks[i][x.found.Prefix].Map, ""
	case rib.RedistributedID:
		from, ok := x.redistributed()
		if !ok || from.origin.Protocol != policy.Protocol(c.Pre.Local().Kind) {
			return "", ""
		}
		return r.Redistributions[i][from.origin].Map, from.link
	}
	return r.Aggregates[i][x.found.Prefix].Map, ""
}

// explainOwn asks the map behind a path of our own about it.
func (x *explainer) explainOwn(c *rib.Candidate) policy.Explanation {
	name, link := x.ownMap(c)
	env := x.ownEnv()
	env.Internal, env.Interface = c.PathID == rib.NetworkID || c.PathID == rib.RedistributedID, link
	return x.explainMap(name, env, netip.Addr{}, c.Pre)
}

func (x *explainer) ownEnv() policy.Env {
	return ownEnv(x.family, x.pub.config.Router.AS, x.pub.config.DefaultLocalPref())
}

// explainMap asks a map that no neighbor has to do with about the prefix, as it came from source; invalid: it is our own.
func (x *explainer) explainMap(name string, env policy.Env, source netip.Addr, in wire.Attrs) policy.Explanation {
	return x.pub.library.Compile(policy.Spec{RouteMap: name}, env).ExplainSent(source, x.family, in, in.Local(), in.ASPath(), wire.PrefixFrom(x.found.Prefix))
}

// conditionText says what conditional advertisement waits for.
func conditionText(a config.Conditional) string {
	if a.Unless {
		return "advertise-map " + a.Map + ": some route in use passes route-map " + a.Condition + " (non-exist-map)"
	}
	return "advertise-map " + a.Map + ": no route in use passes route-map " + a.Condition + " (exist-map)"
}

// suppressedBy names the aggregate that stands for the best path, and what of it suppresses the path.
func (x *explainer) suppressedBy(best *rib.Candidate) string {
	all := x.pub.config.Router.Aggregates[config.FamilyIndex(x.family)]
	for length := x.found.Prefix.Bits() - 1; length >= 0; length-- {
		p := netip.PrefixFrom(x.found.Prefix.Addr(), length).Masked()
		a, ok := all[p]
		switch {
		case ok && a.SummaryOnly:
			return "suppressed by aggregate " + p.String() + " (summary-only)"
		case ok && a.Suppress != "":
			if why := x.explainMap(a.Suppress, x.ownEnv(), best.Addr, best.Post); why.Reason == policy.Accepted {
				return "suppressed by aggregate " + p.String() + ", suppress-map: " + why.String()
			}
		}
	}
	return rib.Suppressed.String()
}
