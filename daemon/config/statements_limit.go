package config

import (
	"slices"

	"bgpsh/ipc/grammar"
	"bgpsh/wire"
)

// limitThreshold is the share of maximum-prefix, in percent, past which a warning is logged.
const limitThreshold = 75

// Statements that limit prefixes, for neighborFamilyStatements.
var (
	maxPrefix     = limitStatement("neighbor.maximum-prefix", false)
	maxPrefixWarn = limitStatement("neighbor.maximum-prefix.warning", true)
	maxPrefixOut  = number("neighbor.maximum-prefix-out", "prefixes", func(n *Neighbor, f int) *Opt[uint32] { return &n.Families[f].MaxPrefixOut })
	defaultRoute  = option("neighbor.default-originate", func(n *Neighbor, f int) *Opt[DefaultRoute] { return &n.Families[f].DefaultOriginate }, codec[DefaultRoute]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (DefaultRoute, error) {
			return DefaultRoute{Map: c.Args.Text("map")}, nil
		},
		write: func(c grammar.Command, d DefaultRoute) grammar.Command { return withMap(c, "map", d.Map) },
	})
	unsuppress = option("neighbor.unsuppress-map", func(n *Neighbor, f int) *Opt[string] { return &n.Families[f].Unsuppress }, codec[string]{
		read:  func(_ *edit, _ *Neighbor, c grammar.Command) (string, error) { return c.Args.Text("name"), nil },
		write: func(c grammar.Command, name string) grammar.Command { return c.With("name", name) },
	})
)

// withMap adds an argument that names a map, where there is one.
func withMap(c grammar.Command, arg, name string) grammar.Command {
	if name == "" {
		return c
	}
	return c.With(arg, name)
}

// limitStatement is one of the two forms of maximum-prefix, which set the same value.
func limitStatement(id string, warnOnly bool) statement {
	s := option(id, func(n *Neighbor, f int) *Opt[MaxPrefix] { return &n.Families[f].MaxPrefix }, codec[MaxPrefix]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (MaxPrefix, error) {
			m := MaxPrefix{Limit: c.Args.Uint32("prefixes"), Threshold: limitThreshold, WarnOnly: warnOnly, Force: c.Args.Has("force")}
			if c.Args.Has("threshold") {
				m.Threshold = uint8(c.Args.Uint("threshold"))
			}
			m.Restart = uint16(c.Args.Uint("minutes"))
			return m, nil
		},
		write: func(c grammar.Command, m MaxPrefix) grammar.Command {
			c = c.With("prefixes", m.Limit).With("warning-only", m.WarnOnly).With("force", m.Force)
			if m.Threshold != limitThreshold {
				c = c.With("threshold", m.Threshold)
			}
			if m.Restart > 0 {
				c = c.With("minutes", m.Restart)
			}
			return c
		},
	})
	all := s.lines
	s.lines = func(v view) []grammar.Command {
		if v.n.Families[v.f].MaxPrefix.Value.WarnOnly != warnOnly {
			return nil
		}
		return all(v)
	}
	return s
}

// filterModes are the words of `capability orf prefix-list`, by mode.
var filterModes = [...]string{wire.FilterReceive: "receive", wire.FilterSend: "send", wire.FilterBoth: "both"}

// outboundFilters is `neighbor P capability orf prefix-list` (RFC 5292).
var outboundFilters = option("neighbor.capability.orf", func(n *Neighbor, f int) *Opt[uint8] { return &n.Families[f].Filters }, codec[uint8]{
	read: func(_ *edit, _ *Neighbor, c grammar.Command) (uint8, error) {
		return uint8(slices.Index(filterModes[:], c.Args.Text("way"))), nil
	},
	write: func(c grammar.Command, mode uint8) grammar.Command { return c.With("way", filterModes[mode]) },
})
