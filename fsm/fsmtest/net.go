package fsmtest

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"
)

// epoch is when every history begins.
var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Net is a virtual network with its clock.
type Net struct {
	now     time.Duration // since epoch
	rand    *rand.Rand
	heap    []slot // by time, then by order of creation
	events  []event
	free    []int32 // unused places in events
	created uint64
	pipes   int
	Routers []*Router
	Links   []*Link

	out   io.Writer // transcript, nil for none
	errs  []string
	lossy bool // connection requests and listeners are not always lucky

	Steps      int // events that machines were given
	sessions   int
	collisions int
}

// New makes an empty network whose choices come from seed. Its transcript goes to out, if that is not nil.
func New(seed uint64, out io.Writer) *Net {
	return &Net{rand: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), out: out}
}

// event is something that will happen. What it means is in do.
type event struct {
	kind eventKind
	life int // of end's router: an event meant for an earlier life of the router is lost
	end  *End
	half *half
	data []byte
	call func()
}

type eventKind uint8

const (
	evTick  eventKind = iota // a deadline of end's machine
	evSyn                    // a connection request reaches end; half is the caller's
	evAck                    // it is answered: half, the caller's, is established
	evFail                   // it is not: half, the caller's, fails
	evReady                  // the listener hands half to end's machine
	evData                   // data reaches half
	evFin                    // the far side's close reaches half
	evReset                  // a reset reaches half
	evRead                   // half was told to read: what waits in it is delivered
	evCall                   // call
)

// slot is an event's place in the heap. It has no pointers, so sifting is cheap.
type slot struct {
	at    time.Duration
	order uint64
	index int32
}

func (s *slot) before(t *slot) bool {
	return s.at < t.at || s.at == t.at && s.order < t.order
}

// after schedules an event.
func (n *Net) after(d time.Duration, e event) {
	if e.end != nil {
		e.life = e.end.router.life
	}
	index := int32(len(n.events))
	if last := len(n.free) - 1; last >= 0 {
		index = n.free[last]
		n.free = n.free[:last]
		n.events[index] = e
	} else {
		n.events = append(n.events, e)
	}
	n.created++
	h := append(n.heap, slot{n.now + d, n.created, index})
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h[i].before(&h[up]) {
			break
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
	n.heap = h
}

// At schedules a call at time t of the history.
func (n *Net) At(t time.Duration, call func()) { n.after(t-n.now, event{kind: evCall, call: call}) }

// next takes the first event out of the heap.
func (n *Net) next() event {
	h := n.heap
	first := h[0]
	last := len(h) - 1
	h[0] = h[last]
	h = h[:last]
	for i := 0; ; {
		low := 2*i + 1
		if low >= last {
			break
		}
		if low+1 < last && h[low+1].before(&h[low]) {
			low++
		}
		if !h[low].before(&h[i]) {
			break
		}
		h[i], h[low] = h[low], h[i]
		i = low
	}
	n.heap = h
	n.now = first.at
	e := n.events[first.index]
	n.events[first.index] = event{}
	n.free = append(n.free, first.index)
	return e
}

// Run lets time pass until t, until a rule is broken, or until done, where it is not nil, says so.
func (n *Net) Run(t time.Duration, done func() bool) {
	for len(n.heap) > 0 && n.heap[0].at <= t && len(n.errs) == 0 {
		e := n.next()
		if e.end == nil || e.life == e.end.router.life {
			n.do(&e)
		}
		if done != nil && done() {
			return
		}
	}
	n.now = max(n.now, t)
}

func (n *Net) do(e *event) {
	switch e.kind {
	case evTick:
		e.end.tick()
	case evSyn:
		e.end.syn(e.half)
	case evAck:
		e.half.established()
	case evFail:
		e.half.failed()
	case evReady:
		e.end.ready(e.half)
	case evData, evFin, evReset:
		e.half.arrive(e)
	case evRead:
		e.half.drain()
	case evCall:
		e.call()
	}
}

// Now gives the time of the history.
func (n *Net) Now() time.Duration { return n.now }

// Err gives the first broken rule, nil if all hold.
func (n *Net) Err() error {
	if len(n.errs) == 0 {
		return nil
	}
	return fmt.Errorf("at %v: %s", n.now, n.errs[0])
}

func (n *Net) violation(who *End, rule, format string, args ...any) {
	s := fmt.Sprintf("%s: rule %q: %s", who, rule, fmt.Sprintf(format, args...))
	n.errs = append(n.errs, s)
	n.log(who, "VIOLATION %s: %s", rule, fmt.Sprintf(format, args...))
}

// log writes a line of the transcript. Its arguments are rendered only if there is one.
func (n *Net) log(who *End, format string, args ...any) {
	if n.out != nil {
		fmt.Fprintf(n.out, "%10.3f %-4s %s\n", n.now.Seconds(), who, fmt.Sprintf(format, args...))
	}
}

// between draws a duration.
func (n *Net) between(low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(n.rand.Int64N(int64(high-low)))
}

// chance is true one time in k.
func (n *Net) chance(k int) bool { return n.rand.IntN(k) == 0 }
