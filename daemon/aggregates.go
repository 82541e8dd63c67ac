package daemon

import (
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// installAggregates tells the RIB the configured aggregates where they are others than before.
func (c *controller) installAggregates(next *config.Config) {
	for i, f := range config.Families {
		var list []rib.Aggregate
		if next.Router != nil {
			for _, p := range sortedPrefixes(next.Router.Aggregates[i]) {
				a := next.Router.Aggregates[i][p]
				origin, has := a.OriginCode()
				list = append(list, rib.Aggregate{
					Prefix: wire.PrefixFrom(p), SummaryOnly: a.SummaryOnly, MatchMED: a.MatchMED, HasOrigin: has, Origin: origin,
				})
			}
		}
		if slices.Equal(list, c.aggregates[i]) {
			continue
		}
		c.aggregates[i] = list
		c.ribs.do(func(r *rib.RIB, _ time.Time) { r.SetAggregates(f, list) })
	}
}
