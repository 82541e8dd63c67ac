package daemon

import (
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// synced tells a session that its neighbor has sent the whole of its table of a family: End-of-RIB came, for the first time.
type synced struct {
	generation uint32
	family     wire.Family
}

// limits are how long the neighbor's routes may stay over the loss of its session.
func (c *setup) limits() fsm.Limits { return fsm.Limits{Stale: c.StalePath, LongLived: c.LongLived} }

// lose takes the neighbor's routes back after the session ended because of r, those of them that do not stay.
func (s *session) lose(now time.Time, r *fsm.Reason) {
	keep := s.retained.Lost(now, s.agreed, r, s.setup.limits())
	if len(keep) == 0 {
		s.stream.put(streamItem{kind: controlDown})
		return
	}
	s.stream.put(streamItem{kind: controlLose, families: keep})
	s.log.Retaining(keep, s.retained.Deadline().Sub(now))
	s.expire(now)
}

// resumed gives the families of the new session as the RIB needs them to go on with the routes that were kept.
func (s *session) resumed(n *fsm.Negotiated, families []rib.FamilySession) []rib.FamilySession {
	keep, families := s.retained.Back(n), slices.Clone(families)
	for i := range families {
		families[i].Keep = slices.Contains(keep, families[i].Family)
	}
	return families
}

// expire ends the keeping of routes whose time has come, or makes them long-lived.
func (s *session) expire(now time.Time) {
	for _, x := range s.retained.Tick(now) {
		kind := controlDrop
		if x.Age {
			kind = controlAge
		}
		s.stream.put(streamItem{kind: kind, family: x.Family})
		s.log.Expired(x.Family, x.Age)
	}
}

// forget takes back what is kept of a neighbor without a session.
func (s *session) forget() {
	if s.retained.Forget() && s.up == nil {
		s.stream.put(streamItem{kind: controlDown})
	}
}

// onSynced notes that a family is complete.
func (s *session) onSynced(m synced) {
	if s.up != nil && m.generation == s.routes.Generation {
		s.retained.Synced(m.family)
		s.whole[config.FamilyIndex(m.family)] = true
	}
}

// stranger reports that the neighbor is configured as another one than before, whose routes are not to stay.
func (c *setup) stranger(old *setup) bool {
	return c.RemoteAS != old.RemoteAS || c.LocalAS != old.LocalAS || c.RemoteID != old.RemoteID || c.Addr != old.Addr ||
		c.RestartMode == config.RestartOff
}

// parting is what ends the session when the daemon does: a Cease, or nothing where it restarts and the neighbor was asked to
// keep our routes meanwhile.
func (s *session) parting(m retire) fsm.Event {
	e := fsm.Event{Kind: fsm.ManualStop, Subcode: m.subcode, Text: m.text}
	if m.subcode == wire.CeaseAdminShutdown && s.restarting.Load() {
		e.Subcode, e.Text = wire.CeaseAdminReset, "bgpd restarts"
		e.Silent = s.agreed != nil && s.agreed.KeepsUs()
	}
	return e
}

// restartCapabilities are what the OPEN says of RFC 4724, 8538 and 9494.
func (c *setup) restartCapabilities(caps *wire.Capabilities) {
	if c.RestartMode == config.RestartOff {
		return
	}
	caps.GracefulRestart = &wire.GracefulRestart{Notification: c.Notification, Time: uint16(c.RestartTime / time.Second)}
	caps.HasLongLived = true // we know what a long-lived stale route is
	if c.RestartMode != config.RestartFull {
		return
	}
	for _, f := range c.activeFamilies() {
		caps.GracefulRestart.Families = append(caps.GracefulRestart.Families, wire.RestartFamily{Family: f, Forwarding: c.Preserve})
		if c.LongLived > 0 {
			caps.LongLived = append(caps.LongLived, wire.LongLivedFamily{Family: f, Forwarding: c.Preserve, Time: uint32(c.LongLived / time.Second)})
		}
	}
}

// machine is the configuration of the neighbor's machine under a setup: our OPENs say for a while that we restarted, as long as a
// neighbor may wait for us or we for neighbors.
func (s *session) machine(c *setup) fsm.Config {
	m := c.machine(s.rand)
	if c.RestartMode == config.RestartFull && !s.recovered() {
		m.Restarted = s.epoch.Add(c.RestartTime)
		if s.deferral.until.After(m.Restarted) {
			m.Restarted = s.deferral.until
		}
	}
	return m
}

// recovered reports that the neighbor has no more reason to know that we restarted: there was a session since, and we announce
// what we have. A neighbor that restarts itself would otherwise not wait for our routes (RFC 4724 4.2).
func (s *session) recovered() bool { return s.ups > 0 && !s.deferral.active() }

// judged is whose import policy judges the neighbor's routes: those of the session, or those that are kept of the one before.
func (s *session) judged() standing {
	if s.up != nil {
		return s.standing()
	}
	st := s.last
	st.setup, st.view = s.setup, s.kernel.View()
	return st
}

// rejudge has the routes judged again that are kept of a neighbor without a session, where the configuration changed.
func (s *session) rejudge() {
	if s.up == nil && len(s.retained.Kept()) > 0 {
		s.reimportChanged()
	}
}

// reimportChanged brings the import side up to date.
func (s *session) reimportChanged() {
	s.version++
	if im := s.judged().importer(s.version); !im.equal(s.imports.Load()) {
		s.imports.Store(im)
		s.stream.put(streamItem{kind: controlImport, imports: im})
	}
}
