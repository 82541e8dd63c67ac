package daemon

import (
	"context"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// tableFacts are what one bounded question to the RIB tells of all tables and neighbors.
type tableFacts struct {
	totals   [2]rib.Totals
	counters map[*session][2]rib.Counters
	bytes    uint64
	opening  *api.Opening
}

// facts asks the RIB about the sessions.
func (d *Daemon) facts(ctx context.Context, sessions []*session) (tableFacts, error) {
	t := tableFacts{counters: map[*session][2]rib.Counters{}}
	err := d.loop.ask(ctx, func(r *rib.RIB) {
		for i, f := range config.Families {
			t.totals[i] = r.Totals(f)
		}
		for _, s := range sessions {
			if s.stream.peer == rib.Local {
				continue
			}
			var c [2]rib.Counters
			for i, f := range config.Families {
				c[i] = r.Counters(s.stream.peer, f)
			}
			t.counters[s] = c
		}
		for _, size := range r.Sizes() {
			t.bytes += size.Bytes
		}
		t.opening = d.loop.opening.describe(time.Now())
	})
	return t, err
}

func (d *Daemon) summary(ctx context.Context, _ *ipc.Caller, p api.SummaryParams) (api.Summary, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.Summary{}, err
	}
	for _, f := range p.Families {
		if _, err := familyOf(f); err != nil {
			return api.Summary{}, err
		}
	}
	t, err := d.facts(ctx, pub.sessions)
	if err != nil {
		return api.Summary{}, err
	}
	best := pub.config.BestPath()
	out := api.Summary{
		Opening: t.opening, MaxMED: pub.config.Router.MaxMED.Set,
		RouterID: addr4(pub.identity.routerID), AS: pub.config.Router.AS, ASNotation: pub.notation(), Families: []api.FamilySummary{},
		BestPath: api.BestPath{
			AlwaysCompareMED: best.AlwaysCompareMED, DeterministicMED: best.DeterministicMED,
			MissingMEDWorst: best.MissingMEDWorst, IgnoreASPath: best.IgnoreASPath, CompareRouterID: best.CompareRouterID,
			MultipathRelax: pub.config.Multipath(0).Relax, PeerTypeRelax: pub.config.Multipath(0).Mixed,
		},
	}
	for i := range config.Families {
		row := d.familySummary(pub, &t, i, time.Now())
		shown := len(row.Peers) > 0 || row.Paths > 0
		if asked := len(p.Families) > 0; asked {
			shown = slices.Contains(p.Families, apiFamilies[i])
		}
		if shown {
			out.Families = append(out.Families, row)
		}
	}
	return out, nil
}

func (d *Daemon) familySummary(pub *publication, t *tableFacts, i int, now time.Time) api.FamilySummary {
	totals := t.totals[i]
	out := api.FamilySummary{
		DynamicLimit: pub.config.Router.DynamicLimit(),
		Family:       apiFamilies[i], TableVersion: totals.Version, Destinations: uint64(totals.Routed),
		Paths: uint64(totals.Usable), TableMemory: t.bytes, Groups: len(pub.config.Router.Groups),
		GroupMemory: uint64(len(pub.config.Router.Groups)) * groupBytes,
		Peers:       []api.PeerSummary{},
	}
	waiting := []string{}
	for _, s := range pub.sessions {
		v := s.view.Load()
		if !v.setup.Families[i].Active {
			continue
		}
		if v.awaited(i) {
			waiting = append(waiting, s.name)
		}
		out.PeerMemory += sessionBytes
		out.Peers = append(out.Peers, s.summary(v, t.counters[s][i], i, totals.Version, now))
	}
	if left := d.controller.deferral.left(i, now); left != nil {
		out.Deferral = &api.Deferral{LeftMs: *left, Waiting: waiting}
	}
	return out
}

// What one session and one peer-group take at rest, for the summary's memory figures.
const (
	sessionBytes = 24 << 10
	groupBytes   = 1 << 10
)

// summary is one neighbor's row in the family of index i.
func (s *session) summary(v *view, c rib.Counters, i int, version uint64, now time.Time) api.PeerSummary {
	in, out := s.counts.total()
	row := api.PeerSummary{
		PeerRef: v.ref(), Description: v.setup.Description, RemoteAS: v.remoteAS(), LocalAS: v.setup.LocalAS,
		Internal: v.internal(), MessagesIn: in, MessagesOut: out,
		State: v.state(), Detail: v.machine.State.String(), SinceMs: v.age(now), EstablishedAt: v.machine.Established,
		Received: uint64(c.Received), Accepted: uint64(c.Accepted), Sent: uint64(c.Sent),
		Negotiated: v.negotiated(config.Families[i]), DenyIn: v.deny[i].in, DenyOut: v.deny[i].out,
		AdminDown: v.setup.Shutdown, OverLimit: v.over,
		HeldBack: len(v.setup.Held) > 0, Passive: v.setup.Passive, Ups: v.ups, Downs: v.downs,
		Generation: uint32(v.ups), LastReset: v.lastReset(now), Down: v.downNow(now),
	}
	if row.Address.Is6() && row.Address.IsLinkLocalUnicast() {
		row.ScopeID = s.kernel.View().ScopeID(row.Interface)
	}
	if v.agreed != nil && !c.Pending {
		row.TableVersion = version
	}
	if v.agreed != nil {
		row.SoftwareVersion = v.agreed.PeerOpen.Caps.SoftwareVersion
		n, _ := v.link.ring.depth()
		row.QueueOut = uint64(n)
		row.QueueIn = uint64(s.stream.waiting())
	}
	return row
}

// ref identifies the neighbor.
func (v *view) ref() api.PeerRef {
	c := v.setup
	r := api.PeerRef{Dynamic: c.listenRange.IsValid(), Name: c.Name, Address: c.Addr, Interface: c.Interface}
	r.Unnumbered = !c.Addr.IsValid() && c.Interface != ""
	if v.hello != nil && v.hello.Caps.FQDN != nil {
		r.Hostname, r.Domainname = safeText(v.hello.Caps.FQDN.Host), safeText(v.hello.Caps.FQDN.Domain)
		r.ShowName = c.ShowHostname && r.Hostname != ""
	}
	return r
}

func (v *view) remoteAS() uint32 {
	if v.agreed != nil {
		return v.agreed.RemoteAS
	}
	switch c := v.setup; {
	case c.RemoteAS.Kind == config.Exactly:
		return c.RemoteAS.AS
	case c.RemoteAS.Kind == config.Internal:
		return c.LocalAS
	}
	return 0
}

func (v *view) internal() bool {
	if v.agreed != nil {
		return v.agreed.Internal
	}
	return v.setup.Internal()
}

// state is the state in FRR's words. Ours stays in Connect between two dials, where FRR is Active.
func (v *view) state() api.State {
	if v.machine.State == fsm.Connect && !v.machine.Dialing {
		return api.Active
	}
	return api.State(v.machine.State.CamelCase())
}

// age is how long the session has been up, or down since the last one; nil: never up.
func (v *view) age(now time.Time) *int64 {
	if v.since.IsZero() {
		return nil
	}
	return ms(now.Sub(v.since))
}

func (v *view) negotiated(f wire.Family) bool {
	return v.agreed != nil && slices.Contains(v.agreed.Families, f)
}

func (v *view) lastReset(now time.Time) *api.Reset {
	if v.reset == nil {
		return nil
	}
	r := *v.reset
	r.AgoMs = max(now.Sub(r.At).Milliseconds(), 0)
	return &r
}

// downNow is why the neighbor is down, with its times as of now.
func (v *view) downNow(now time.Time) *api.Down {
	if v.down == nil {
		return nil
	}
	d := *v.down
	passed := now.Sub(v.at)
	if d.LastMs != nil {
		d.LastMs = ms(time.Duration(*d.LastMs)*time.Millisecond + passed)
	}
	if d.NextMs != nil {
		d.NextMs = ms(time.Duration(*d.NextMs)*time.Millisecond - passed)
	}
	return &d
}
