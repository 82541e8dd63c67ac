package daemon

import (
	"slices"
	"sync"
	"sync/atomic"

	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// exports numbers the export policies in use. Equal policies share a number, so that neighbors with equal treatment fall
// into one update group. A policy never changes under its number: a neighbor whose policy changes moves to another.
type exports struct {
	mu    sync.Mutex
	known atomic.Pointer[[]exporter] // by number, from 1
}

// An exporter is what policy lets one group's neighbors be sent.
type exporter struct{ policy *policy.Policy }

// number finds or adds a policy. One that lets everything pass as it is has number 0.
func (x *exports) number(s policy.Spec) uint32 {
	if emptySpec(s) {
		return 0
	}
	p := policy.Compile(s)
	x.mu.Lock()
	defer x.mu.Unlock()
	var known []exporter
	if k := x.known.Load(); k != nil {
		known = *k
	}
	for i, q := range known {
		if policy.Equal(p, q.policy) {
			return uint32(i + 1)
		}
	}
	known = append(slices.Clone(known), exporter{p})
	x.known.Store(&known)
	return uint32(len(known))
}

func (x *exports) exporter(number uint32) exporter { return (*x.known.Load())[number-1] }

// evaluate is the RIB's export evaluation.
func (x *exports) evaluate(number uint32, f wire.Family, in wire.Attrs, p wire.Prefix, e *wire.Editor) rib.Reason {
	q := x.exporter(number)
	return policyReason(q.policy.Eval(e, in, f, p))
}

// byPrefix reports whether evaluate's result depends on the prefix.
func (x *exports) byPrefix(number uint32) bool { return x.exporter(number).policy.ByPrefix() }

// policyReason puts a policy's verdict into the RIB's terms.
func policyReason(r policy.Reason) rib.Reason {
	switch r {
	case policy.Accepted:
		return 0
	case policy.MissingPolicy:
		return rib.MissingPolicy
	case policy.HeldBack:
		return rib.HeldBack
	}
	return rib.Filtered
}
