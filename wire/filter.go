package wire

// AttrSet is a set of types of attributes.
type AttrSet [4]uint64

// Has tells whether t is in the set.
func (s *AttrSet) Has(t AttrType) bool { return s[t>>6]&(1<<(t&63)) != 0 }

// Add puts t into the set.
func (s *AttrSet) Add(t AttrType) { s[t>>6] |= 1 << (t & 63) }

// An AttrFilter is what an operator does not want of a neighbor's attributes,
// whatever is in them: they are neither read nor judged. It must hold no type
// that every route needs.
type AttrFilter struct {
	Discard  AttrSet // as if they had not come
	Withdraw AttrSet // the routes they came with count as withdrawn
}

// filter applies the operator's filter to an attribute, and tells whether that
// was all there is to do with it.
func (u *Update) filter(a attribute) bool {
	f := u.params.Filter
	if f == nil {
		return false
	}
	switch {
	case f.Withdraw.Has(a.kind):
		u.refused = true
	case f.Discard.Has(a.kind):
		u.stripped = true
	default:
		return false
	}
	u.seen.Add(a.kind)
	return true
}

// Filtered reports whether Params.Filter discarded an attribute, or refused
// the routes: those are malformed Parts then.
func (u *Update) Filtered() (discarded, refused bool) { return u.stripped, u.refused }
