package capture

import (
	"slices"

	"bgpsh/wire"
)

// session is what the two ends of a connection agreed on, as far as it matters
// to one that receives.
type session struct {
	params wire.Params
	maxLen int // of a message, in octets
}

// assumed is the OPEN of a speaker that nothing is known of but the options.
func (o Options) assumed() *wire.Open {
	families := []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast}
	open := &wire.Open{Caps: wire.Capabilities{
		Multiprotocol:   families,
		HasAS4:          !o.AS2,
		ExtendedMessage: o.Extended,
		ExtendedNextHop: []wire.ExtendedNextHop{{Family: wire.IPv4Unicast, NextHopAFI: wire.IPv6Unicast.AFI()}},
	}}
	if o.AddPath {
		for _, f := range families {
			open.Caps.AddPath = append(open.Caps.AddPath, wire.AddPath{Family: f, Mode: wire.AddPathBoth})
		}
	}
	return open
}

// session gives the session of the options alone.
func (o Options) session() session { return o.agree(nil, nil) }

// agree gives the session in which sender speaks to receiver. A nil OPEN was not
// seen; the options stand in for it.
func (o Options) agree(sender, receiver *wire.Open) session {
	internal := o.Internal
	if sender != nil && receiver != nil {
		internal = sender.AS() == receiver.AS()
	}
	if sender == nil {
		sender = o.assumed()
	}
	if receiver == nil {
		receiver = o.assumed()
	}
	from, to := &sender.Caps, &receiver.Caps
	agreed := func(f wire.Family) bool { return carries(from, f) && carries(to, f) }
	marked := func(f wire.Family) bool {
		return agreed(f) && addPathMode(from, f)&wire.AddPathSend != 0 && addPathMode(to, f)&wire.AddPathReceive != 0
	}
	s := session{
		params: wire.Params{
			AS4:  from.HasAS4 && to.HasAS4,
			IPv4: agreed(wire.IPv4Unicast), IPv6: agreed(wire.IPv6Unicast),
			AddPathIPv4: marked(wire.IPv4Unicast), AddPathIPv6: marked(wire.IPv6Unicast),
			Internal:        internal,
			ExtendedNextHop: agreed(wire.IPv4Unicast) && extendedNextHop(from) && extendedNextHop(to),
		},
		maxLen: wire.MaxLen,
	}
	if from.ExtendedMessage && to.ExtendedMessage {
		s.maxLen = wire.MaxExtendedLen
	}
	return s
}

// carries reports whether a speaker offered f; without any it is one of IPv4
// unicast alone (RFC 4760 8).
func carries(c *wire.Capabilities, f wire.Family) bool {
	if len(c.Multiprotocol) == 0 {
		return f == wire.IPv4Unicast
	}
	return slices.Contains(c.Multiprotocol, f)
}

// addPathMode gives what a speaker does with path identifiers in f.
func addPathMode(c *wire.Capabilities, f wire.Family) uint8 {
	for _, a := range c.AddPath {
		if a.Family == f {
			return a.Mode
		}
	}
	return 0
}

// extendedNextHop reports whether a speaker takes IPv4 routes with an IPv6 next
// hop (RFC 8950 4).
func extendedNextHop(c *wire.Capabilities) bool {
	return slices.Contains(c.ExtendedNextHop,
		wire.ExtendedNextHop{Family: wire.IPv4Unicast, NextHopAFI: wire.IPv6Unicast.AFI()})
}

// addPath reports whether prefixes of f come behind path identifiers.
func (s *session) addPath(f wire.Family) bool {
	return f == wire.IPv4Unicast && s.params.AddPathIPv4 || f == wire.IPv6Unicast && s.params.AddPathIPv6
}
