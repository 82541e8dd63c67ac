package rib

import (
	"slices"

	"bgpsh/wire"
)

// GroupView is an update group as it is now. It shares no memory with the RIB.
type GroupView struct {
	Number  int
	Key     GroupKey
	Entries uint32 // prefixes that its neighbors were told, with ADD-PATH paths
	Pending uint32 // destinations to look at again
	Bytes   uint64 // of what is kept about the entries
	Members []MemberView
}

// MemberView is one neighbor of an update group.
type MemberView struct {
	Peer      PeerID
	Streaming bool   // it gets what the group sends; otherwise it is being caught up
	Behind    uint32 // prefixes, with ADD-PATH paths, that it is still to be told of by itself
	Blocked   bool   // its send queue is full
}

// Groups gives the update groups of f in the order of their numbers.
func (r *RIB) Groups(f wire.Family) []GroupView {
	t := r.table(f)
	if t == nil {
		return nil
	}
	out := make([]GroupView, 0, len(t.groups))
	for _, g := range t.groups {
		v := GroupView{Number: g.number, Key: g.key, Entries: g.column.count, Pending: uint32(g.cursor.count), Bytes: g.column.bytes()}
		for i, m := range g.members {
			if slices.Index(g.members, m) < i {
				continue // on its way through the group it comes from, it is there twice
			}
			v.Members = append(v.Members, MemberView{m.peer, m.streaming, uint32(m.backlog.count), m.gate.blocked})
		}
		out = append(out, v)
	}
	return out
}
