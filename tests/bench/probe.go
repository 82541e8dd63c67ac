package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"bgpsh/wire"
)

const (
	probeEvery    = 4 * time.Millisecond
	probePrefixes = 1024
	probeOctet    = 223 // what a table never begins with, see randomPrefix
	probeLimit    = 20 * time.Second
)

// A probe makes single changes while a daemon works on something else: a neighbor with prefixes of its own, a policy of its own and nothing
// that the work could change. Each change is timed twice, at the first monitor, which is told all that the work brings, and at a
// neighbor that is sent the probe's prefixes alone.
type probe struct {
	from, aside *speaker
	prefixes    map[wire.Prefix]int

	mu      sync.Mutex
	rounds  int // of changes to all prefixes
	next    int // prefix
	changes [probePrefixes]probeChange
	took    [2][]probed // at the monitor, aside
	arrived chan struct{}
}

// A probeChange is the last one of a prefix.
type probeChange struct {
	sent    time.Time
	waiting [2]bool // the receivers that have not been told of it
}

// probed is one change: when it was sent, and how long after it was there.
type probed struct {
	sent time.Time
	took time.Duration
}

// probePlace names a receiver of a probe: 0 the monitor, 1 the one aside.
type probePlace int

// newProbe sets up the probe's neighbors of a scene, the last two.
func (sc *scene) newProbe() *probe {
	p := &probe{prefixes: map[wire.Prefix]int{}, arrived: make(chan struct{}, 1)}
	for i := range probePrefixes {
		p.prefixes[probePrefix(i)] = i
	}
	speak := func(n neighbor) *speaker {
		return &speaker{as: n.as, local: n.addr, hold: uint16(sc.setup.hold), failed: sc.broken}
	}
	list := sc.setup.neighbors
	p.from, p.aside = speak(list[len(list)-2]), speak(list[len(list)-1])
	p.aside.receiver = newReceiver(emptyTable(sc.table.family, 0), -1)
	for place, r := range []*receiver{sc.monitors[0].receiver, p.aside.receiver} {
		r.stray = func(prefix wire.Prefix) bool { return p.told(probePlace(place), prefix, time.Now()) }
	}
	return p
}

func probePrefix(i int) wire.Prefix {
	return wire.Prefix{Hi: probeOctet<<56 | uint64(i)<<40, Len: 24}
}

// told notes that a receiver was told of a prefix, and reports whether that is one of the probe's.
func (p *probe) told(place probePlace, prefix wire.Prefix, now time.Time) bool {
	i, mine := p.prefixes[prefix]
	if !mine {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if c := &p.changes[i]; c.waiting[place] {
		c.waiting[place] = false
		p.took[place] = append(p.took[place], probed{c.sent, now.Sub(c.sent)})
	}
	select {
	case p.arrived <- struct{}{}:
	default:
	}
	return true
}

// change sends one change; false when every prefix has one under way.
func (p *probe) change(now time.Time) (bool, error) {
	p.mu.Lock()
	i, free := p.next, false
	for range probePrefixes {
		if free = p.changes[i].waiting == [2]bool{}; free {
			break
		}
		i = (i + 1) % probePrefixes
	}
	if !free {
		p.mu.Unlock()
		return false, nil
	}
	p.changes[i] = probeChange{now, [2]bool{true, true}}
	if p.next = (i + 1) % probePrefixes; p.next == 0 {
		p.rounds++
	}
	version := uint32(p.rounds)
	p.mu.Unlock()
	var e wire.Editor
	e.SetOrigin(wire.OriginIGP)
	e.PrependAS(p.from.as, 1)
	e.SetNextHop(p.from.local)
	e.AddCommunity(p.from.as<<16 | version&0xffff)
	b, _ := wire.AppendReach(nil, e.Attrs(), wire.IPv4Unicast, []wire.NLRI{{Prefix: probePrefix(i)}}, &wire.Encoding{AS4: true})
	return true, p.from.send(b)
}

// waiting is how many changes have not arrived everywhere.
func (p *probe) waiting() (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.changes {
		if p.changes[i].waiting != [2]bool{} {
			n++
		}
	}
	return n
}

// settle waits until every change has arrived.
func (p *probe) settle(ctx context.Context) error {
	for limit := time.After(probeLimit); p.waiting() > 0; {
		select {
		case <-p.arrived:
		case <-limit:
			return fmt.Errorf("%d changes of the probe have not arrived after %v", p.waiting(), probeLimit)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// begin announces all of the probe's prefixes and waits until they are there; what comes later is a change.
func (p *probe) begin(ctx context.Context) error {
	for range probePrefixes {
		if _, err := p.change(time.Now()); err != nil {
			return err
		}
	}
	return p.settle(ctx)
}

// run makes changes until it is ended.
func (p *probe) run(ctx context.Context) (end func() error) {
	stop, done := make(chan struct{}), make(chan error, 1)
	go func() {
		tick := time.NewTicker(probeEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-stop:
				done <- nil
				return
			}
			if _, err := p.change(time.Now()); err != nil {
				done <- err
				return
			}
		}
	}()
	return func() error {
		close(stop)
		return errors.Join(<-done, p.settle(ctx))
	}
}

// between gives how long the changes took that were sent between two times.
func (p *probe) between(place probePlace, from, to time.Time) (list []time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.took[place] {
		if !x.sent.Before(from) && !x.sent.After(to) {
			list = append(list, x.took)
		}
	}
	return list
}

// probed measures a step with the probe beside it, and emits what the probe saw at each of its receivers while the step lasted.
func (sc *scene) probed(ctx context.Context, name string, step func() (record, error)) (record, error) {
	sc.lively = true
	end := sc.probe.run(ctx)
	r, err := step()
	sc.lively = false
	if err = errors.Join(err, end()); err != nil {
		return r, err
	}
	until := r.start.Add(time.Duration(r.Seconds * float64(time.Second)))
	for place, suffix := range []string{" probed", " aside"} {
		x := sc.record(name + suffix)
		x.times(sc.probe.between(probePlace(place), r.start, until))
		x.OK = x.Count > 0
		err = errors.Join(err, sc.emit(x))
	}
	return r, err
}
