package daemon

import (
	"encoding/binary"
	"fmt"
	"time"

	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// limitReached tells a session that its neighbor's prefixes passed a bound of maximum-prefix.
type limitReached struct {
	generation uint32
	family     wire.Family
	limit      rib.PrefixLimit
	event      rib.LimitEvent
	count      uint32
}

// overLimit is why a session stays down: it had more prefixes than maximum-prefix allows, or took longer for a round trip than
// `shutdown rtt` does.
type overLimit struct {
	rtt        time.Duration // not 0: the round trip, and max is in milliseconds
	family     wire.Family
	count, max uint32
	until      time.Time // the session is tried again; zero: not by itself
}

// limited passes on what the RIB says of a limit. A session that is over its maximum leaves the RIB with endOver, before the
// next turn tells anybody of its routes.
func (l *ribLoop) limited(p rib.PeerID, f wire.Family, limit rib.PrefixLimit, e rib.LimitEvent, n uint32) {
	s := l.streams[p]
	if s == nil {
		return
	}
	s.post(limitReached{generation: s.era, family: f, limit: limit, event: e, count: n})
	if e == rib.PastMax && !limit.WarnOnly {
		l.over = append(l.over, p)
	}
}

// endOver takes the routes of neighbors over their maximum back; the session, which was told, ends in its own time.
func (l *ribLoop) endOver() {
	for _, p := range l.over {
		delete(l.rings, p)
		l.rib.Down(p)
	}
	l.over = l.over[:0]
}

// onLimit warns of too many prefixes and ends the session where that is configured.
func (s *session) onLimit(now time.Time, m limitReached) {
	if s.up == nil || m.generation != s.routes.Generation {
		return
	}
	if m.event == rib.PastWarning {
		s.log.MaxPrefix(m.family, uint64(m.count), uint64(m.limit.Max))
		return
	}
	s.log.MaxPrefixExceeded(m.family, uint64(m.count), uint64(m.limit.Max))
	if m.limit.WarnOnly {
		return
	}
	s.over = &overLimit{family: m.family, count: m.count, max: m.limit.Max}
	if wait := s.setup.restartAfter(m.family); wait > 0 {
		s.over.until = now.Add(wait)
	}
	s.started = false
	data := binary.BigEndian.AppendUint16(nil, m.family.AFI())
	data = binary.BigEndian.AppendUint32(append(data, m.family.SAFI()), m.limit.Max) // RFC 4486 4
	s.feed(now, fsm.Event{Kind: fsm.ManualStop, Subcode: wire.CeaseMaxPrefix, Data: data})
}

// gaugeRTT ends the session when its round trip was too long at as many KEEPALIVEs in a row as `shutdown rtt` says. It stays
// down until somebody clears it: the path would be as long again.
func (s *session) gaugeRTT(now time.Time) {
	limit := s.setup.RTTLimit
	if limit.Milliseconds == 0 || s.up == nil {
		return
	}
	rtt := s.up.conn.RTT()
	if rtt <= time.Duration(limit.Milliseconds)*time.Millisecond {
		s.slow = 0
		return
	}
	if s.slow++; s.slow < int(limit.Count) {
		return
	}
	s.slow, s.started = 0, false
	s.over = &overLimit{rtt: rtt, max: uint32(limit.Milliseconds)}
	s.feed(now, fsm.Event{Kind: fsm.ManualStop, Text: fmt.Sprintf("shutdown due to high round-trip-time (%d ms > %d ms)", rtt.Milliseconds(), limit.Milliseconds)})
}

// restartAfter is the restart time of maximum-prefix in a family, 0 for none.
func (c *setup) restartAfter(f wire.Family) time.Duration {
	for i := range c.Families {
		if c.Families[i].Family == f {
			return time.Duration(c.Families[i].MaxPrefix.Restart) * time.Minute
		}
	}
	return 0
}

// resume tries a session again that was over its limit, or held down after a fault.
func (s *session) resume(now time.Time) {
	s.over, s.hold = nil, nil
	s.cause.clear()
	if s.setup.wanted() {
		s.started = true
		s.feed(now, fsm.Event{Kind: fsm.ManualStart})
	}
}

// overUntil is when a session over its limit is tried again, zero for never.
func (s *session) overUntil() time.Time {
	if s.over == nil {
		return time.Time{}
	}
	return s.over.until
}

// resumeDue tries again when the restart time of maximum-prefix, or the hold after a fault, is over.
func (s *session) resumeDue(now time.Time) {
	for _, until := range []time.Time{s.overUntil(), s.holdUntil()} {
		if !until.IsZero() && !until.After(now) {
			s.resume(now)
		}
	}
}
