package fsm

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"bgpsh/wire"
)

// script drives one Peer by lines of text. The tables and the transcripts share it.
//
//	start | stop [TEXT] | reset [TEXT] | dialed N | failed N | accepted N | broken N | stalled N | heard N
//	open N [KEY=VALUE...] | keepalive N | update N | refresh N | notification N C/S | malformed N C/S
//	expire TIMER [N]   to the deadline of retry, idle, hold, keepalive or delay, with a Tick
//	wait D             time passes, and a Tick for each deadline on the way
//	pass D             time passes without a Tick
//	config KEY=VALUE...
type script struct {
	p   *Peer
	cfg Config
	now time.Time
}

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// baseConfig is the neighbor of the tables: we are AS 65001 with identifier 10.0.0.2, the peer is whoever it says.
func baseConfig() Config {
	return Config{
		LocalAS: 65001, RouterID: 0x0a000002, RemoteAS: RemoteAS{Kind: Auto},
		HoldTime: 90 * time.Second, Keepalive: 30 * time.Second, ConnectRetry: 30 * time.Second,
		IdleHold: time.Second, IdleHoldMax: 60 * time.Second, OpenHold: 240 * time.Second, SendHold: 480 * time.Second,
		Families: []wire.Family{wire.IPv4Unicast}, Caps: wire.Capabilities{RouteRefresh: true},
	}
}

func newScript(settings ...string) (*script, error) {
	s := &script{cfg: baseConfig(), now: epoch}
	if err := configure(&s.cfg, settings); err != nil {
		return nil, err
	}
	s.p = New(s.cfg)
	return s, nil
}

// configure applies KEY=VALUE settings; flags stand alone.
func configure(c *Config, settings []string) error {
	durations := map[string]*time.Duration{"hold": &c.HoldTime, "keepalive": &c.Keepalive, "retry": &c.ConnectRetry, "idle": &c.IdleHold,
		"idlemax": &c.IdleHoldMax, "delay": &c.DelayOpen, "openhold": &c.OpenHold, "sendhold": &c.SendHold, "minhold": &c.MinHoldTime}
	flags := map[string]*bool{"passive": &c.Passive, "flag": &c.CollisionEstablished, "stay": &c.RetryInConnect, "strict": &c.RoleStrict,
		"soft": &c.SoftReset}
	for _, s := range settings {
		key, value, _ := strings.Cut(s, "=")
		var err error
		switch {
		case durations[key] != nil:
			*durations[key], err = time.ParseDuration(value)
		case flags[key] != nil:
			*flags[key] = value != "off"
		case key == "as":
			c.LocalAS, err = number(value)
		case key == "id":
			c.RouterID, err = number(value)
		case key == "remoteid":
			c.RemoteID, err = number(value)
		case key == "role":
			c.HasRole = true
			var n uint32
			n, err = number(value)
			c.Role = uint8(n)
		case key == "remote":
			switch value {
			case "internal":
				c.RemoteAS = RemoteAS{Kind: Internal}
			case "external":
				c.RemoteAS = RemoteAS{Kind: External}
			case "auto":
				c.RemoteAS = RemoteAS{Kind: Auto}
			default:
				c.RemoteAS = RemoteAS{Kind: Exactly}
				c.RemoteAS.AS, err = number(value)
			}
		case key == "families":
			c.Families, err = families(value)
		case key == "nexthop6":
			c.Caps.ExtendedNextHop = []wire.ExtendedNextHop{{Family: wire.IPv4Unicast, NextHopAFI: 2}}
		case key == "addpath":
			c.Caps.AddPath = []wire.AddPath{{Family: wire.IPv4Unicast, Mode: wire.AddPathReceive}}
		case key == "gr": // its restart time, n where RFC 8538 is offered: "120", "120n"; "0" is a helper
			c.Caps.GracefulRestart, err = gracefulRestart(value, c.Families)
		case key == "idlejitter":
			c.IdleHoldJitter = Jitter{Min: 0.75, Max: 1}
		default:
			err = fmt.Errorf("unknown setting %q", s)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func gracefulRestart(value string, families []wire.Family) (*wire.GracefulRestart, error) {
	seconds, notifies := strings.CutSuffix(value, "n")
	n, err := number(seconds)
	g := &wire.GracefulRestart{Notification: notifies, Time: uint16(n)}
	if n > 0 {
		for _, f := range families {
			g.Families = append(g.Families, wire.RestartFamily{Family: f, Forwarding: true})
		}
	}
	return g, err
}

func number(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 0, 32)
	return uint32(n), err
}

func families(s string) ([]wire.Family, error) {
	var fs []wire.Family
	for _, w := range strings.Split(s, "+") {
		f, ok := map[string]wire.Family{"v4": wire.IPv4Unicast, "v6": wire.IPv6Unicast, "evpn": wire.NewFamily(25, 70)}[w]
		if !ok {
			return nil, fmt.Errorf("unknown family %q", w)
		}
		fs = append(fs, f)
	}
	return fs, nil
}

// peerOpen is the peer's OPEN: AS 65002 with a higher identifier than ours unless settings say else.
func peerOpen(settings []string) (*wire.Open, error) {
	c := baseConfig()
	c.LocalAS, c.RouterID = 65002, 0x0a000003
	var rest []string
	none := false
	for _, s := range settings {
		if s == "nomp" {
			none = true
			continue
		}
		rest = append(rest, s)
	}
	if err := configure(&c, rest); err != nil {
		return nil, err
	}
	p := New(c)
	o := p.localOpen()
	if none {
		o.Caps.Multiprotocol = nil
	}
	return o, nil
}

var timerNames = map[string]trigger{"retry": connectRetryExpires, "idle": idleHoldExpires, "hold": holdExpires, "keepalive": keepaliveExpires,
	"delay": delayOpenExpires}

var errNotRunning = errors.New("timer does not run")

// run performs one line and returns the actions.
func (s *script) run(line string) ([]Action, error) {
	words := strings.Fields(line)
	verb, args := words[0], words[1:]
	text := strings.TrimSpace(strings.TrimPrefix(line, verb))
	switch verb {
	case "start":
		return s.step(Event{Kind: ManualStart}), nil
	case "stop":
		return s.step(Event{Kind: ManualStop, Text: text}), nil
	case "reset":
		return s.step(Event{Kind: AdminReset, Text: text}), nil
	case "tick":
		return s.step(Event{Kind: Tick}), nil
	case "config":
		if err := configure(&s.cfg, args); err != nil {
			return nil, err
		}
		c := s.cfg
		return s.step(Event{Kind: Reconfigured, Config: &c}), nil
	case "wait", "pass":
		d, err := time.ParseDuration(text)
		if err != nil {
			return nil, err
		}
		return s.wait(d, verb == "wait"), nil
	case "expire":
		return s.expire(args)
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("%q needs a connection", line)
	}
	id, err := number(args[0])
	if err != nil {
		return nil, err
	}
	e := Event{Conn: ConnID(id)}
	if err := s.connEvent(&e, verb, args[1:]); err != nil {
		return nil, err
	}
	return s.step(e), nil
}

func (s *script) connEvent(e *Event, verb string, args []string) error {
	kinds := map[string]EventKind{"dialed": Dialed, "failed": DialFailed, "accepted": Accepted, "broken": Broken, "stalled": SendStalled,
		"heard": Activity}
	types := map[string]wire.Type{"open": wire.TypeOpen, "keepalive": wire.TypeKeepalive, "update": wire.TypeUpdate,
		"refresh": wire.TypeRouteRefresh, "notification": wire.TypeNotification, "malformed": wire.TypeUpdate}
	var err error
	switch {
	case verb == "accepted":
		if id := s.p.NextConn(); id != e.Conn {
			return fmt.Errorf("accepted %d, but the next connection is %d", e.Conn, id)
		}
		fallthrough
	case kinds[verb] != 0:
		e.Kind = kinds[verb]
		switch e.Kind {
		case DialFailed:
			e.Err = errors.New("connection refused")
		case Broken:
			e.Err = io.EOF
		case Activity:
			e.LastRead = s.now
		}
	case types[verb] != 0:
		e.Kind = Received
		e.Message.Type = types[verb]
		switch verb {
		case "open":
			e.Message.Open, err = peerOpen(args)
		case "notification", "malformed":
			var code, sub uint8
			if _, err = fmt.Sscanf(args[0], "%d/%d", &code, &sub); err != nil {
				return err
			}
			if verb == "notification" {
				e.Message.Notification = wire.Notification{Code: code, Subcode: sub}
			} else {
				e.Message.Err = &wire.Error{Code: code, Subcode: sub, Severity: wire.Reset, Text: "as the script says"}
			}
		}
	default:
		return fmt.Errorf("unknown command %q", verb)
	}
	return err
}

func (s *script) step(e Event) []Action {
	return append([]Action(nil), s.p.Step(s.now, e)...)
}

// wait lets time pass, with a Tick at each deadline where asked.
func (s *script) wait(d time.Duration, ticks bool) (out []Action) {
	end := s.now.Add(d)
	for at := s.p.Deadline(); ticks && !at.IsZero() && !at.After(end); at = s.p.Deadline() {
		s.now = at
		out = append(out, s.step(Event{Kind: Tick})...)
	}
	s.now = end
	return out
}

// expire goes to the deadline of one timer. Others that would fire before it are put off, so the table sees one event.
func (s *script) expire(args []string) ([]Action, error) {
	want, ok := timerNames[args[0]]
	if !ok {
		return nil, fmt.Errorf("unknown timer %q", args[0])
	}
	tm := map[trigger]*timer{connectRetryExpires: &s.p.connectRetry, idleHoldExpires: &s.p.idleHold}[want]
	if tm == nil && len(args) > 1 {
		id, err := number(args[1])
		if err != nil {
			return nil, err
		}
		if c := s.p.find(ConnID(id)); c != nil {
			tm = map[trigger]*timer{holdExpires: &c.hold, keepaliveExpires: &c.keepalive, delayOpenExpires: &c.delayOpen}[want]
		}
	}
	if tm == nil || !tm.running() {
		return nil, errNotRunning
	}
	for _, _, at := s.p.earliest(); at.Before(tm.at); _, _, at = s.p.earliest() {
		s.postpone(at, tm.at)
	}
	s.now = tm.at
	return s.step(Event{Kind: Tick}), nil
}

// postpone moves the timer due at one time behind another.
func (s *script) postpone(at, behind time.Time) {
	timers := []*timer{&s.p.connectRetry, &s.p.idleHold}
	for _, c := range s.p.conns {
		if c != nil {
			timers = append(timers, &c.hold, &c.keepalive, &c.delayOpen)
		}
	}
	for _, t := range timers {
		if t.at.Equal(at) {
			t.at = behind.Add(time.Second)
			return
		}
	}
}

// brief renders actions without notes on one line: "dial 1, close 2".
func brief(actions []Action) string {
	var parts []string
	for _, a := range actions {
		if a.Kind != ActionNote {
			parts = append(parts, actionText(a))
		}
	}
	return strings.Join(parts, ", ")
}

func actionText(a Action) string {
	switch a.Kind {
	case ActionSend:
		s := a.Type.String()
		if a.Type == wire.TypeNotification {
			n, _ := wire.ParseNotification(a.Bytes[wire.HeaderLen:])
			s = fmt.Sprintf("NOTIFICATION %d/%d", n.Code, n.Subcode)
			if len(n.Data) > 0 {
				s += fmt.Sprintf(" %x", n.Data)
			}
		}
		return fmt.Sprintf("%s>%d", s, a.Conn)
	case ActionDown:
		return fmt.Sprintf("down %d (%s)", a.Conn, a.Reason.Kind)
	}
	return fmt.Sprintf("%s %d", a.Kind, a.Conn)
}

// timersText renders the timers that run: "retry 30s, hold1 90s".
func timersText(p *Peer, now time.Time) string {
	var parts []string
	show := func(name string, t timer) {
		if t.running() {
			parts = append(parts, fmt.Sprintf("%s %v", name, t.at.Sub(now)))
		}
	}
	show("retry", p.connectRetry)
	show("idle", p.idleHold)
	for _, c := range p.conns {
		if c != nil {
			show(fmt.Sprintf("hold%d", c.id), c.hold)
			show(fmt.Sprintf("keepalive%d", c.id), c.keepalive)
			show(fmt.Sprintf("delay%d", c.id), c.delayOpen)
		}
	}
	return strings.Join(parts, ", ")
}

// mustRun runs lines separated by semicolons.
func mustRun(t *testing.T, s *script, lines string) (out []Action) {
	t.Helper()
	for _, line := range strings.Split(lines, ";") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		got, err := s.run(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, got...)
	}
	return out
}
