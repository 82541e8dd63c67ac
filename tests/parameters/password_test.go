package parameters

import (
	"fmt"
	"testing"

	"bgpsh/daemon/transport"
	"bgpsh/ipc/api"
)

// The password of a session is changed at one end, then at the other: a first one, another one, none. The session goes on,
// and so do its routes.
func TestPasswordLive(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	for i, line := range []string{"password first", "password second", "no password"} {
		for _, end := range []struct {
			r    *router
			as   string
			peer string
		}{{p.other, "65002", "10.0.0.1"}, {p.router, "65001", "10.0.0.2"}} {
			text := "neighbor " + end.peer + " " + line
			if line == "no password" {
				text = "no neighbor " + end.peer + " password"
			}
			answer := must[api.ApplyResult](end.r, api.ConfigApply, api.ApplyParams{Lines: []api.Line{{Text: "router bgp " + end.as}, {Text: text}}})
			if len(answer.Changes) != 1 || answer.Changes[0].Effect != api.EffectLive {
				t.Errorf("%q is answered with %+v", text, answer.Changes)
			}
		}
		network := fmt.Sprintf("192.0.2.%d/32", i)
		p.apply("address-family ipv4 unicast", "network "+network)
		p.until("a route came over after "+line, func() bool { _, ok := p.other.path(network); return ok })
		if n := p.neighbor(peer); n.Generation != p.before || n.Password == (line == "no password") {
			t.Errorf("after %s: generation %d, want %d; password %t", line, n.Generation, p.before, n.Password)
		}
	}
}

// A neighbor that takes a new password by beginning anew, as most do, ends the session with words that are signed with the old
// one. Its call ends the session, long before the hold time does.
func TestPasswordOfOneThatCallsAgain(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002, key: "old"}
	l := newLab(t, []*station{s}, "neighbor 10.0.0.2 password old")
	l.until("it is up", func() bool { return l.neighbor("10.0.0.2").State == api.Established })
	before := l.neighbor("10.0.0.2").Generation
	l.apply("neighbor 10.0.0.2 password new")
	if n := l.neighbor("10.0.0.2"); n.State != api.Established || n.Generation != before {
		t.Errorf("the change made it %s in generation %d", n.State, n.Generation)
	}
	s.rekey("new")
	l.established("10.0.0.2", before)
	if n := l.neighbor("10.0.0.2"); n.Connection == nil || n.Connection.Outgoing {
		t.Errorf("its own call is not the session: %+v", n.Connection)
	}
}

// rekey makes the station drop its session and call with another password.
func (s *station) rekey(key transport.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
	if s.conn != nil {
		s.conn.CloseNow()
	}
}
