package policy

import (
	"cmp"
	"slices"

	"bgpsh/wire"
)

// A Trace names what one evaluation has counted: the maps that it called and the entries that it passed by. Whoever remembers a result keeps
// its Trace, and has it counted again when the result serves another route. 0 is nothing. A Trace is the Run's that gave it; one
// that the Run has forgotten meanwhile counts nothing.
type Trace uint32

// There are few different traces, for a map without `continue` as many as it has entries: a Run counts by trace, and adds to the counters of
// all when it is flushed.
const (
	traceMost  = 1 << 10   // that a Run keeps for the next set of attributes
	traceFull  = 1<<16 - 1 // and knows at most, for one set: what is beyond it counts once
	traceHeads = 1 << 6
	traceBits  = 16 // of a Trace: the number; the others tell what was forgotten meanwhile from what is known
)

// traces are those that a Run knows.
type traces struct {
	list     []counted
	counters []*Counter // of all
	heads    [traceHeads]uint16
	order    []uint16 // scratch memory of publish
	clock    uint64   // hits
	epoch    uint32   // how often all were forgotten
}

// counted are the hits of one trace that have not been added to its counters yet.
type counted struct {
	mark     uint32
	next     uint16 // in the chain of its head
	from, to uint32 // in counters
	n        uint64
	at       uint64 // the clock when it was counted last
	last     hit
}

// intern gives the number of a trace, counting from 1; 0 where nothing was counted.
func (x *traces) intern(hits []*Counter) (n uint16) {
	if len(hits) == 0 {
		return 0
	}
	mark := uint32(0)
	for _, c := range hits {
		mark = (mark ^ c.mark) * 0x9e3779b1
	}
	head := &x.heads[mark>>26]
	for n = *head; n != 0; n = x.list[n-1].next {
		if t := &x.list[n-1]; t.mark == mark && slices.Equal(x.counters[t.from:t.to], hits) {
			return n
		}
	}
	if len(x.list) == traceFull {
		for _, c := range hits {
			c.add(1, hit{})
		}
		return 0
	}
	from := uint32(len(x.counters))
	x.counters = append(x.counters, hits...)
	x.list = append(x.list, counted{mark: mark, next: *head, from: from, to: uint32(len(x.counters))})
	*head = uint16(len(x.list))
	return *head
}

// count counts a trace once.
func (x *traces) count(n uint16, f wire.Family, p wire.Prefix) {
	if n == 0 {
		return
	}
	t := &x.list[n-1]
	x.clock++
	t.n++
	t.at, t.last = x.clock, hit{f, p}
}

// name makes a number a Trace.
func (x *traces) name(n uint16) Trace {
	if n == 0 {
		return 0
	}
	return Trace(x.epoch<<traceBits | uint32(n))
}

// number is the number of a Trace, 0 for one that was forgotten, or that another Run gave which had more of them.
func (x *traces) number(t Trace) uint16 {
	n := uint16(t & (1<<traceBits - 1))
	if uint32(t)>>traceBits != x.epoch<<traceBits>>traceBits || int(n) > len(x.list) {
		return 0
	}
	return n
}

// publish adds what was counted to the counters.
func (x *traces) publish() {
	x.order = x.order[:0]
	for i := range x.list {
		if x.list[i].n > 0 {
			x.order = append(x.order, uint16(i))
		}
	}
	slices.SortFunc(x.order, func(a, b uint16) int { return cmp.Compare(x.list[a].at, x.list[b].at) })
	for _, i := range x.order {
		t := &x.list[i]
		for _, c := range x.counters[t.from:t.to] {
			c.add(t.n, t.last)
		}
		t.n = 0
	}
}

// forget publishes, and forgets all traces.
func (x *traces) forget() {
	x.publish()
	clear(x.counters)
	x.list, x.counters, x.heads = x.list[:0], x.counters[:0], [traceHeads]uint16{}
	x.epoch++
}
