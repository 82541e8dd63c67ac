package rib

import "unsafe"

// Kind is one kind of what the RIB keeps.
type Kind uint8

// The kinds, in the order of Sizes.
const (
	KindDestinations   Kind = iota // prefixes with their best path, tombs too
	KindPaths                      // further paths
	KindAttributes                 // what is read of attribute sets without looking at their bytes
	KindAttributeBytes             // canonical bytes of attribute sets, received and sent
	KindSources
	KindIndexes
	KindColumns // what update groups were told: objects are entries
	KindCursors // what is out of date for groups and for neighbors behind them: objects are destinations
	KindMemos   // results of policy, and scratch memory of egress
	KindCount
)

var kindNames = [KindCount]string{
	"destinations", "paths", "attributes", "attribute bytes", "sources", "indexes", "columns", "cursors", "memos",
}

// String gives the name for the operator.
func (k Kind) String() string { return kindNames[min(k, KindCount-1)] }

// Size is the memory of one kind of object.
type Size struct {
	Objects uint64
	Bytes   uint64 // allocated, free places included
}

// Paths counts the paths of both families.
func (r *RIB) Paths() uint64 { return uint64(r.tables[0].npaths) + uint64(r.tables[1].npaths) }

// Sizes tells where the memory is, of both families together. Work is proportional to the number of neighbors and groups.
func (r *RIB) Sizes() (sizes [KindCount]Size) {
	for _, t := range r.tables {
		t.sizes(&sizes)
	}
	return sizes
}

func (t *table) sizes(sizes *[KindCount]Size) {
	add := func(k Kind, objects, bytes uint64) {
		sizes[k].Objects += objects
		sizes[k].Bytes += bytes
	}
	add(KindDestinations, uint64(t.all.live), t.dests.bytes())
	add(KindPaths, uint64(t.npaths-t.ndests), t.paths.singles.bytes()+t.paths.blocks.bytes())
	sets := uint64(t.attrs.recs.live)
	add(KindAttributes, sets, t.attrs.recs.bytes())
	add(KindAttributeBytes, sets, t.attrs.data.bytes)
	add(KindSources, uint64(t.sources.recs.live), t.sources.recs.bytes())
	for _, x := range []*index{&t.index, &t.attrs.index, &t.sources.index} {
		add(KindIndexes, uint64(x.count), x.bytes())
	}
	for _, g := range t.groups {
		add(KindColumns, uint64(g.column.count), g.column.bytes())
		add(KindCursors, uint64(g.cursor.count), g.cursor.bytes())
	}
	for _, c := range t.conditions {
		add(KindCursors, uint64(c.cursor.count), c.cursor.bytes()+c.bytes())
	}
	add(KindColumns, 0, t.lanes.bytes())
	for _, c := range t.dying {
		add(KindColumns, uint64(c.count), c.bytes())
	}
	for _, a := range t.adjs {
		if a.member != nil {
			add(KindCursors, uint64(a.member.backlog.count), a.member.backlog.bytes())
		}
	}
	add(KindMemos, 0, t.egress.memo.bytes()+t.sweep.memo.bytes()+t.egress.bytes()+uint64(cap(t.attrs.fresh)))
}

// bytes is the memory of a memo.
func (m *memo) bytes() uint64 {
	return uint64(cap(m.entries))*uint64(unsafe.Sizeof(memoEntry{})) + 4*uint64(cap(m.held))
}

// bytes is the scratch memory of egress.
func (e *egress) bytes() uint64 {
	return uint64(cap(e.changes)+cap(e.packed))*uint64(unsafe.Sizeof(change{})) + 4*uint64(cap(e.ids)) +
		8*uint64(cap(e.order)) + uint64(cap(e.buf))
}
