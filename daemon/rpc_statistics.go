package daemon

import (
	"context"
	"runtime"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/fault"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// scanPlaces is how many places of a table one question to the RIB looks at while it walks over the whole of it. Looking
// for the shorter prefixes that cover one costs about a microsecond.
const scanPlaces = 256

// scan walks over all destinations of a table in slices, each a question of its own, so that it holds nobody up.
func (d *Daemon) scan(ctx context.Context, f wire.Family, visit func(rib.Seen)) error {
	var scan *rib.Scan
	for done := false; !done; {
		err := d.loop.ask(ctx, func(r *rib.RIB) {
			if scan == nil {
				scan = r.Scan(f)
			}
			done = scan.Next(scanPlaces, visit)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Daemon) statistics(ctx context.Context, _ *ipc.Caller, p api.StatisticsParams) (api.Statistics, error) {
	out := api.Statistics{Tables: []api.TableStatistics{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	families, err := d.chosenFamilies(ctx, pub, p.Families)
	if err != nil {
		return out, err
	}
	for _, f := range families {
		row, err := d.tableStatistics(ctx, f)
		if err != nil {
			return out, err
		}
		out.Tables = append(out.Tables, row)
	}
	out.Sessions = pub.sessionStatistics()
	out.Faults = d.faultStatistics()
	out.Loop, err = d.loopStatistics(ctx)
	return out, err
}

// faultStatistics tells of the daemon's own faults.
func (d *Daemon) faultStatistics() api.FaultStatistics {
	out := api.FaultStatistics{Caught: []api.FaultCount{}, Last: []api.Fault{}, Stuck: []string{}, Reports: d.faults.Dir()}
	for place, n := range d.faults.Counts() {
		if n > 0 {
			out.Caught = append(out.Caught, api.FaultCount{Place: fault.Place(place).String(), Count: n})
		}
	}
	for _, b := range d.faults.Last() {
		out.Last = append(out.Last, api.Fault{At: b.At, Place: b.Place.String(), Subject: b.Subject, Doing: b.Doing, Cause: safeText(b.Cause), Report: b.Report})
	}
	count, longest, stuck := d.watchdog.stalled()
	out.Stalls, out.Longest, out.Stuck = count, longest.Milliseconds(), append(out.Stuck, stuck...)
	return out
}

// chosenFamilies are those asked for, or each that has an active neighbor or a route.
func (d *Daemon) chosenFamilies(ctx context.Context, pub *publication, asked []api.Family) (out []wire.Family, err error) {
	for _, name := range asked {
		f, err := familyOf(name)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	if len(asked) > 0 {
		return out, nil
	}
	err = d.loop.ask(ctx, func(r *rib.RIB) {
		for i, f := range config.Families {
			active := func(s *session) bool { return s.view.Load().setup.Families[i].Active }
			if r.Totals(f).Destinations > 0 || slices.ContainsFunc(pub.sessions, active) {
				out = append(out, f)
			}
		}
	})
	return out, err
}

// tableStatistics counts one table.
func (d *Daemon) tableStatistics(ctx context.Context, f wire.Family) (api.TableStatistics, error) {
	var s rib.Statistics
	if err := d.scan(ctx, f, s.Add); err != nil {
		return api.TableStatistics{}, err
	}
	out := api.TableStatistics{
		Family: apiFamily(f), Prefixes: s.Prefixes, Paths: s.Paths, Covered: s.Covered, Space: s.Space, Atomic: s.Atomic,
		Hops: s.Hops, MaxHops: s.MaxHops, PathBytes: s.Bytes, MaxBytes: s.MaxBytes, HighestASN: s.HighestASN,
		Lengths: []api.LengthCount{}, Refused: []api.RefusedCount{},
	}
	for length, n := range s.Lengths {
		if n > 0 {
			out.Lengths = append(out.Lengths, api.LengthCount{Length: length, Count: n})
		}
	}
	var refused [256]uint64
	pub := d.published()
	err := d.loop.ask(ctx, func(r *rib.RIB) {
		for _, s := range pub.sessions {
			if s.stream.peer == rib.Local {
				continue
			}
			for reason, n := range r.Counters(s.stream.peer, f).Refused {
				refused[reason] += uint64(n)
			}
		}
	})
	for reason, n := range refused {
		if n > 0 {
			out.Refused = append(out.Refused, api.RefusedCount{Reason: rib.Reason(reason).String(), Count: n})
		}
	}
	return out, err
}

// sessionStatistics adds up what the sessions count.
func (p *publication) sessionStatistics() (out api.SessionStatistics) {
	out.Configured = len(p.sessions)
	for _, s := range p.sessions {
		v, c := s.view.Load(), &s.counts
		if v.agreed != nil {
			out.Established++
			n, _ := v.link.ring.depth()
			out.QueueOut += uint64(n)
		}
		out.QueueIn += uint64(s.stream.waiting())
		in, sent := c.total()
		out.Ups, out.Downs = out.Ups+v.ups, out.Downs+v.downs
		out.MessagesIn, out.MessagesOut = out.MessagesIn+in, out.MessagesOut+sent
		out.UpdatesIn, out.UpdatesOut = out.UpdatesIn+c.in[wire.TypeUpdate].Load(), out.UpdatesOut+c.sentOf(wire.TypeUpdate)
		out.BytesIn, out.BytesOut = out.BytesIn+c.bytesIn.Load(), out.BytesOut+c.bytesOut.Load()
		out.TreatedWithdraw += c.withdrawn.Load()
		out.AttributeDiscard += c.discarded.Load()
		out.ResetsByUpdate += c.resets.Load()
		out.Unnegotiated += c.unnegotiated.Load()
		out.HoldExpired += v.counters.HoldExpirations
	}
	return out
}

// loopStatistics says what the RIB's loop did since the start, and what it has to do.
func (d *Daemon) loopStatistics(ctx context.Context) (out api.LoopStatistics, err error) {
	var s loopStatistics
	err = d.loop.ask(ctx, func(r *rib.RIB) {
		s = d.loop.watch.stats
		for i, f := range config.Families {
			row := api.LoopTableWork{Family: apiFamilies[i]}
			for _, g := range r.Groups(f) {
				row.Groups++
				row.Pending += uint64(g.Pending)
				for _, m := range g.Members {
					if m.Blocked {
						row.Blocked++
					}
				}
			}
			out.Tables = append(out.Tables, row)
		}
	})
	up := time.Since(d.started)
	out.UptimeMs, out.Turns, out.BusyMs, out.LongestUs = up.Milliseconds(), s.Turns, s.Busy.Milliseconds(), s.Longest.Microseconds()
	out.BusyShare = s.Busy.Seconds() / max(up.Seconds(), 1e-9)
	out.TurnLengths = s.Lengths[:]
	for p, phase := range s.Phases {
		out.Phases = append(out.Phases, api.LoopPhase{
			Name: loopPhase(p).String(), Units: phase.Units, TotalUs: phase.Time.Microseconds(), LongestUs: phase.Longest.Microseconds(),
		})
	}
	return out, err
}

func (d *Daemon) memory(ctx context.Context, _ *ipc.Caller, _ api.None) (api.Memory, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.Memory{}, err
	}
	out := api.Memory{Kinds: []api.MemoryKind{}, Sessions: len(pub.sessions), PeerGroups: len(pub.config.Router.Groups)}
	var use memoryUse
	err = d.loop.ask(ctx, func(r *rib.RIB) {
		use = d.loop.memory()
		for i, f := range config.Families {
			t := r.Totals(f)
			out.Routes, out.Paths = out.Routes+uint64(t.Destinations), out.Paths+uint64(t.Paths)
			out.Networks += len(pub.config.Router.Networks[i])
		}
	})
	out.Networks += int(d.controller.nRedistributed.Load())
	if err != nil {
		return out, err
	}
	use.measureProcess()
	for kind, size := range use.Kinds {
		out.Kinds = append(out.Kinds, api.MemoryKind{Kind: rib.Kind(kind).String(), Objects: size.Objects, Bytes: size.Bytes})
	}
	for _, s := range pub.sessions {
		items, bytes := s.log.Size()
		out.Kept, out.Journals = out.Kept+uint64(items), out.Journals+bytes
		if v := s.view.Load(); v.link != nil {
			n, _ := v.link.ring.depth()
			out.Queued += uint64(n)
		}
	}
	out.QueuedBytes = use.Queues
	out.HeapObjects, out.HeapUnused, out.HeapReleased = use.HeapObjects, use.HeapUnused, use.HeapReleased
	out.Stacks, out.Runtime, out.Resident = use.Stacks, use.Runtime, use.Resident
	out.Goroutines = runtime.NumGoroutine()
	return out, nil
}
