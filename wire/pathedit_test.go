package wire

import "testing"

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
