package daemon

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

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

// filterGap is the least time between two lists that are made of one neighbor's filter: each is compiled anew, and puts the
// neighbor into another update group. What changes meanwhile is in the next one.
const filterGap = time.Second

// A filterDraft is a neighbor's filter as it said it, message by message.
type filterDraft struct {
	entries map[uint32]policy.PrefixEntry // by sequence number
	changed bool                          // since the list in use was made
	next    time.Time                     // when the next list may be made
	due     bool                          // it is waited for
}

// awaitFilters begins a session: who may have filters for us is told nothing before they came.
func (s *session) awaitFilters(n *fsm.Negotiated) {
	for i, f := range config.Families {
		s.asked[i], s.filtered[i], s.drafts[i] = asking{waits: slices.Contains(n.FilterReceive, f)}, nil, filterDraft{}
	}
}

// takeFilter applies a ROUTE-REFRESH to what the neighbor has asked for in f, and reports whether it is to be sent all routes
// that pass. A deferred change waits for a message that is not (RFC 5291 5), any other for filterGap since the one before.
func (s *session) takeFilter(now time.Time, f wire.Family, u *wire.FilterUpdate) (resend bool) {
	i := config.FamilyIndex(f)
	d := &s.drafts[i]
	if u != nil && !d.apply(u.Changes) {
		s.log.FilterTooLong(f.String(), maxFilter)
	}
	switch {
	case u != nil && u.Deferred:
		return false
	case !d.changed && !s.asked[i].waits:
		return !d.due
	case now.Before(d.next):
		d.due = true
		return false
	}
	return s.filterNow(now, i)
}

// filterNow makes a neighbor's filter hold, and reports whether the routes are to be sent again: not where they were never.
func (s *session) filterNow(now time.Time, i int) (resend bool) {
	d, a := &s.drafts[i], &s.asked[i]
	if resend = !a.waits; d.changed {
		a.list = d.list(s.name, config.Families[i])
		d.next = now.Add(filterGap)
	}
	a.waits, d.changed, d.due = false, false, false
	s.reroute()
	return resend
}

// filterDue makes the filters hold whose time has come.
func (s *session) filterDue(now time.Time) {
	for i := range s.drafts {
		if d := &s.drafts[i]; s.up != nil && d.due && !now.Before(d.next) && s.filterNow(now, i) {
			s.stream.put(streamItem{kind: controlRefresh, family: config.Families[i], subtype: wire.RefreshRequest})
		}
	}
}

// filterDeadline is when filterDue has something to do; zero: never.
func (s *session) filterDeadline() (at time.Time) {
	for i := range s.drafts {
		if d := &s.drafts[i]; s.up != nil && d.due && (at.IsZero() || d.next.Before(at)) {
			at = d.next
		}
	}
	return at
}

// apply changes the filter. False: it became too long, and has no entries now.
func (d *filterDraft) apply(changes []wire.FilterChange) bool {
	for _, c := range changes {
		if c.RemoveAll {
			d.changed = d.changed || len(d.entries) > 0
			clear(d.entries)
			continue
		}
		e := policy.PrefixEntry{Seq: c.Entry.Seq, Hi: c.Entry.Prefix.Hi, Lo: c.Entry.Prefix.Lo, Len: c.Entry.Prefix.Len, GE: c.Entry.Min, LE: c.Entry.Max}
		if !c.Entry.Deny {
			e.Flags = policy.Permit
		}
		was, found := d.entries[e.Seq]
		switch {
		case c.Remove && found && was == e:
			delete(d.entries, e.Seq)
			d.changed = true
		case c.Remove, found && was == e:
		default:
			if d.entries == nil {
				d.entries = map[uint32]policy.PrefixEntry{}
			}
			d.entries[e.Seq] = e
			d.changed = true
		}
		if len(d.entries) > maxFilter {
			d.entries = nil
			return false
		}
	}
	return true
}

// list is the filter as policies have it, nil where it has no entries.
func (d *filterDraft) list(neighbor string, f wire.Family) *policy.PrefixList {
	if len(d.entries) == 0 {
		return nil
	}
	return &policy.PrefixList{
		Name: fmt.Sprintf("%s.%d.%d", neighbor, f.AFI(), f.SAFI()), Six: f == wire.IPv6Unicast,
		Entries: slices.SortedFunc(maps.Values(d.entries), func(a, b policy.PrefixEntry) int { return cmp.Compare(a.Seq, b.Seq) }),
	}
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
