package daemon

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"bgpsh/ipc/grammar"
)

// How much may be allocated until the next collection (docs/decisions/0012-garbage-by-the-size-of-the-heap.md has the figures).
const (
	garbageShare = 30       // percent of what is in use,
	garbageLeast = 8 << 20  // but no less,
	garbageMost  = 32 << 20 // and no more; and so much while there is much work
	percentLeast = 20       // percent of what is in use, whatever the rest says
	percentMost  = 200
	garbageFloor = 4 << 20 // what Go takes a smaller heap for
)

// A collector keeps the garbage of the process in proportion. A GOGC of the operator's counts instead: then it is nil, and does
// nothing.
type collector struct {
	busy atomic.Bool // the loop has much work: most garbage there may be, since memory is given back once it rests
}

// paceCollector keeps the garbage in proportion from now on: after each collection it says when the next one is due.
func paceCollector() *collector {
	if os.Getenv("GOGC") != "" {
		return nil
	}
	c := new(collector)
	c.pace()
	return c
}

// pace sets the next collection, and is called again after it: by then the canary is garbage.
func (c *collector) pace() {
	c.set()
	canary := new([16]byte)
	runtime.AddCleanup(canary, func(struct{}) { c.pace() }, struct{}{})
}

// set says when the next collection is due. It waits for one that is under way.
func (c *collector) set() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(garbagePercent(live[0].Value.Uint64(), c.busy.Load()))
}

// work says that the loop has much work from now on. It does not wait.
func (c *collector) work() {
	if c != nil && !c.busy.Swap(true) {
		go c.set()
	}
}

// rest says that it has done it. The collection that follows has to be begun by the caller.
func (c *collector) rest() {
	if c != nil {
		c.busy.Store(false)
	}
}

// garbagePercent is how much may be allocated until the next collection where live bytes are in use, as Go wants it.
func garbagePercent(live uint64, busy bool) int {
	live = max(live, 1)
	if busy {
		return int(max(garbageMost*100/max(live, garbageFloor), percentLeast))
	}
	allowed := min(max(live/100*garbageShare, garbageLeast), garbageMost)
	return int(min(max(allowed*100/live, percentLeast), percentMost))
}

// After much work there is much garbage, and whole chunks of the table may be unused; nobody would miss them until the next
// collection, which may be minutes away. So when the loop comes to rest they are given back to the system: soon after a
// table has grown, when little of what is free will be wanted; later after it has shrunk, because a neighbor that was lost
// mostly returns.
const (
	restWork   = 50_000                // units of work that make it worthwhile,
	restShare  = 4                     // and this part of the paths in the table
	restGrown  = 30 * time.Millisecond // how long the loop must have rested
	restShrunk = 5 * time.Second
	restUp     = 500   // units of work that the garbage of a session that comes up is like
	restNoise  = 5_000 // units of work that do not count against that
)

// A rest decides when to give memory back. It belongs to the loop, and is told how much work the loop has done since its
// start and how many paths the tables hold.
type rest struct {
	given   uint64 // work when memory was given back last
	held    uint64 // paths then
	set     uint64 // work when the alarm was set
	armed   bool   // the alarm is set
	alarm   *time.Timer
	begin   func() // there is much work now
	release func() // it is done
	much    bool   // between the two
}

func newRest(begin, release func()) *rest {
	r := &rest{alarm: time.NewTimer(time.Hour), begin: begin, release: release}
	r.alarm.Stop()
	return r
}

// worked says that the loop goes on.
func (r *rest) worked(work, paths uint64) {
	if !r.much && work-r.given >= restWork+paths/restShare {
		r.much = true
		r.begin()
	}
}

// idle says that the loop has nothing to do.
func (r *rest) idle(work, paths uint64) {
	r.worked(work, paths)
	if r.armed || !r.much {
		return
	}
	r.armed, r.set = true, work
	if paths < r.held {
		r.alarm.Reset(restShrunk)
	} else {
		r.alarm.Reset(restGrown)
	}
}

// rang says that the alarm went off.
func (r *rest) rang(work, paths uint64) {
	r.armed = false
	if work-r.set < restNoise {
		r.given, r.held, r.much = work, paths, false
		r.release()
	}
}

// releaser gives a function that returns unused memory to the system, and what can be made again, without waiting for it.
func (c *collector) releaser() func() {
	var busy atomic.Bool
	return func() {
		c.rest()
		if busy.CompareAndSwap(false, true) {
			go func() {
				grammar.Forget()
				debug.FreeOSMemory()
				busy.Store(false)
			}()
		}
	}
}
