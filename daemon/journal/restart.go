package journal

import (
	"time"

	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// Retaining records that the neighbor's routes of some families stay although its session ended, for the time given at first.
func (s *Session) Retaining(families []wire.Family, wait time.Duration) {
	names := ""
	for i, f := range families {
		if i > 0 {
			names += ", "
		}
		names += f.String()
	}
	s.j.emit(logline.Info, UnitSession, "the routes of "+s.who()+" stay, stale, until it is back",
		field("neighbor", s.neighbor), field("families", names), field("seconds", int(wait/time.Second)))
}

// Expired records that the time of kept routes is over: they leave, or with long are long-lived stale from now on.
func (s *Session) Expired(f wire.Family, long bool) {
	text := "the stale routes of " + s.who() + " leave: it has not sent them again in time"
	if long {
		text = "the stale routes of " + s.who() + " are long-lived stale from now on"
	}
	s.j.emit(logline.Info, UnitSession, text, field("neighbor", s.neighbor), field("family", f.String()))
}
