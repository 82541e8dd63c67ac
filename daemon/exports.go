package daemon

import (
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"

	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// exports numbers the export policies in use. Policies that are written alike share a number, so that neighbors with equal
// treatment fall into one update group. A number stays while the lines at the neighbor do: when a list or map behind it
// changes, the policy under the number is another one, and the RIB looks at its routes again.
//
// A number is free when nobody uses it: neither who asked for it, until it is released, nor the table, whose groups,
// conditions and aggregates keep what they have. What is released travels to the loop behind whatever has the number in it,
// so that no number is given again while the table may still come by the old one.
type exports struct {
	faults  *faults // nil in a simulation
	mu      sync.Mutex
	library *policy.Library
	numbers map[string]uint32
	known   atomic.Pointer[[]*exporter] // by number, from 1
	free    []uint32

	// silent is what the RIB loop judges with while it answers a question, by number; nil otherwise.
	silent map[uint32]*policy.Run
}

// An exporter is what policy lets one group's neighbors be sent.
type exporter struct {
	spec  policy.Spec
	env   policy.Env // as far as the policy looks at it
	asked policy.Env // all of it, as who asked first has it
	key   string     // in numbers; empty: of a trial
	users int        // 0: free, or of a trial

	policy atomic.Pointer[policy.Policy]
	run    policy.Run // of the RIB loop
}

// number finds or adds a policy for one more user. One that lets everything pass as it is has number 0.
func (x *exports) number(s policy.Spec, env policy.Env) uint32 {
	if s.Empty() {
		return 0
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	asked := env
	env = x.library.View(s, env)
	key := fmt.Sprintf("%s\n%v", s.Text(), env)
	if n := x.numbers[key]; n != 0 {
		x.exporter(n).users++
		return n
	}
	e := &exporter{spec: s.Clone(), env: env, asked: asked, key: key, users: 1}
	e.policy.Store(x.library.Compile(s, env))
	if x.numbers == nil {
		x.numbers = map[string]uint32{}
	}
	x.numbers[key] = x.append(e)
	return x.numbers[key]
}

// uses counts users of a policy; the last one that goes frees its number.
func (x *exports) uses(number uint32, by int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := x.exporter(number)
	if e.key == "" {
		return // of a trial, which drops it
	}
	if e.users += by; e.users == 0 {
		delete(x.numbers, e.key)
		x.clear(number)
	}
}

// release gives numbers back, on the RIB loop; 0 is none.
func (x *exports) release(numbers ...uint32) {
	for _, n := range numbers {
		if n != 0 {
			x.uses(n, -1)
		}
	}
}

// clear frees a number.
func (x *exports) clear(number uint32) {
	e := x.exporter(number)
	e.run.Flush()
	e.spec, e.key = policy.Spec{}, ""
	e.policy.Store(nil)
	x.free = append(x.free, number)
}

// append gives an exporter a number: a free one, or the next. Readers of the shorter slice do not see its place.
func (x *exports) append(e *exporter) uint32 {
	if n := len(x.free); n > 0 {
		number := x.free[n-1]
		x.free = x.free[:n-1]
		(*x.known.Load())[number-1] = e
		return number
	}
	var known []*exporter
	if k := x.known.Load(); k != nil {
		known = *k
	}
	known = append(known, e)
	x.known.Store(&known)
	return uint32(len(known))
}

// add gives a policy on trial a number, which drop takes back when the loop does not use it any more.
func (x *exports) add(s policy.Spec, p *policy.Policy) uint32 {
	x.mu.Lock()
	defer x.mu.Unlock()
	e := &exporter{spec: s.Clone()}
	e.policy.Store(p)
	return x.append(e)
}

func (x *exports) drop(number uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.clear(number)
}

// A renewal is another policy under a number, for the RIB loop to put into force.
type renewal struct {
	number uint32
	of     *exporter
	policy *policy.Policy
}

// use brings all policies under new lists and maps, and gives those that changed. One that by them looks at more of the neighbor than
// before, or at less, stays as it is: who uses it asks for a number again, and gets another.
func (x *exports) use(l *policy.Library) (changed []renewal) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.library = l
	k := x.known.Load()
	if k == nil {
		return nil
	}
	for i, e := range *k {
		if e.policy.Load() == nil {
			continue // a free number
		}
		if e.key != "" && l.View(e.spec, e.asked) != e.env {
			continue
		}
		if p := l.Compile(e.spec, e.env); !policy.Equal(p, e.policy.Load()) {
			changed = append(changed, renewal{uint32(i + 1), e, p})
		}
	}
	return changed
}

// put makes a changed policy count, on the RIB loop. A number that is free by now stays so.
func (r *renewal) put() {
	if r.of.policy.Load() != nil {
		r.of.policy.Store(r.policy)
	}
}

func (x *exports) exporter(number uint32) *exporter { return (*x.known.Load())[number-1] }

// evaluate is the RIB's export evaluation.
func (x *exports) evaluate(number uint32, from netip.Addr, f wire.Family, in wire.Attrs, p wire.Prefix, e *wire.Editor) (reason rib.Reason) {
	q := x.exporter(number)
	run := x.judge(number, q)
	defer x.contain(q, run, f, p, &reason)
	return policyReason(run.EvalSent(q.policy.Load(), e, from, f, in, p))
}

// judge is what evaluates under a number now: for a question nothing counts.
func (x *exports) judge(number uint32, q *exporter) *policy.Run {
	if x.silent == nil {
		return &q.run
	}
	run := x.silent[number]
	if run == nil {
		run = &policy.Run{Silent: true}
		x.silent[number] = run
	}
	return run
}

// question begins what is judged for a question alone, on the RIB loop; answered ends it.
func (x *exports) question() { x.silent = map[uint32]*policy.Run{} }

func (x *exports) answered() { x.silent = nil }

// permits is the RIB's evaluation of conditions: routes rank by the entry that lets them pass.
func (x *exports) permits(number uint32, from netip.Addr, f wire.Family, in wire.Attrs, p wire.Prefix, e *wire.Editor) (rank uint32) {
	q := x.exporter(number)
	if e != nil {
		if q.policy.Load().Derive(e, from, f, in, p) != policy.Accepted {
			return 0
		}
		return 1
	}
	entry, ok := q.run.Entry(q.policy.Load(), from, f, in, p)
	if !ok {
		return 0
	}
	return entry + 1
}

// own is the number of a map for routes of our own, or one that no neighbor has to do with; 0 for none.
func (x *exports) own(name string, f wire.Family, as, localPref uint32) uint32 {
	return x.number(policy.Spec{RouteMap: name}, ownEnv(f, as, localPref))
}

// ownEnv is what a map may ask where there is no neighbor.
func ownEnv(f wire.Family, as, localPref uint32) policy.Env {
	return policy.Env{Family: f, LocalAS: as, RemoteAS: as, LocalPref: localPref}
}

// class is the RIB's question what evaluate can depend on of a prefix.
func (x *exports) class(number uint32, f wire.Family, p wire.Prefix) (class uint32) {
	defer x.unclassed(&class)
	return classOf(x.exporter(number).policy.Load().Class(f, p))
}

// flush makes the hits counted so far visible, on the RIB loop.
func (x *exports) flush() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if k := x.known.Load(); k != nil {
		for _, e := range *k {
			e.run.Flush()
		}
	}
}

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
