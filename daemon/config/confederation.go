package config

import (
	"fmt"
	"slices"

	"bgpsh/ipc/grammar"
)

// confederationStatements are those of RFC 5065: the AS number that the world sees, and the other ASes that share it.
var confederationStatements = []statement{
	routerValue("bgp.confederation.identifier", func(r *Router) *Opt[uint32] { return &r.Confederation },
		func(c grammar.Command) (uint32, error) { as := c.Args.Uint32("as"); return as, checkAS(as) },
		func(c grammar.Command, as uint32) grammar.Command { return c.With("as", as) }),
	{id: "bgp.confederation.peers", set: addConfederationPeers, unset: removeConfederationPeers, lines: func(v view) []grammar.Command {
		peers := v.c.Router.ConfederationPeers
		return one(len(peers) > 0, func() grammar.Command {
			c := grammar.Make("bgp.confederation.peers", grammar.Router)
			for _, as := range peers {
				c = c.With("as", as)
			}
			return c
		})
	}},
	{id: "bgp.bestpath.med.confed", set: compareInside(true), unset: compareInside(false), lines: func(v view) []grammar.Command {
		return one(v.c.Router.Knobs.ConfedMED.Value, func() grammar.Command {
			return grammar.Make("bgp.bestpath.med.confed", grammar.Router).With("confed", true)
		})
	}},
}

func addConfederationPeers(e *edit, c grammar.Command) error {
	r := e.config.Router
	for _, n := range c.Args.Uints("as") {
		as := uint32(n)
		if err := checkAS(as); err != nil {
			return err
		}
		if as == r.AS {
			return frr(fmt.Sprintf("Local member-AS %d not allowed in confed peer list", as))
		}
		if i, found := slices.BinarySearch(r.ConfederationPeers, as); !found {
			r.ConfederationPeers = slices.Insert(r.ConfederationPeers, i, as)
		}
	}
	return nil
}

func removeConfederationPeers(e *edit, c grammar.Command) error {
	r, gone := e.config.Router, c.Args.Uints("as")
	r.ConfederationPeers = slices.DeleteFunc(r.ConfederationPeers, func(as uint32) bool { return slices.Contains(gone, uint64(as)) })
	return nil
}

// compareInside is `bgp bestpath med confed`, which is kept: such paths are compared in any case, as in FRR.
func compareInside(on bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		k := &e.config.Router.Knobs
		if k.ConfedMED = (Opt[bool]{Value: on, Set: on}); c.Args.Has("missing-as-worst") {
			k.MissingMEDWorst = Some(on)
		}
		return nil
	}
}

// join resolves what a confederation makes of the neighbor: which AS it knows us by, and whether it is of another member AS.
// Where the configuration leaves its AS open it counts as outside.
func (s *Settings) join(r *Router) {
	s.OwnAS, s.Confederation = r.AS, r.Confederation.Value
	own := s.RemoteAS.Kind == Internal || s.RemoteAS.Kind == Exactly && s.RemoteAS.AS == r.AS
	if s.Confederation == 0 || own {
		return
	}
	if s.member = s.RemoteAS.Kind == Exactly && slices.Contains(r.ConfederationPeers, s.RemoteAS.AS); !s.member {
		s.OwnAS = s.Confederation
	}
}

// Member reports a neighbor in another AS of the router's confederation (RFC 5065).
func (s *Settings) Member() bool { return s.member }

// Inside reports a neighbor of the router's AS or of its confederation, by what is configured.
func (s *Settings) Inside() bool { return s.Internal() || s.member }

// PublicAS is the AS that the world knows the router by: that of its confederation, else its own.
func (r *Router) PublicAS() uint32 { return r.Confederation.Else(r.AS) }
