package rib

import "bgpsh/wire"

// Attributes shows visit each attribute set in use in the table of f from number from on, after about n of them, and gives where to go on; done says that it has
// seen all. The sets are the RIB's own, and must not be kept.
func (r *RIB) Attributes(f wire.Family, from uint32, n int, visit func(wire.Attrs)) (next uint32, done bool) {
	t := r.table(f)
	if t == nil {
		return 0, true
	}
	end := min(uint64(from)+uint64(n), uint64(t.attrs.recs.limit()))
	for id := uint64(from); id < end; id++ {
		if id != 0 && t.attrs.recs.has(uint32(id)) {
			visit(t.attrs.attrs(uint32(id)))
			if t.attrs.made(uint32(id)) {
				visit(t.attrs.came(uint32(id)))
			}
		}
	}
	return uint32(end), end >= uint64(t.attrs.recs.limit())
}
