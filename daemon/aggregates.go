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

// aggregate puts an aggregate into the RIB's terms. Where a line of its suppress-map is held back, it suppresses all.
func (c *controller) aggregate(next *config.Config, a config.Aggregate, p netip.Prefix, f wire.Family) rib.Aggregate {
	origin, has := a.OriginCode()
	broken := c.policies.library.Definitions().Broken[policy.Ref{Kind: policy.RefRouteMap, Name: a.Suppress}]
	out := rib.Aggregate{Prefix: wire.PrefixFrom(p), SummaryOnly: a.SummaryOnly || broken, MatchMED: a.MatchMED, HasOrigin: has, Origin: origin,
		Leaves: next.Router.Knobs.GracefulShutdown.Value}
	if a.Map != "" {
		out.Map = c.exports.own(a.Map, f, next.Router.AS, next.DefaultLocalPref())
	}
	if a.Suppress != "" && !broken {
		out.Suppress = c.exports.own(a.Suppress, f, next.Router.AS, next.DefaultLocalPref())
	}
	return out
}

// installAggregates tells the RIB the configured aggregates where they are others than before.
func (c *controller) installAggregates(next *config.Config) {
	for i, f := range config.Families {
		var list []rib.Aggregate
		if next.Router != nil {
			for _, p := range sortedPrefixes(next.Router.Aggregates[i]) {
				list = append(list, c.aggregate(next, next.Router.Aggregates[i][p], p, f))
			}
		}
		same := slices.Equal(list, c.aggregates[i])
		c.aggregates[i] = list
		c.ribs.do(func(r *rib.RIB, _ time.Time) {
			if !same {
				r.SetAggregates(f, list)
			}
			for _, a := range list { // the table counts its own use
				c.exports.release(a.Map, a.Suppress)
			}
		})
	}
}
