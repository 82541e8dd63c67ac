package main

import (
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/wire"
)

// A receiver knows what one session was told: of each prefix of the table, the fingerprint of the path it holds.
type receiver struct {
	table    *table
	params   wire.Params
	injector int // the number of the injector that this session is, -1 for a monitor

	last atomic.Int64 // unix nanoseconds of the last UPDATE that said something
	have atomic.Int64 // prefixes held

	mu    sync.Mutex
	held  []uint32 // 0: none
	tally tally
	attrs []byte
	watch func(prefix int) // called for each announcement, under mu

	stray func(wire.Prefix) bool // asked about an announcement of a prefix that is not of the table: whether it belongs there; under mu, nil: none does
}

// A tally counts what a receiver was told.
type tally struct {
	Messages   int `json:"messages"`   // UPDATEs
	Announced  int `json:"announced"`  // prefixes
	Withdrawn  int `json:"withdrawn"`  // prefixes
	Duplicates int `json:"duplicates"` // announced although held exactly so, or withdrawn although not held
	Strange    int `json:"strange"`    // prefixes that nobody announced, messages that cannot be read
}

func newReceiver(t *table, injector int) *receiver {
	return &receiver{table: t, injector: injector, held: make([]uint32, len(t.prefixes)),
		params: wire.Params{AS4: true, IPv4: true, IPv6: true}}
}

// update takes the body of one UPDATE.
func (r *receiver) update(body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	u, err := wire.ParseUpdate(body, &r.params)
	if err != nil || u.Err() != nil {
		r.tally.Strange++
		return
	}
	r.tally.Messages++
	told := 0
	for part := range u.Parts {
		print := uint32(0)
		if !part.Withdraw {
			r.attrs = u.AppendAttrs(r.attrs[:0], &part)
			print = fingerprint(r.attrs)
		}
		told += r.apply(part.NLRI, print)
	}
	if told > 0 {
		r.last.Store(time.Now().UnixNano())
	}
}

// apply notes that the prefixes are now held with print, 0 for not at all.
func (r *receiver) apply(list wire.NLRIs, print uint32) (told int) {
	for e, ok := list.Next(); ok; e, ok = list.Next() {
		i, known := r.table.find(e.Prefix)
		if !known && print != 0 && r.stray != nil && r.stray(e.Prefix) {
			continue
		}
		told++
		if !known {
			r.tally.Strange++
			continue
		}
		if r.held[i] == print {
			r.tally.Duplicates++
		}
		switch {
		case r.held[i] == 0 && print != 0:
			r.have.Add(1)
		case r.held[i] != 0 && print == 0:
			r.have.Add(-1)
		}
		r.held[i] = print
		if print == 0 {
			r.tally.Withdrawn++
			continue
		}
		r.tally.Announced++
		if r.watch != nil {
			r.watch(i)
		}
	}
	return told
}

// counts gives the tally so far.
func (r *receiver) counts() tally {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tally
}

// sub gives what came since before.
func (t tally) sub(before tally) tally {
	return tally{t.Messages - before.Messages, t.Announced - before.Announced, t.Withdrawn - before.Withdrawn,
		t.Duplicates - before.Duplicates, t.Strange - before.Strange}
}

// A verdict is how far a receiver's table is from what it should be.
type verdict struct {
	wrong int // prefixes held that should not be, lacking, or held with a path that is none of the best
	back  int // prefixes held that are best because of this session itself, which no router needs to be told (RFC 4271 9.1.3 leaves it open)
}

func (r *receiver) judge(e expectation) (v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, held := range r.held {
		right, back := r.right(held, e.best[e.of[i]])
		if !right {
			v.wrong++
		}
		if back {
			v.back++
		}
	}
	return v
}

func (r *receiver) right(held uint32, best []choice) (right, back bool) {
	nothing := len(best) == 0
	for _, c := range best {
		own := c.injector == r.injector
		if held == c.fingerprint {
			return true, own
		}
		nothing = nothing || own
	}
	return nothing && held == 0, false
}
