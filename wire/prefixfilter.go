package wire

import "encoding/binary"

// Types and codes of outbound route filters (RFC 5291 4, RFC 5292 3).
const (
	filterByPrefix = 64 // the one kind that is known here

	refreshImmediate = 1
	refreshDefer     = 2

	filterAdd       = 0
	filterRemove    = 1
	filterRemoveAll = 2
	filterDeny      = 1 << 5
)

// Modes of outbound route filters (RFC 5291 4), as their sender sees them: it takes filters of ours, sends its own, or both.
const (
	FilterReceive uint8 = 1
	FilterSend    uint8 = 2
	FilterBoth    uint8 = 3
)

// FilterMode says what its sender does with prefix filters in Family.
type FilterMode struct {
	Family Family
	Mode   uint8 // FilterReceive, FilterSend or FilterBoth
}

// FilterUpdate is what a ROUTE-REFRESH says about the prefixes that its sender wants to be told (RFC 5291 5).
type FilterUpdate struct {
	Deferred bool // only change the filter; the routes are asked for later
	// Changes are applied in their order. A list that is malformed reads as one that removes all.
	Changes []FilterChange
}

// FilterChange is one change of a prefix filter (RFC 5292 3).
type FilterChange struct {
	RemoveAll bool // and nothing else
	Remove    bool // the entry that is written here; false: add it
	Entry     FilterEntry
}

// FilterEntry is an entry of a prefix filter: the first one, by number, that matches a route decides.
type FilterEntry struct {
	Seq      uint32
	Deny     bool
	Min, Max uint8 // lengths of prefixes inside Prefix that match; 0 and 0: Prefix alone
	Prefix   Prefix
}

// parseFilter reads what follows family and subtype in a ROUTE-REFRESH. Filters of other kinds are passed over.
func parseFilter(f Family, b []byte) *FilterUpdate {
	u := &FilterUpdate{Deferred: b[0] == refreshDefer}
	malformed := &FilterUpdate{Deferred: u.Deferred, Changes: []FilterChange{{RemoveAll: true}}}
	if b[0] != refreshImmediate && b[0] != refreshDefer {
		return malformed
	}
	for b = b[1:]; len(b) > 0; {
		if len(b) < 3 {
			return malformed
		}
		kind, n := b[0], int(binary.BigEndian.Uint16(b[1:]))
		if n > len(b)-3 {
			return malformed
		}
		entries := b[3 : 3+n]
		for b = b[3+n:]; kind == filterByPrefix && len(entries) > 0; {
			c, size, ok := parseFilterChange(f, entries)
			if !ok {
				return malformed
			}
			u.Changes = append(u.Changes, c)
			entries = entries[size:]
		}
	}
	return u
}

// parseFilterChange reads one change and tells its size.
func parseFilterChange(f Family, b []byte) (c FilterChange, size int, ok bool) {
	switch b[0] >> 6 {
	case filterRemoveAll:
		return FilterChange{RemoveAll: true}, 1, true
	case filterAdd, filterRemove:
		c.Remove = b[0]>>6 == filterRemove
	default:
		return c, 0, false
	}
	const fixed = 8 // flags, number, lengths
	if len(b) < fixed {
		return c, 0, false
	}
	e := &c.Entry
	e.Seq, e.Deny, e.Min, e.Max = binary.BigEndian.Uint32(b[1:]), b[0]&filterDeny != 0, b[5], b[6]
	bits := int(b[7])
	octets := (bits + 7) / 8
	if bits > f.bits() || len(b) < fixed+octets || e.Min > 0 && int(e.Min) < bits || int(e.Max) > f.bits() ||
		e.Max > 0 && (int(e.Max) < bits || e.Max < e.Min) || int(e.Min) > f.bits() {
		return c, 0, false
	}
	var whole [16]byte
	copy(whole[:], b[fixed:fixed+octets])
	e.Prefix = Prefix{Hi: binary.BigEndian.Uint64(whole[:]), Lo: binary.BigEndian.Uint64(whole[8:]), Len: uint8(bits)}.masked()
	return c, fixed + octets, true
}

// AppendFilter adds the ROUTE-REFRESH messages that make changes to a filter of ours. The last one asks for the routes, unless
// it is deferred too.
func AppendFilter(dst []byte, f Family, changes []FilterChange, deferred bool) []byte {
	const when, block = HeaderLen + 4, HeaderLen + 8
	for {
		start := len(dst)
		dst = appendHeader(dst, TypeRouteRefresh)
		dst = append(dst, byte(f>>16), byte(f>>8), RefreshRequest, byte(f), refreshDefer, filterByPrefix, 0, 0)
		for len(changes) > 0 && len(dst)-start+24 <= MaxLen {
			dst = appendFilterChange(dst, &changes[0])
			changes = changes[1:]
		}
		binary.BigEndian.PutUint16(dst[start+block-2:], uint16(len(dst)-start-block))
		if dst = finish(dst, start); len(changes) > 0 {
			continue
		}
		if !deferred {
			dst[start+when] = refreshImmediate
		}
		return dst
	}
}

func appendFilterChange(dst []byte, c *FilterChange) []byte {
	flags := byte(filterAdd << 6)
	switch {
	case c.RemoveAll:
		return append(dst, filterRemoveAll<<6)
	case c.Remove:
		flags = filterRemove << 6
	}
	e := &c.Entry
	if e.Deny {
		flags |= filterDeny
	}
	dst = binary.BigEndian.AppendUint32(append(dst, flags), e.Seq)
	dst = append(dst, e.Min, e.Max, e.Prefix.Len)
	var whole [16]byte
	binary.BigEndian.PutUint64(whole[:], e.Prefix.Hi)
	binary.BigEndian.PutUint64(whole[8:], e.Prefix.Lo)
	return append(dst, whole[:(int(e.Prefix.Len)+7)/8]...)
}

// setFilters reads (AFI, reserved, SAFI, number of kinds, kinds with their modes). A mode out of range voids its kind only.
func (c *Capabilities) setFilters(v []byte) {
	for len(v) >= 5 {
		f, n := NewFamily(binary.BigEndian.Uint16(v), v[3]), int(v[4])
		kinds := v[5 : 5+2*n]
		for v = v[5+2*n:]; len(kinds) > 0; kinds = kinds[2:] {
			if mode := kinds[1]; kinds[0] == filterByPrefix && mode >= FilterReceive && mode <= FilterBoth {
				c.Filters = include(c.Filters, FilterMode{f, mode})
			}
		}
	}
}

// validFilters checks that the counts in v add up.
func validFilters(v []byte) bool {
	for len(v) > 0 {
		if len(v) < 5 || len(v) < 5+2*int(v[4]) {
			return false
		}
		v = v[5+2*int(v[4]):]
	}
	return true
}

// FilterMode gives the mode of c's sender in a family, 0 for none.
func (c *Capabilities) FilterMode(f Family) (mode uint8) {
	for _, m := range c.Filters {
		if m.Family == f {
			mode |= m.Mode
		}
	}
	return mode
}
