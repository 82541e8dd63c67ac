package wire

import "encoding/binary"

// pathFacts is what a walk over AS path segments found beside their form.
type pathFacts struct {
	zero, confed bool
	set          uint8 // type of the first set, 0 without
	broken       bool  // form is wrong; rule and got say how
	rule         rule
	got          int
}

// walkPath checks the form of b as segments of AS numbers of width octets
// (RFC 7606 7.2) and notes what they hold.
func walkPath(b []byte, width int) pathFacts {
	var f pathFacts
	for len(b) > 0 {
		if len(b) < 2 {
			return pathFacts{broken: true, rule: ruleSegmentUnderrun}
		}
		kind, count := b[0], int(b[1])
		end := 2 + count*width
		switch {
		case kind < SegmentSet || kind > SegmentConfedSet:
			return pathFacts{broken: true, rule: ruleSegmentType, got: int(kind)}
		case count == 0:
			return pathFacts{broken: true, rule: ruleSegmentEmpty}
		case end > len(b):
			return pathFacts{broken: true, rule: ruleSegmentOverrun, got: count}
		}
		f.confed = f.confed || kind >= SegmentConfedSequence
		if f.set == 0 && (kind == SegmentSet || kind == SegmentConfedSet) {
			f.set = kind
		}
		f.zero = f.zero || hasZero(b[2:end], width)
		b = b[end:]
	}
	return f
}

// hasZero looks for AS 0 among AS numbers of width octets.
func hasZero(b []byte, width int) bool {
	if width == 4 {
		for ; len(b) >= 4; b = b[4:] {
			if binary.BigEndian.Uint32(b) == 0 {
				return true
			}
		}
		return false
	}
	for ; len(b) >= 2; b = b[2:] {
		if binary.BigEndian.Uint16(b) == 0 {
			return true
		}
	}
	return false
}

// checkASPath judges an AS_PATH (RFC 7606 7.2, RFC 7607, RFC 9774, RFC 5065 5).
func (u *Update) checkASPath(a attribute, v []byte) bool {
	width := 2
	if u.params.AS4 {
		width = 4
	}
	f := walkPath(v, width)
	switch {
	case f.broken:
		return u.blame(f.rule, a, f.got)
	case f.zero:
		return u.blame(ruleASZero, a, 0)
	case f.confed && !u.params.Confederation:
		return u.blame(ruleConfederation, a, 0)
	case f.set != 0 && !u.params.AllowASSets:
		return u.blame(ruleASSet, a, int(f.set))
	}
	return true
}

// checkAS4Path judges an AS4_PATH from an OLD speaker: a broken one is dropped
// (RFC 6793 6), a set costs the route (RFC 9774 3), confederation segments are
// passed over when it is merged.
func (u *Update) checkAS4Path(a attribute, v []byte) bool {
	if len(v) < 6 {
		return u.blame(ruleAS4Short, a, len(v))
	}
	f := walkPath(v, 4)
	switch {
	case f.broken:
		return u.blame(f.rule, a, f.got)
	case f.set != 0 && !u.params.AllowASSets:
		return u.blame(ruleASSet, a, int(f.set))
	case f.zero:
		return u.blame(ruleASZero, a, 0)
	}
	return true
}
