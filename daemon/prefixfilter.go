package daemon

import (
	"cmp"
	"fmt"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// Outbound route filters by prefix (RFC 5291, 5292): a neighbor tells which prefixes it wants to be told, and is told which
// ones we want.

// maxFilter is the most entries of a neighbor's filter that are kept. With more the filter counts as none, so that the
// neighbor is told too much rather than too little.
const maxFilter = 65536

// An asking is what a neighbor has asked for in one family.
type asking struct {
	waits bool               // it will send a filter or a ROUTE-REFRESH before it wants anything (RFC 5291 6)
	list  *policy.PrefixList // nil: it wants all
}

// awaitFilters begins a session: who may have filters for us is told nothing before they came.
func (s *session) awaitFilters(n *fsm.Negotiated) {
	for i, f := range config.Families {
		s.asked[i], s.filtered[i] = asking{waits: slices.Contains(n.FilterReceive, f)}, nil
	}
}

// takeFilter applies a ROUTE-REFRESH to what the neighbor has asked for in f, and reports whether it is to be sent all routes
// that pass.
func (s *session) takeFilter(f wire.Family, u *wire.FilterUpdate) (resend bool) {
	i := config.FamilyIndex(f)
	a := &s.asked[i]
	was := *a
	a.waits = a.waits && u != nil && u.Deferred
	if u != nil {
		a.list = s.filterAfter(i, a.list, u)
	}
	if *a == was {
		return u == nil || !u.Deferred
	}
	s.reroute()
	return !was.waits && (u == nil || !u.Deferred)
}

// filterAfter gives a filter after changes, nil where it has no entries.
func (s *session) filterAfter(i int, old *policy.PrefixList, u *wire.FilterUpdate) *policy.PrefixList {
	var entries []policy.PrefixEntry
	if old != nil {
		entries = slices.Clone(old.Entries)
	}
	for _, c := range u.Changes {
		if c.RemoveAll {
			entries = entries[:0]
			continue
		}
		e := policy.PrefixEntry{Seq: c.Entry.Seq, Hi: c.Entry.Prefix.Hi, Lo: c.Entry.Prefix.Lo, Len: c.Entry.Prefix.Len, GE: c.Entry.Min, LE: c.Entry.Max}
		if !c.Entry.Deny {
			e.Flags = policy.Permit
		}
		at, found := slices.BinarySearchFunc(entries, e.Seq, func(x policy.PrefixEntry, seq uint32) int {
			return cmp.Compare(x.Seq, seq)
		})
		switch {
		case c.Remove && found && entries[at] == e:
			entries = slices.Delete(entries, at, at+1)
		case c.Remove:
		case found:
			entries[at] = e
		default:
			entries = slices.Insert(entries, at, e)
		}
		if len(entries) > maxFilter {
			s.log.FilterTooLong(config.Families[i].String(), maxFilter)
			return nil
		}
	}
	if len(entries) == 0 {
		return nil
	}
	return &policy.PrefixList{Name: fmt.Sprintf("%s.%d.%d", s.name, config.Families[i].AFI(), config.Families[i].SAFI()), Six: i == config.FamilyIndex(wire.IPv6Unicast), Entries: entries}
}

// sendFilters tells the neighbor which prefixes we want, in the families where it does not know. all: where it knows too.
func (s *session) sendFilters(all bool) {
	for _, f := range s.agreed.FilterSend {
		if i := config.FamilyIndex(f); all || s.wanted(i) != s.filtered[i] {
			s.sendFilter(f)
		}
	}
}

// wanted is the prefix list for the neighbor's routes, nil for none.
func (s *session) wanted(i int) *policy.PrefixList {
	return s.setup.library.Definitions().PrefixLists[i][s.setup.Families[i].In.PrefixList]
}

// sendFilter tells the neighbor which prefixes of f we want, and asks for them. Where it has a filter of ours, the old one goes
// first. FRR 8.4 reads nothing behind the order to remove all, so the new one is then told twice, which by RFC 5292 changes
// nothing.
func (s *session) sendFilter(f wire.Family) {
	i := config.FamilyIndex(f)
	old, list := s.filtered[i], s.wanted(i)
	s.filtered[i] = list
	var changes []wire.FilterChange
	if list != nil {
		for j := range list.Entries {
			e := &list.Entries[j]
			changes = append(changes, wire.FilterChange{Entry: wire.FilterEntry{
				Seq: e.Seq, Deny: !e.Permits(), Min: e.GE, Max: e.LE, Prefix: e.Prefix(),
			}})
		}
	}
	var b []byte
	if old != nil {
		b = wire.AppendFilter(b, f, append([]wire.FilterChange{{RemoveAll: true}}, changes...), true)
	}
	b = wire.AppendFilter(b, f, changes, false)
	for len(b) > 0 {
		n := int(b[16])<<8 | int(b[17])
		s.send(fsm.Action{Conn: s.up.id, Type: wire.TypeRouteRefresh, Bytes: b[:n:n]})
		b = b[n:]
	}
}
