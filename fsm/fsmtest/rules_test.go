package fsmtest

import (
	"strings"
	"testing"
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// up makes two routers whose session is established, with rules that have seen it come up. The machine of a, whose connection is
// the one it dialed, is then told lies about.
func up(t *testing.T) *End {
	t.Helper()
	n := New(1, nil)
	a, b := n.Router("a"), n.Router("b")
	c := fsm.Config{LocalAS: 65001, RouterID: 2, RemoteAS: fsm.RemoteAS{Kind: fsm.Auto}, HoldTime: 9 * time.Second, Keepalive: 3 * time.Second,
		ConnectRetry: 5 * time.Second, IdleHold: time.Second, IdleHoldMax: 8 * time.Second, Families: []wire.Family{wire.IPv4Unicast}}
	d := c
	d.LocalAS, d.RouterID, d.Passive = 65002, 1, true
	l := n.Connect(a, b, c, d, time.Millisecond, 2*time.Millisecond)
	l.Ends[1].Start()
	l.Ends[0].Start()
	n.Run(time.Second, l.Established)
	if n.Err() != nil || !l.Established() {
		t.Fatal("no session", n.Err())
	}
	return l.Ends[0]
}

func send(id fsm.ConnID, t wire.Type, b []byte) *fsm.Action {
	return &fsm.Action{Kind: fsm.ActionSend, Conn: id, Type: t, Bytes: b}
}

func notify(id fsm.ConnID, code, subcode uint8, data ...byte) *fsm.Action {
	return send(id, wire.TypeNotification, wire.AppendNotification(nil, wire.Notification{Code: code, Subcode: subcode, Data: data}))
}

// TestRulesCatch: each rule finds a machine that breaks it.
func TestRulesCatch(t *testing.T) {
	keepalive := func(id fsm.ConnID) *fsm.Action { return send(id, wire.TypeKeepalive, wire.AppendKeepalive(nil)) }
	open := func(id fsm.ConnID) *fsm.Action { return send(id, wire.TypeOpen, nil) }
	transition := func(from, to fsm.State) *fsm.Action {
		return &fsm.Action{Kind: fsm.ActionNote, Note: fsm.Note{Kind: fsm.NoteTransition, From: from, To: to}}
	}
	// second adds a connection to the rules' books, as if the machine had taken it.
	second := func(r *rules, inbound bool) *connRecord {
		r.open(77, inbound)
		c := r.find(77)
		c.openSent, c.pipe = true, 99
		return c
	}
	down := func(r *rules) {
		r.action(&fsm.Action{Kind: fsm.ActionDown, Conn: 1})
		r.find(1).kept = 0
	}
	for _, c := range []struct {
		rule string
		lie  func(r *rules)
	}{
		{"one session", func(r *rules) {
			r.action(&fsm.Action{Kind: fsm.ActionUp, Conn: 1, Negotiated: r.end.peer.Negotiated()})
		}},
		{"one session", func(r *rules) { r.action(&fsm.Action{Kind: fsm.ActionDown, Conn: 5}) }},
		{"one session", func(r *rules) { down(r); r.after(&fsm.Event{}) }},
		{"own connection", func(r *rules) { r.action(keepalive(5)) }},
		{"own connection", func(r *rules) {
			r.action(&fsm.Action{Kind: fsm.ActionClose, Conn: 1})
			r.action(keepalive(1))
		}},
		{"own connection", func(r *rules) {
			r.action(&fsm.Action{Kind: fsm.ActionClose, Conn: 1})
			r.action(&fsm.Action{Kind: fsm.ActionClose, Conn: 1})
		}},
		{"own connection", func(r *rules) {
			r.dialAt = -time.Hour
			r.action(&fsm.Action{Kind: fsm.ActionDial, Conn: 8})
			r.dialAt = -time.Hour
			r.action(&fsm.Action{Kind: fsm.ActionDial, Conn: 9})
		}},
		{"first message", func(r *rules) { r.action(open(1)) }},
		{"first message", func(r *rules) { r.action(send(1, wire.TypeUpdate, nil)) }},
		{"keepalive early", func(r *rules) { second(r, true); r.action(keepalive(77)) }},
		{"keepalive on loser", func(r *rules) {
			down(r)
			second(r, true).openSeen = true
			r.action(keepalive(77))
			r.action(notify(77, 6, 7))
		}},
		{"bring-up", func(r *rules) {
			r.find(1).kept = 1
			r.up = 0
			r.ups = 0
			r.action(&fsm.Action{Kind: fsm.ActionUp, Conn: 1, Negotiated: r.end.peer.Negotiated()})
		}},
		{"answer", func(r *rules) { r.notified(1); r.action(notify(1, 5, 3, 3)) }},
		{"winner", func(r *rules) {
			down(r)
			second(r, true).openSeen = true
			r.find(77).peerID, r.find(77).peerAS = 1, 65002
			r.action(notify(1, 6, 7)) // ours is the higher identifier, so what we dialed stays
		}},
		{"winner", func(r *rules) { // what the peer dialed would stay, but has not shown an OPEN
			down(r)
			second(r, true)
			r.find(1).peerID = 3
			r.action(notify(1, 6, 7))
		}},
		{"winner", func(r *rules) { second(r, true).openSeen = true; r.find(77).peerID = 3; r.action(notify(1, 6, 7)) }},
		{"cross kill", func(r *rules) {
			down(r)
			second(r, true)
			r.end.far.choices = append(r.end.far.choices, [2]int{99, r.find(1).pipe})
			r.action(notify(77, 6, 7))
		}},
		{"collision wait", func(r *rules) {
			down(r)
			r.find(1).openSeen = false
			c := second(r, true)
			c.openSeen, c.peerID, c.peerAS = true, 1, 65002
			r.waits()
			r.end.net.now += 11 * time.Second
			r.waits()
		}},
		{"third connection", func(r *rules) {
			r.before(&fsm.Event{Kind: fsm.Accepted, Conn: 9})
			r.action(notify(9, 6, 5)) // beside a session it is 6/7
		}},
		{"third connection", func(r *rules) { // the one that is there is mute
			down(r)
			second(r, true)
			r.before(&fsm.Event{Kind: fsm.Accepted, Conn: 9})
			r.action(notify(9, 6, 5))
		}},
		{"third connection", func(r *rules) { second(r, true); second(r, true); r.after(&fsm.Event{}) }},
		{"disabled", func(r *rules) { r.before(&fsm.Event{Kind: fsm.ManualStop}); r.after(&fsm.Event{Kind: fsm.ManualStop}) }},
		{"disabled", func(r *rules) { r.enabled = false; r.action(&fsm.Action{Kind: fsm.ActionDial, Conn: 9}) }},
		{"not stuck", func(r *rules) { // a machine that waits for a peer without being passive
			p := fsm.New(r.end.far.cfg)
			p.Step(epoch, fsm.Event{Kind: fsm.ManualStart})
			r.end.peer, r.up, r.state = p, 0, fsm.Active
			r.after(&fsm.Event{})
		}},
		{"hold", func(r *rules) { r.end.net.now += time.Second; r.action(notify(1, 4, 0)) }},
		{"hold", func(r *rules) { r.find(1).hold = 0; r.action(notify(1, 4, 0)) }},
		{"hold", func(r *rules) { r.end.net.now += 10 * time.Second; r.find(1).sent = r.now(); r.live() }},
		{"keepalive interval", func(r *rules) { r.end.net.now += 4 * time.Second; r.find(1).heard = r.now(); r.live() }},
		{"back-off", func(r *rules) {
			r.action(transition(fsm.Established, fsm.Idle))
			r.end.net.now += 500 * time.Millisecond
			r.action(transition(fsm.Idle, fsm.Connect))
		}},
		{"back-off", func(r *rules) { // the second failure in a row doubles
			r.failures = 1
			r.action(transition(fsm.Established, fsm.Idle))
			r.end.net.now += time.Second
			r.action(transition(fsm.Idle, fsm.Connect))
		}},
		{"dial rate", func(r *rules) { r.dialAt = r.now(); r.action(&fsm.Action{Kind: fsm.ActionDial, Conn: 9}) }},
		{"dial rate", func(r *rules) {
			r.was, r.refusals, r.refused = fsm.Active, 2, r.now()
			r.end.net.now += time.Second
			r.dialAt = -time.Hour
			r.action(&fsm.Action{Kind: fsm.ActionDial, Conn: 9})
		}},
		{"dial patience", func(r *rules) {
			r.dialing, r.dialAt, r.ticking, r.was = 9, r.now(), true, fsm.Connect
			r.end.net.now += time.Second
			r.action(&fsm.Action{Kind: fsm.ActionClose, Conn: 9})
		}},
		{"passive", func(r *rules) {
			r.end.cfg.Passive = true
			r.dialAt = -time.Hour
			r.action(&fsm.Action{Kind: fsm.ActionDial, Conn: 9})
		}},
		{"loss", func(r *rules) {
			r.before(&fsm.Event{Kind: fsm.Broken, Conn: 1})
			r.find(1).openSeen = false
			r.action(&fsm.Action{Kind: fsm.ActionClose, Conn: 1})
			r.state = fsm.Idle
			r.afterLoss(&fsm.Event{Kind: fsm.Broken, Conn: 1})
		}},
		{"state error", func(r *rules) { r.find(1).last = wire.TypeOpen; r.action(notify(1, 5, 1, 1)) }},
		{"state error", func(r *rules) { r.find(1).last = wire.TypeOpen; r.action(notify(1, 5, 3, 2)) }},
		{"states", func(r *rules) { r.action(transition(fsm.OpenSent, fsm.Idle)) }},
		{"states", func(r *rules) { r.action(transition(fsm.Established, fsm.ConnectionCollision)) }},
		{"states", func(r *rules) { r.state = fsm.OpenSent; r.after(&fsm.Event{}) }},
		{"counters", func(r *rules) { r.seen.Sent.Keepalive++; r.count() }},
	} {
		e := up(t)
		c.lie(&e.rules)
		if err := strings.Join(e.net.errs, "; "); !strings.Contains(err, `rule "`+c.rule+`"`) {
			t.Errorf("rule %q did not notice, but: %q", c.rule, err)
		}
	}
}

// TestRulesAccept: nothing is found where nothing is wrong.
func TestRulesAccept(t *testing.T) {
	e := up(t)
	e.net.Run(e.net.now+10*time.Minute, nil)
	if err := e.net.Err(); err != nil {
		t.Error(err)
	}
	if e.net.sessions != 2 {
		t.Errorf("%d sessions", e.net.sessions)
	}
}
