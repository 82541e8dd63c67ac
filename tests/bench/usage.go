package main

import (
	"bytes"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// usage is what processes use together.
type usage struct {
	cpu  time.Duration // user and system
	rss  int64         // bytes resident
	peak int64         // bytes: the sum of each one's highest
}

// tick is the unit of CPU times in /proc.
const tick = 10 * time.Millisecond

// groupMembers lists the processes of some process groups.
func groupMembers(groups []int) (pids []int) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if f := statFields(pid); len(f) > 2 {
			group, _ := strconv.Atoi(string(f[2]))
			for _, g := range groups {
				if g == group {
					pids = append(pids, pid)
				}
			}
		}
	}
	return pids
}

// statFields are those of /proc/PID/stat from the state on, nil when the process is gone.
func statFields(pid int) [][]byte {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	return bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
}

func sample(pids []int) (u usage) {
	page := int64(os.Getpagesize())
	for _, pid := range pids {
		f := statFields(pid)
		if len(f) < 22 {
			continue
		}
		user, _ := strconv.ParseInt(string(f[11]), 10, 64)
		system, _ := strconv.ParseInt(string(f[12]), 10, 64)
		u.cpu += time.Duration(user+system) * tick
		pages, _ := strconv.ParseInt(string(f[21]), 10, 64)
		u.rss += pages * page
		u.peak += peak(pid)
	}
	return u
}

// peak is the most that a process ever had resident, in bytes.
func peak(pid int) int64 {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	_, rest, _ := bytes.Cut(b, []byte("VmHWM:"))
	f := bytes.Fields(rest)
	if len(f) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(string(f[0]), 10, 64)
	return kib << 10
}

// self is the CPU time that this program has used.
func self() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

const watchEvery = 50 * time.Millisecond

// A watcher samples a daemon and knows when it last worked: used more than a fifth of a core between two samples.
type watcher struct {
	mu   sync.Mutex
	pids []int
	now  usage
	busy time.Time
	stop chan struct{}
	done chan struct{}
}

func watch(groups []int) *watcher {
	w := &watcher{pids: groupMembers(groups), busy: time.Now(), stop: make(chan struct{}), done: make(chan struct{})}
	w.now = sample(w.pids)
	go w.run()
	return w
}

func (w *watcher) run() {
	defer close(w.done)
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-w.stop:
			return
		case now := <-t.C:
			u := sample(w.pids)
			w.mu.Lock()
			if u.cpu-w.now.cpu > watchEvery/5 {
				w.busy = now
			}
			w.now = u
			w.mu.Unlock()
		}
	}
}

// get gives a fresh sample and when the daemon last worked.
func (w *watcher) get() (usage, time.Time) {
	u := sample(w.pids)
	w.mu.Lock()
	defer w.mu.Unlock()
	return u, w.busy
}

func (w *watcher) close() {
	close(w.stop)
	<-w.done
}
