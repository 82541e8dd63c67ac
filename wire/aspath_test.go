package wire

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestASPath(t *testing.T) {
	seq := func(p ASPath, as ...uint32) ASPath { return p.AppendSegment(SegmentSequence, as...) }
	for _, c := range []struct {
		path          ASPath
		text          string
		length        int
		first, origin uint32 // 0: none
	}{
		{nil, "", 0, 0, 0},
		{seq(nil, 65001), "65001", 1, 65001, 65001},
		{seq(nil, 65001, 4200000000, 65001), "65001 4200000000 65001", 3, 65001, 65001},
		{seq(seq(nil, 1, 2), 3), "1 2 3", 3, 1, 3},
		{seq(nil, 1, 2).AppendSegment(SegmentSet, 3, 4), "1 2 {3,4}", 3, 1, 0},
		{ASPath(nil).AppendSegment(SegmentSet, 3, 4), "{3,4}", 1, 0, 0},
		{seq(ASPath(nil).AppendSegment(SegmentConfedSequence, 7, 8), 1), "(7 8) 1", 1, 1, 1},
		{ASPath(nil).AppendSegment(SegmentConfedSequence, 7), "(7)", 0, 0, 0},
		{ASPath(nil).AppendSegment(SegmentConfedSet, 7, 8), "[7,8]", 0, 0, 0},
	} {
		first, hasFirst := c.path.First()
		last, hasOrigin := c.path.Origin()
		if c.path.String() != c.text || c.path.Length() != c.length ||
			first != c.first || hasFirst != (c.first != 0) || last != c.origin || hasOrigin != (c.origin != 0) {
			t.Errorf("%x: %q, length %d, first %d, origin %d; want %q, %d, %d, %d",
				[]byte(c.path), c.path, c.path.Length(), first, last, c.text, c.length, c.first, c.origin)
		}
	}
	p := seq(nil, 5, 6, 5).AppendSegment(SegmentSet, 9, 5)
	if p.Count(5) != 3 || !p.Contains(9) || p.Contains(7) {
		t.Errorf("count %d, contains 9 %v, 7 %v", p.Count(5), p.Contains(9), p.Contains(7))
	}
	if n := len(ASPath(nil).AppendSegment(SegmentSequence, make([]uint32, 300)...)); n != 2+4*255 {
		t.Errorf("a segment of 300 has %d octets", n)
	}
}

// genPath draws paths of up to three segments.
func genPath(kinds ...uint8) *rapid.Generator[ASPath] {
	return rapid.Custom(func(t *rapid.T) ASPath {
		var p ASPath
		for range rapid.IntRange(0, 3).Draw(t, "segments") {
			n := rapid.SampledFrom([]int{1, 2, 5, 254, 255}).Draw(t, "length")
			as := make([]uint32, n)
			for i := range as {
				as[i] = rapid.SampledFrom([]uint32{1, 23456, 64512, 65535, 65536, 4200000001}).Draw(t, "as")
			}
			p = p.AppendSegment(rapid.SampledFrom(kinds).Draw(t, "kind"), as...)
		}
		return p
	})
}

// flat lists the AS numbers of all segments.
func flat(p ASPath) []uint32 {
	var out []uint32
	for s := range p.Segments {
		for i := range s.Len() {
			out = append(out, s.At(i))
		}
	}
	return out
}

// What a path is prepended with goes behind the segments of a confederation that it begins with (RFC 5065 4).
func TestPrependBehindMembers(t *testing.T) {
	members := ASPath(nil).AppendSegment(SegmentConfedSequence, 7, 8).AppendSegment(SegmentConfedSet, 9)
	for want, p := range map[string]ASPath{
		"(7 8) [9] 5 5 1": members.AppendSegment(SegmentSequence, 1),
		"(7 8) [9] 5 5":   members,
		"5 5 1":           ASPath(nil).AppendSegment(SegmentSequence, 1),
	} {
		if got := ASPath(p.AppendPrepend(nil, 5, 2)).String(); got != want {
			t.Errorf("%s became %s, want %s", p, got, want)
		}
	}
}

// Prepending n times puts n numbers in front, adds n to the length, keeps every
// segment well-formed, and begins a new one only when the first is full.
func TestPrepend(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := genPath(SegmentSet, SegmentSequence).Draw(t, "path")
		n := rapid.SampledFrom([]int{0, 1, 2, 10, 255, 256, 700}).Draw(t, "n")
		got := ASPath(p.AppendPrepend(nil, 65000, n))
		if want := append(slices.Repeat([]uint32{65000}, n), flat(p)...); !slices.Equal(flat(got), want) {
			t.Fatalf("got %v", got)
		}
		if got.Length() != p.Length()+n {
			t.Fatalf("length %d, want %d", got.Length(), p.Length()+n)
		}
		if f := walkPath(got, 4); f.broken {
			t.Fatalf("%x is malformed", []byte(got))
		}
		segments := func(p ASPath) (n int) {
			for range p.Segments {
				n++
			}
			return n
		}
		room := 0
		for s := range p.Segments {
			if s.Type == SegmentSequence {
				room = maxSegment - s.Len()
			}
			break
		}
		if want := segments(p) + (max(n-room, 0)+maxSegment-1)/maxSegment; segments(got) != want {
			t.Fatalf("%d segments, want %d", segments(got), want)
		}
	})
}

// A confederation's own number counts where members are not listed (RFC 5065 5).
func TestCountOutside(t *testing.T) {
	p := ASPath{}.AppendSegment(SegmentConfedSequence, 300, 200).AppendSegment(SegmentConfedSet, 300).AppendSegment(SegmentSequence, 400, 300).AppendSegment(SegmentSet, 300)
	if got := p.CountOutside(300); got != 2 {
		t.Errorf("300 outside of %s: %d times", p, got)
	}
	if got := p.CountOutside(200); got != 0 {
		t.Errorf("200 outside of %s: %d times", p, got)
	}
}
