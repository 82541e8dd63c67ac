package config

import (
	"fmt"

	"bgpsh/ipc/grammar"
)

// MaxPaths is `maximum-paths` of a family: how many equally good paths of a prefix are used.
type MaxPaths struct {
	External        Opt[uint16]
	Internal        Opt[uint16]
	EqualClusterLen bool // of Internal: only paths with cluster lists of the same length
}

// Multipath is what counts as equally good, resolved.
type Multipath struct {
	External, Internal     int // most paths
	Relax                  bool
	Mixed, EqualClusterLen bool
}

// Multipath resolves it for the family of index f.
func (c *Config) Multipath(f int) Multipath {
	p, d, k := &c.Router.MaxPaths[f], c.Profile.Defaults().MaxPaths, &c.Router.Knobs
	return Multipath{
		External: int(p.External.Else(d)), Internal: int(p.Internal.Else(d)), Relax: k.MultipathRelax.Value,
		Mixed: k.MultipathMixed.Value, EqualClusterLen: p.EqualClusterLen,
	}
}

// String is for the description of a change.
func (m Multipath) String() string {
	return spaced(fmt.Sprintf("%d external, %d internal", m.External, m.Internal), word(m.Relax, "relaxed"), word(m.Mixed, "mixed"),
		word(m.EqualClusterLen, "equal-cluster-length"))
}

// multipathKnobs are the router's statements about multipaths.
var multipathKnobs = []statement{
	knob("bgp.bestpath.as-path.multipath-relax", func(k *Knobs) *Opt[bool] { return &k.MultipathRelax }, off),
	knob("bgp.bestpath.peer-type", func(k *Knobs) *Opt[bool] { return &k.MultipathMixed }, off),
}

// familyLastStatements are those of a family that print behind its neighbors.
var familyLastStatements = []statement{
	maxPaths("maximum-paths", func(p *MaxPaths) *Opt[uint16] { return &p.External }),
	maxPaths("maximum-paths.ibgp", func(p *MaxPaths) *Opt[uint16] { return &p.Internal }),
}

// maxPaths is one of the two numbers. What equals the profile's default is nothing to keep, as in FRR.
func maxPaths(id string, find func(*MaxPaths) *Opt[uint16]) statement {
	internal := id == "maximum-paths.ibgp"
	of := func(e *edit, c grammar.Command) *MaxPaths { return &e.config.Router.MaxPaths[max(family(c), 0)] }
	return statement{
		id: id,
		set: func(e *edit, c grammar.Command) error {
			p := of(e, c)
			*find(p) = Some(uint16(c.Args.Uint("paths")))
			if internal {
				p.EqualClusterLen = c.Args.Has("equal-cluster-length")
			}
			return nil
		},
		unset: func(e *edit, c grammar.Command) error {
			p := of(e, c)
			*find(p) = Opt[uint16]{}
			if internal {
				p.EqualClusterLen = false
			}
			return nil
		},
		lines: func(v view) []grammar.Command {
			p := v.c.Router.MaxPaths[v.f]
			n, equal := find(&p), internal && p.EqualClusterLen
			shown := n.Set && (equal || n.Value != v.c.Profile.Defaults().MaxPaths)
			return one(shown, func() grammar.Command {
				c := grammar.Make(id, v.mode()).With("paths", n.Value)
				if equal {
					c = c.With("equal-cluster-length", true)
				}
				return c
			})
		},
	}
}
