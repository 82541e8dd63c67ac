package daemon

import (
	"testing"
	"time"

	"bgpsh/wire"
)

// With a restart time the session over its limit is tried again by itself, and not before.
func TestMaximumPrefixRestarts(t *testing.T) {
	for seed := range uint64(5) {
		s, a, b := pair(seed)
		a.configure("router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.2 maximum-prefix 1 restart 2")
		b.configure("router bgp 65002", "address-family ipv4 unicast", "network 192.0.2.160/27")
		downs := func(n uint64) func() bool {
			return func() bool { return len(a.sessions) > 0 && a.sessions[0].downs == n }
		}
		if !s.run(time.Minute, downs(1)) {
			t.Fatalf("seed %d: the session went on:\n%s", seed, s.text())
		}
		began := s.now
		if s.run(119*time.Second, downs(2)) {
			t.Errorf("seed %d: back after %v", seed, s.now.Sub(began))
		}
		if !s.run(30*time.Second, downs(2)) {
			t.Errorf("seed %d: not tried again:\n%s", seed, s.text())
		}
		if b.has(`192.0.2.128/25 via ""`) || !a.has(`192.0.2.0/25 via ""`) {
			t.Errorf("seed %d: a has %v", seed, a.table())
		}
	}
}

// Without a restart time it stays down, and without a limit it comes back at once.
func TestMaximumPrefixStaysDown(t *testing.T) {
	for _, then := range []string{"", "no neighbor 10.0.0.2 maximum-prefix 1 restart 2"} {
		s, a, b := pair(1)
		line := "neighbor 10.0.0.2 maximum-prefix 1"
		if then != "" {
			line += " restart 2"
		}
		a.configure("router bgp 65001", "address-family ipv4 unicast", line)
		b.configure("router bgp 65002", "address-family ipv4 unicast", "network 192.0.2.160/27")
		if !s.run(time.Minute, func() bool { return len(a.sessions) > 0 && a.sessions[0].downs == 1 }) {
			t.Fatalf("the session went on:\n%s", s.text())
		}
		if then == "" {
			if s.run(10*time.Minute, func() bool { return a.sessions[0].up != nil || a.sessions[0].downs > 1 }) {
				t.Error("tried again")
			}
			continue
		}
		a.configure("router bgp 65001", "address-family ipv4 unicast", then)
		if !s.run(time.Minute, func() bool { return a.sessions[0].up != nil && len(a.table()) > 2 }) || a.sessions[0].downs != 1 {
			t.Errorf("without a limit:\n%s", s.text())
		}
	}
}

// Messages without end hold up no timer: KEEPALIVEs go out on time.
func TestTimersUnderAFloodOfMessages(t *testing.T) {
	s, a, b := pair(1)
	if !s.run(time.Minute, func() bool { return a.sessions[0].up != nil && b.sessions[0].up != nil }) {
		t.Fatal(s.text())
	}
	p := a.sessions[0]
	sent := p.counts.out[wire.TypeKeepalive].Load()
	for range 300 {
		p.inbox.post(linksChanged{})
		p.inbox.post(linksChanged{}) // one more than is taken
		s.now = s.now.Add(time.Second)
		p.up.lastRead.Store(p.nanos(s.now)) // the neighbor talks
		if !p.round(s.now) {
			t.Fatal("no message waits")
		}
	}
	if n := p.counts.out[wire.TypeKeepalive].Load() - sent; n < 4 {
		t.Errorf("%d KEEPALIVEs in 300 s", n)
	}
}
