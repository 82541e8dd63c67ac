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
// mostly returns. What others than the loop still made meanwhile, like the sessions that came up last, is looked for once more
// after that, and so is what some work left that was not much.
const (
	restWork   = 50_000                // units of work that are much,
	restSome   = 5_000                 // that are some,
	restShare  = 4                     // and this part of the paths in the table on top of each
	restLeft   = 8                     // what memory is worthwhile after some work: this part of what is in use,
	restLeast  = 1 << 20               // but no less, in bytes
	restGrown  = 30 * time.Millisecond // how long the loop must have rested
	restShrunk = 5 * time.Second
	restUp     = 500   // units of work that the garbage of a session that comes up is like
	restNoise  = 5_000 // units of work that do not count against a rest
)

// done is what the loop has done since its start: units of work on routes, and sessions that came up.
type done struct{ units, ups uint64 }

// garbage is how much has been made, in units of work.
func (d done) garbage() uint64 { return d.units + restUp*d.ups }

// A rest decides when to give memory back. It belongs to the loop, and is told what the loop has done and how many paths the
// tables hold.
type rest struct {
	given   done          // when memory was given back last
	held    uint64        // paths then
	set     uint64        // garbage when the alarm was set
	armed   time.Duration // the alarm is set to this, 0: it is not
	alarm   *time.Timer
	begin   func() // there is much work on routes now
	release func() // it is done: memory is to be given back
	tidy    func() // the same after some work, if there is anything worthwhile
	busy    bool   // begin was called after the last release
	again   bool   // tidy is due after a release
}

func newRest(begin, release, tidy func()) *rest {
	r := &rest{alarm: time.NewTimer(time.Hour), begin: begin, release: release, tidy: tidy}
	r.alarm.Stop()
	return r
}

// worked says that the loop goes on.
func (r *rest) worked(d done, paths uint64) {
	if !r.busy && d.units-r.given.units >= restWork+paths/restShare {
		r.busy = true
		r.begin()
	}
}

// idle says that the loop has nothing to do.
func (r *rest) idle(d done, paths uint64) {
	r.worked(d, paths)
	wait := r.pause(d, paths)
	if wait == 0 || r.armed != 0 && r.armed <= wait {
		return
	}
	r.armed, r.set = wait, d.garbage()
	r.alarm.Reset(wait)
}

// made tells whether the loop has done some work, and whether much, since memory was given back.
func (r *rest) made(d done, paths uint64) (some, much bool) {
	made := d.garbage() - r.given.garbage()
	return made >= restSome+paths/restShare, made >= restWork+paths/restShare || r.busy
}

// pause is how long the loop must rest until memory is given back; 0: there is nothing to give.
func (r *rest) pause(d done, paths uint64) time.Duration {
	switch some, much := r.made(d, paths); {
	case much && paths >= r.held:
		return restGrown
	case some, much, r.again:
		return restShrunk
	}
	return 0
}

// rang says that the alarm went off.
func (r *rest) rang(d done, paths uint64) {
	r.armed = 0
	if d.garbage()-r.set >= restNoise {
		return
	}
	_, much := r.made(d, paths)
	r.given, r.held, r.busy, r.again = d, paths, false, much
	if much {
		r.release()
	} else {
		r.tidy()
	}
}

// release returns unused memory to the system, and what can be made again, without waiting for it. Nothing, while it does so already.
func (c *collector) release() {
	c.rest()
	if releasing.CompareAndSwap(false, true) {
		go func() {
			grammar.Forget()
			debug.FreeOSMemory()
			releasing.Store(false)
		}()
	}
}

var releasing atomic.Bool

// tidy is release where that gives enough back: what was allocated since the last collection, and what is free already.
func (c *collector) tidy() {
	heap := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"}}
	metrics.Read(heap)
	if live := heap[0].Value.Uint64(); heap[1].Value.Uint64()+heap[2].Value.Uint64() > live+max(live/restLeft, restLeast) {
		c.release()
	}
}
