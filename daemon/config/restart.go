package config

import (
	"fmt"
	"time"

	"bgpsh/ipc/grammar"
)

// RestartMode says what graceful restart (RFC 4724) with a neighbor covers.
type RestartMode uint8

// The modes.
const (
	RestartHelper RestartMode = iota // routes of a neighbor that restarts are kept
	RestartFull                      // and the neighbor is asked to keep ours
	RestartOff                       // neither
)

// String is the word of the neighbor's statement.
func (m RestartMode) String() string {
	return [...]string{"graceful-restart-helper", "graceful-restart", "graceful-restart-disable"}[m]
}

// Restart is what the router's lines say of graceful restart; times in seconds.
type Restart struct {
	Mode         Opt[RestartMode]
	RestartTime  Opt[uint16] // that neighbors wait for us
	StalePath    Opt[uint16] // that a neighbor's routes stay at most until its End-of-RIB
	SelectDefer  Opt[uint16] // that we wait for all End-of-RIBs after a restart of our own
	RIBStale     Opt[uint16] // kept: of the kernel's table, which is not written
	LongLived    Opt[uint32] // stale time of RFC 9494
	Preserve     Opt[bool]   // we say that forwarding went on while we restarted
	Notification Opt[bool]   // RFC 8538: over a NOTIFICATION too
	DisableEOR   Opt[bool]   // no End-of-RIB is sent
	HardReset    Opt[bool]   // `clear` ends what is kept of the session too (RFC 8538)
}

// SessionRestart is graceful restart of one neighbor, resolved.
type SessionRestart struct {
	RestartMode    RestartMode
	RestartDefault bool // no line of the neighbor or its group says so: it is RouterMode
	RouterMode     RestartMode
	RestartTime    time.Duration
	StalePath      time.Duration
	LongLived      time.Duration // 0: off
	Preserve       bool
	Notification   bool
	NoEndOfRIB     bool
	SoftReset      bool
	SelectDefer    time.Duration
}

// The defaults are FRR's.
const (
	defaultRestart     = 120 * time.Second
	defaultStalePath   = 360 * time.Second
	defaultSelectDefer = 120 * time.Second
	longestStale       = 1<<24 - 1 // seconds that the capability of RFC 9494 can say
)

// resolveRestart fills in what the lines say of graceful restart.
func (s *Settings) resolveRestart(n, g *Neighbor, r *Router, d Defaults) {
	mode := n.RestartMode.Or(g.RestartMode)
	s.SessionRestart = SessionRestart{
		RestartMode: mode.Else(r.Restart.Mode.Value), RestartDefault: !mode.Set, RouterMode: r.Restart.Mode.Value,
		RestartTime:  pick(r.Restart.RestartTime, time.Second, defaultRestart),
		StalePath:    pick(r.Restart.StalePath, time.Second, defaultStalePath),
		LongLived:    time.Duration(min(r.Restart.LongLived.Value, longestStale)) * time.Second,
		Preserve:     r.Restart.Preserve.Else(d.PreserveForwarding),
		Notification: r.Restart.Notification.Else(true),
		NoEndOfRIB:   r.Restart.DisableEOR.Value,
		SoftReset:    !r.Restart.HardReset.Else(true),
		SelectDefer:  r.SelectDefer(),
	}
}

// SelectDefer is how long announcements wait after a restart for what other neighbors have to say.
func (r *Router) SelectDefer() time.Duration {
	return pick(r.Restart.SelectDefer, time.Second, defaultSelectDefer)
}

// Statements of graceful restart, in the order of printing.
var (
	restartStatements = []statement{
		restartTime("bgp.graceful-restart.stalepath-time", func(r *Router) *Opt[uint16] { return &r.Restart.StalePath }),
		nextSession(restartTime("bgp.graceful-restart.restart-time", func(r *Router) *Opt[uint16] { return &r.Restart.RestartTime })),
		nextSession(restartKnob("bgp.graceful-restart.notification", func(r *Router) *Opt[bool] { return &r.Restart.Notification }, on)),
		restartTime("bgp.graceful-restart.select-defer-time", func(r *Router) *Opt[uint16] { return &r.Restart.SelectDefer }),
		nextSession(restartModes("bgp.graceful-restart", RestartFull)),
		nextSession(restartModes("bgp.graceful-restart-disable", RestartOff)),
		nextSession(restartKnob("bgp.graceful-restart.preserve-fw-state", func(r *Router) *Opt[bool] { return &r.Restart.Preserve },
			func(d Defaults) bool { return d.PreserveForwarding })),
		restartKnob("bgp.graceful-restart.disable-eor", func(r *Router) *Opt[bool] { return &r.Restart.DisableEOR }, off),
		restartTime("bgp.graceful-restart.rib-stale-time", func(r *Router) *Opt[uint16] { return &r.Restart.RIBStale }),
		nextSession(routerValue("bgp.long-lived-graceful-restart", func(r *Router) *Opt[uint32] { return &r.Restart.LongLived },
			func(c grammar.Command) (uint32, error) { return c.Args.Uint32("seconds"), nil },
			func(c grammar.Command, v uint32) grammar.Command { return c.With("seconds", v) })),
		restartKnob("bgp.hard-administrative-reset", func(r *Router) *Opt[bool] { return &r.Restart.HardReset }, on),
	}
	neighborRestart = nextSession(option("neighbor.graceful-restart", func(n *Neighbor, _ int) *Opt[RestartMode] { return &n.RestartMode }, codec[RestartMode]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (RestartMode, error) {
			for _, m := range []RestartMode{RestartFull, RestartOff} {
				if c.Args.Text("what") == m.String() {
					return m, nil
				}
			}
			return RestartHelper, nil
		},
		write: func(c grammar.Command, m RestartMode) grammar.Command { return c.With("what", m.String()) },
	}))
)

// nextSession makes a statement say, where it is typed, that established sessions go on as they were agreed.
func nextSession(s statement) statement {
	say := func(do func(*edit, grammar.Command) error) func(*edit, grammar.Command) error {
		return func(e *edit, c grammar.Command) error {
			if err := do(e, c); err != nil {
				return err
			}
			if len(e.config.Router.Neighbors) > 0 && e.line.Number == 0 {
				e.say(Notice, "in force with the next session of each neighbor; clear bgp * begins one")
			}
			return nil
		}
	}
	s.set, s.unset = say(s.set), say(s.unset)
	return s
}

func restartTime(id string, find func(*Router) *Opt[uint16]) statement {
	return routerValue(id, find,
		func(c grammar.Command) (uint16, error) { return uint16(c.Args.Uint("seconds")), nil },
		func(c grammar.Command, v uint16) grammar.Command { return c.With("seconds", v) })
}

// restartKnob is a switch; what equals the profile's default does not print.
func restartKnob(id string, find func(*Router) *Opt[bool], def func(Defaults) bool) statement {
	turn := func(on bool) func(*edit, grammar.Command) error {
		return func(e *edit, _ grammar.Command) error {
			*find(e.config.Router) = Some(on)
			return nil
		}
	}
	return statement{id: id, set: turn(true), unset: turn(false), lines: func(v view) []grammar.Command {
		o := find(v.c.Router)
		return one(o.Set && o.Value != def(v.c.Profile.Defaults()), func() grammar.Command {
			return signed(grammar.Make(id, grammar.Router), o.Value)
		})
	}}
}

// restartModes is one of the two statements of the router that set its mode; the no form returns to the default.
func restartModes(id string, m RestartMode) statement {
	return statement{
		id: id,
		set: func(e *edit, _ grammar.Command) error {
			e.config.Router.Restart.Mode = Some(m)
			return nil
		},
		unset: func(e *edit, _ grammar.Command) error {
			if o := &e.config.Router.Restart.Mode; o.Value == m {
				*o = Opt[RestartMode]{}
			}
			return nil
		},
		lines: func(v view) []grammar.Command {
			o := v.c.Router.Restart.Mode
			return one(o.Set && o.Value == m, func() grammar.Command { return grammar.Make(id, grammar.Router) })
		},
	}
}

// restartFields go on with fields. What a session has agreed on holds until the next.
var restartFields = []field{
	{name: "graceful restart", text: func(s *Settings) string { return s.RestartMode.String() }, effect: always(None)},
	{name: "restart-time", text: duration(func(s *Settings) time.Duration { return s.RestartTime }), effect: always(None)},
	{name: "stalepath-time", text: duration(func(s *Settings) time.Duration { return s.StalePath }), effect: always(Live)},
	{name: "long-lived stale-time", text: func(s *Settings) string { return numberOrNone(uint64(s.LongLived / time.Second)) }, effect: always(None)},
	{name: "preserve-fw-state", text: func(s *Settings) string { return onOff(s.Preserve) }, effect: always(None)},
	{name: "graceful-restart notification", text: func(s *Settings) string { return onOff(s.Notification) }, effect: always(None)},
	{name: "disable-eor", text: func(s *Settings) string { return onOff(s.NoEndOfRIB) }, effect: always(Live)},
	{name: "hard-administrative-reset", text: func(s *Settings) string { return onOff(!s.SoftReset) }, effect: always(Live)},
}

// restartRouter compares what concerns the router alone.
func (d *differ) restartRouter(object string) {
	a, b := d.old.Router, d.new.Router
	d.value(object, "select-defer-time", None, fmt.Sprint(a.SelectDefer()), fmt.Sprint(b.SelectDefer()))
	d.value(object, "rib-stale-time", None, optionalNumber(a.Restart.RIBStale), optionalNumber(b.Restart.RIBStale))
}
