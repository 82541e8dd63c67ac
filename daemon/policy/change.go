package policy

import (
	"encoding/binary"
	"math"
	"net/netip"
	"slices"

	"bgpsh/wire"
)

// HopKept is the Local.Kind of a route to be sent that says: a policy wants the next hop to stay as it stands in the
// attributes, whatever the rules for this kind of neighbor are.
const HopKept uint8 = 255

// apply carries out one change.
func (s *state) apply(c *compiledSet) {
	s.fresh = false
	e := &s.editor
	switch c.Kind {
	case SetPrepend, SetExclude, SetReplace:
		s.changePath(c)
	case SetLocalPref:
		now, ok := uint32(0), true
		if c.Op != Assign {
			now, ok = e.Attrs().LocalPref()
		}
		if !ok {
			now = s.policy.env.LocalPref
		}
		e.SetUint32(wire.AttrLocalPref, c.amountFrom(now, c.Value))
	case SetMetric:
		by := c.Value
		if c.RTT {
			by = s.policy.env.RTT
		}
		now := uint32(0)
		if c.Op != Assign {
			now, _ = e.Attrs().MED()
		}
		e.SetUint32(wire.AttrMED, c.amountFrom(now, by))
	case SetMinMetric:
		if now, ok := e.Attrs().MED(); !ok || now < c.Value {
			e.SetUint32(wire.AttrMED, c.Value)
		}
	case SetMaxMetric:
		if now, ok := e.Attrs().MED(); ok && now > c.Value {
			e.SetUint32(wire.AttrMED, c.Value)
		}
	case SetWeight:
		s.local.Weight = c.Value
	case SetTag:
		s.local.Tag = c.Value
	case SetOrigin:
		e.SetOrigin(uint8(c.Value))
	case SetAtomic:
		e.Set(wire.AttrAtomicAggregate, wire.AttrAtomicAggregate.DefaultFlags(), nil)
	case SetAggregator:
		a := c.Addr.As4()
		e.Set(wire.AttrAggregator, wire.AttrAggregator.DefaultFlags(), append(binary.BigEndian.AppendUint32(nil, c.Value), a[:]...))
	case SetOriginator:
		a := c.Addr.As4()
		e.SetUint32(wire.AttrOriginatorID, binary.BigEndian.Uint32(a[:]))
	case SetAIGP:
		v := binary.BigEndian.AppendUint64([]byte{1, 0, 11}, uint64(c.Value))
		e.Set(wire.AttrAIGP, wire.AttrAIGP.DefaultFlags(), v)
	case SetNextHop, SetNextHopPeer, SetNextHopKeep, SetNextHop6, SetNextHop6Local, SetNextHop6Peer:
		s.changeNextHop(c)
	default:
		s.changeCommunities(c)
	}
}

// amountFrom gives the new value of a number that is now and changes by by; it stays within 32 bits.
func (s *Set) amountFrom(now, by uint32) uint32 {
	switch {
	case s.Op == Plus && now > math.MaxUint32-by:
		return math.MaxUint32
	case s.Op == Plus:
		return now + by
	case s.Op == Minus:
		return now - min(now, by)
	}
	return by
}

// changeNextHop changes the next hop of routes of the family that the change is about.
func (s *state) changeNextHop(c *compiledSet) {
	e, env := &s.editor, &s.policy.env
	six := s.run.family == wire.IPv6Unicast
	hop := e.Attrs().NextHop()
	switch c.Kind {
	case SetNextHop:
		if !six {
			s.setHops(c.Addr, netip.Addr{})
		}
	case SetNextHopPeer, SetNextHop6Peer:
		switch peer := env.Peer.WithZone("").Unmap(); {
		case six != (c.Kind == SetNextHop6Peer):
		case env.Out:
			s.setHops(unspecified(six), netip.Addr{})
		case peer.IsValid() && peer.Is6() == six:
			s.setHops(peer, netip.Addr{})
		}
	case SetNextHopKeep:
		s.hop = HopKept
	case SetNextHop6:
		switch beside := e.Attrs().LinkLocal(); {
		case !six:
		case s.beside || hop == c.Addr:
			s.setHops(c.Addr, beside)
		default: // it was that of another router
			s.setHops(c.Addr, netip.Addr{})
		}
	case SetNextHop6Local:
		if six {
			s.setHops(hop, c.Addr)
			s.beside = true
		}
	}
}

func unspecified(six bool) netip.Addr {
	if six {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

func (s *state) setHops(global, linkLocal netip.Addr) {
	s.editor.SetNextHops(global, linkLocal)
	s.hop = 0
	if s.policy.env.Out && !global.IsUnspecified() {
		s.hop = HopKept
	}
}

// changeCommunities carries out the changes of communities of all kinds.
func (s *state) changeCommunities(c *compiledSet) {
	e := &s.editor
	switch c.Kind {
	case SetCommunity:
		if !c.Additive {
			e.Delete(wire.AttrCommunities)
		}
		for _, v := range c.Numbers {
			e.AddCommunity(v)
		}
	case SetLarge:
		if !c.Additive {
			e.Delete(wire.AttrLargeCommunities)
		}
		for _, v := range c.Large {
			e.AddLargeCommunity(v)
		}
	case SetExt:
		for _, v := range c.Ext {
			e.AddExtCommunity(v)
		}
	case SetBandwidth:
		s.deleteBandwidth()
		e.AddExtCommunity(Bandwidth(s.policy.env.LocalAS, c.Value, c.All))
	case SetExtNone:
		e.Delete(wire.AttrExtCommunities)
	case SetCommDelete, SetLargeDelete, SetExtDelete:
		if c.communities != nil {
			s.deleteCommunities(c.communities)
		}
	}
}

// deleteBandwidth removes the link bandwidth that the route carries; it has one at most.
func (s *state) deleteBandwidth() {
	for list, i := s.editor.Attrs().ExtCommunities(), 0; i < list.Len(); i++ {
		if v := list.At(i); uint8(v>>56)&^0x40 == extAS2 && uint8(v>>48) == extBandwidth {
			s.editor.DeleteExtCommunity(v)
			s.deleteBandwidth()
			return
		}
	}
}

// deleteCommunities removes the communities that a list names, each judged by itself.
func (s *state) deleteCommunities(t *communityTable) {
	s.refresh()
	k := t.list.Kind
	s.comms.gather(k)
	one, e := &s.single, &s.editor
	alone := func() *communitySet {
		one.reset(nil)
		one.sorted[k] = true
		return one
	}
	switch k {
	case Communities:
		for _, v := range s.comms.plain {
			one.plain = append(one.plain[:0], v)
			if t.deletes(alone()) {
				e.DeleteCommunity(v)
			}
		}
	case LargeCommunities:
		for _, v := range s.comms.large {
			one.large = append(one.large[:0], v)
			if t.deletes(alone()) {
				e.DeleteLargeCommunity(v)
			}
		}
	case ExtCommunities:
		for _, v := range s.comms.ext {
			one.ext = append(one.ext[:0], v)
			if t.deletes(alone()) {
				e.DeleteExtCommunity(v)
			}
		}
	}
	s.fresh = false
}

// changePath carries out the changes of the AS path.
func (s *state) changePath(c *compiledSet) {
	e, env := &s.editor, &s.policy.env
	path := e.Attrs().ASPath()
	switch {
	case c.Kind == SetPrepend && len(c.Numbers) == 0:
		if as, ok := path.First(); ok { // an empty path stays empty, as in FRR
			e.PrependAS(as, int(c.Value))
		}
	case c.Kind == SetPrepend:
		for i := len(c.Numbers) - 1; i >= 0; i-- {
			e.PrependAS(c.Numbers[i], 1)
		}
	case c.Kind == SetExclude && c.Name != "":
		if c.paths != nil {
			e.SetASPath(mapPath(path, func(as uint32) (uint32, bool) { return as, !s.listed(c.paths, as) }))
		}
	case c.Kind == SetExclude && c.All:
		e.SetASPath(nil)
	case c.Kind == SetExclude:
		e.SetASPath(mapPath(path, func(as uint32) (uint32, bool) { return as, !slices.Contains(c.Numbers, as) }))
	case c.Kind == SetReplace && (env.Internal || c.Name != "" && c.paths == nil): // as in FRR, between ASes only
	default:
		to := c.Value
		if to == 0 {
			to = env.LocalAS
		}
		e.SetASPath(mapPath(path, func(as uint32) (uint32, bool) {
			if c.All || c.Name != "" && s.listed(c.paths, as) || slices.Contains(c.Numbers, as) {
				return to, true
			}
			return as, true
		}))
	}
}

// listed reports whether a path list permits a path of this one AS.
func (s *state) listed(t *pathTable, as uint32) bool {
	s.path.reset(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, as))
	s.fresh = false
	return t.permits(&s.path)
}

// mapPath changes the AS numbers of a path one by one, or drops them; a segment that becomes empty goes.
func mapPath(p wire.ASPath, change func(uint32) (as uint32, keep bool)) wire.ASPath {
	out := wire.ASPath{}
	p.Segments(func(seg wire.Segment) bool {
		var all []uint32
		for i := range seg.Len() {
			if as, keep := change(seg.At(i)); keep {
				all = append(all, as)
			}
		}
		if len(all) > 0 {
			out = out.AppendSegment(seg.Type, all...)
		}
		return true
	})
	return out
}
