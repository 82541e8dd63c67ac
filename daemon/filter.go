package daemon

import (
	"bgpsh/daemon/config"
	"bgpsh/wire"
)

// filter is what path-attribute takes from the neighbor's UPDATEs; nil: nothing.
func (c *setup) filter() *wire.AttrFilter {
	f := wire.AttrFilter{Discard: c.DiscardAttrs, Withdraw: c.WithdrawAttrs}
	if f == (wire.AttrFilter{}) {
		return nil
	}
	return &f
}

// refilter brings the established session under another path-attribute: its reader uses it from the next message on, and the neighbor is asked
// for its routes again where it can send them again.
func (s *session) refilter(old *setup) {
	if old.DiscardAttrs == s.setup.DiscardAttrs && old.WithdrawAttrs == s.setup.WithdrawAttrs {
		return
	}
	live := *s.up.reader.live.Load()
	live.params.Filter = s.setup.filter()
	s.up.reader.live.Store(&live)
	if !s.agreed.RouteRefresh {
		return
	}
	for _, f := range s.agreed.Families {
		if config.FamilyIndex(f) >= 0 {
			s.softFamily(f, soft{in: true})
		}
	}
}

// filtered counts an UPDATE that path-attribute touched.
func (c *counters) filtered(stripped, refused bool) {
	if stripped {
		c.stripped.Add(1)
	}
	if refused {
		c.refused.Add(1)
	}
}
