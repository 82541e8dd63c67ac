package daemon

import (
	"bytes"
	"os"
	"runtime/metrics"
	"strconv"

	"bgpsh/daemon/rib"
)

// memoryUse says where the daemon's memory is, in bytes.
type memoryUse struct {
	Kinds  [rib.KindCount]rib.Size // the RIB's, by kind
	Queues uint64                  // encoded routes that wait to be written; a buffer that waits for many neighbors counts for each

	HeapObjects  uint64 // of the whole daemon: in use, and garbage not yet collected
	HeapUnused   uint64 // held for the next objects
	HeapReleased uint64 // given back to the system
	Stacks       uint64
	Runtime      uint64 // the Go runtime's own
	Resident     uint64 // of the process; 0 where the system does not say
}

// memory measures the RIB and the queues. It runs on the loop: work is proportional to the neighbors and groups.
func (l *ribLoop) memory() memoryUse {
	u := memoryUse{Kinds: l.rib.Sizes()}
	for _, r := range l.rings {
		_, n := r.depth()
		u.Queues += uint64(n)
	}
	return u
}

// measureProcess fills in what concerns the whole process. It need not run on the loop.
func (u *memoryUse) measureProcess() {
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/unused:bytes"},
		{Name: "/memory/classes/heap/free:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/total:bytes"},
	}
	metrics.Read(samples)
	value := func(i int) uint64 {
		if samples[i].Value.Kind() != metrics.KindUint64 {
			return 0
		}
		return samples[i].Value.Uint64()
	}
	u.HeapObjects, u.HeapUnused, u.HeapReleased = value(0), value(1)+value(2), value(3)
	u.Stacks = value(4)
	u.Runtime = value(5) - min(value(5), u.HeapObjects+u.HeapUnused+u.HeapReleased+u.Stacks)
	u.Resident = resident()
}

// resident is the resident memory of this process.
func resident() uint64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
