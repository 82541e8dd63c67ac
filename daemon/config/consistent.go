package config

import (
	"errors"
	"fmt"

	"bgpsh/wire"
)

// consistentAll checks what is called name against itself, and a peer-group's members with it. A line that makes a neighbor
// contradict itself is wrong, whichever of the two values came first.
func (e *edit) consistentAll(name string) error {
	r := e.config.Router
	if g := r.Groups[name]; g != nil {
		if err := e.config.consistent(g); err != nil {
			return err
		}
		for _, n := range r.members(name) {
			if err := e.config.consistent(n); err != nil {
				return err
			}
		}
	}
	if n := r.Neighbors[name]; n != nil {
		return e.config.consistent(n)
	}
	return nil
}

// consistent checks the values of one neighbor against each other: those that it cannot override include its peer-group's.
func (c *Config) consistent(n *Neighbor) error {
	g := c.Router.Groups[n.Group]
	if g == nil {
		g = &Neighbor{}
	}
	if err := consistentLists(n, g); err != nil {
		return err
	}
	// owner is who has the line that is in the way: the neighbor itself, or its group.
	owner := func(own bool) string {
		if own {
			return n.Name
		}
		return g.Name
	}
	security, multihop, low := n.TTLSecurity.Or(g.TTLSecurity), n.Multihop.Or(g.Multihop), n.MinimumTTL.Or(g.MinimumTTL)
	as, source := n.remoteAS(g).Value, n.Source.Value.Addr
	switch {
	case security.Set && multihop.Set:
		return withRemedy(errTTL,
			"no neighbor "+owner(n.Multihop.Set)+" ebgp-multihop", "no neighbor "+owner(n.TTLSecurity.Set)+" ttl-security hops")
	case security.Set && low.Set:
		return withRemedy(errors.New("ttl-security and minimum-ttl cannot be configured together"),
			"no neighbor "+owner(n.MinimumTTL.Set)+" minimum-ttl", "no neighbor "+owner(n.TTLSecurity.Set)+" ttl-security hops")
	case n.Role.Or(g.Role).Set && c.inside(as, n.LocalAS.Or(g.LocalAS)):
		return withRemedy(errRole, "no neighbor "+owner(n.Role.Set)+" local-role")
	case n.Kind == Address && source.IsValid() && n.Addr.Is4() != source.Is4():
		return withRemedy(fmt.Errorf("update-source %s and neighbor %s are of different families", source, n.Addr),
			"no neighbor "+n.Name+" update-source")
	}
	if err := c.consistentKnobs(n, g, owner); err != nil {
		return err
	}
	hop := n.Families[IPv4].NextHop.Value
	if n.Kind != Group && hop.Is6() && !n.CapabilityENHE.Or(g.CapabilityENHE).Else(n.Kind == Interface) {
		return withRemedy(fmt.Errorf("next hop %s: %s with an IPv6 next hop needs the extended next hop capability (RFC 8950)", hop, wire.IPv4Unicast),
			"neighbor "+n.Name+" capability extended-nexthop")
	}
	return nil
}
