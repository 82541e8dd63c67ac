package wire

import (
	"slices"
	"testing"
)

func TestMapASPath(t *testing.T) {
	path := ASPath{}.AppendSegment(SegmentSequence, 64512, 3356, 65001).AppendSegment(SegmentSet, 64513).AppendSegment(SegmentSequence, 4200000000)
	drop := func(as uint32) (uint32, bool) { return as, !PrivateAS(as) }
	if got := ASPath(path.AppendMapped(nil, drop)).String(); got != "3356" {
		t.Errorf("without private ones it is %q", got)
	}
	e := NewEditor(nil)
	e.SetASPath(path)
	e.MapASPath(func(as uint32) (uint32, bool) {
		if as == 65001 {
			return 7, true
		}
		return as, true
	})
	if got := e.Attrs().ASPath().String(); got != "64512 3356 7 {64513} 4200000000" {
		t.Errorf("with 65001 replaced it is %q", got)
	}
	member := ASPath{}.AppendSegment(SegmentConfedSequence, 5103, 64700).AppendSegment(SegmentSequence, 64512)
	if got := ASPath(member.AppendMapped(nil, drop)).String(); got != "(5103 64700)" || !member.AllPrivate() {
		t.Errorf("without private ones outside of the confederation it is %q, all private %v", got, member.AllPrivate())
	}
}

func TestPathKinds(t *testing.T) {
	private := ASPath{}.AppendSegment(SegmentSequence, 64512, 65535)
	if !private.AllPrivate() || (ASPath{}).AllPrivate() || private.AppendSegment(SegmentSequence, 64511).AllPrivate() {
		t.Error("only a path of private numbers alone is all private")
	}
	for kind, set := range map[uint8]bool{SegmentSet: true, SegmentConfedSet: true, SegmentSequence: false, SegmentConfedSequence: false} {
		p := private.AppendSegment(kind, 1)
		if p.HasSet() != set || p.HasConfed() != (kind > SegmentSequence) {
			t.Errorf("segment type %d: set %v, confederation %v", kind, p.HasSet(), p.HasConfed())
		}
	}
}

// What RFC 5065 4 does to a path within a confederation and at its border.
func TestConfederationPath(t *testing.T) {
	members := slices.Clip(ASPath(nil).AppendSegment(SegmentConfedSequence, 65002, 65003))
	full := ASPath(nil).AppendSegment(SegmentConfedSequence, make([]uint32, maxSegment)...)
	for _, c := range []struct {
		name     string
		path     ASPath
		prepend  string // in front of it, with 65001
		outside  string
		length   int
		fromHere bool
	}{
		{"empty", nil, "(65001)", "", 0, false},
		{"of the confederation alone", members, "(65001 65002 65003)", "", 2, true},
		{"with more behind", members.AppendSegment(SegmentSequence, 3356), "(65001 65002 65003) 3356", "3356", 2, true},
		{"from outside", ASPath(nil).AppendSegment(SegmentSequence, 3356), "(65001) 3356", "3356", 0, false},
		{"with a set", members.AppendSegment(SegmentConfedSet, 1, 2).AppendSegment(SegmentSet, 7, 8), "(65001 65002 65003) [1,2] {7,8}", "{7,8}", 3, true},
		{"full", full, "(65001) " + full.String(), "", maxSegment, true},
	} {
		if got := ASPath(c.path.AppendPrependConfed(nil, 65001)).String(); got != c.prepend {
			t.Errorf("%s: in front %q", c.name, got)
		}
		if got := ASPath(c.path.AppendOutside(nil)).String(); got != c.outside {
			t.Errorf("%s: outside %q", c.name, got)
		}
		if c.path.ConfedLength() != c.length || c.path.FromMember() != c.fromHere {
			t.Errorf("%s: counts %d, from a member %v", c.name, c.path.ConfedLength(), c.path.FromMember())
		}
	}
}
