package daemon

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A rawPeer is the other end of a session, spoken byte by byte.
type rawPeer struct {
	t    *testing.T
	conn transport.Conn
}

// rawSession brings a session up with the daemon at 10.0.0.1, which must be a passive neighbor of AS 65002. It agrees on
// IPv4 unicast, four-octet AS numbers and nothing else.
func rawSession(t *testing.T, m *transport.MemNetwork) *rawPeer {
	t.Helper()
	conn, err := m.Node("b").Dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return rawOpen(t, conn)
}

// rawOpen brings the session of rawSession up on a connection.
func rawOpen(t *testing.T, conn transport.Conn) *rawPeer {
	t.Helper()
	p := &rawPeer{t, conn}
	p.send(wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: 65002, HoldTime: 90, ID: 0x0a000002,
		Caps: wire.Capabilities{Multiprotocol: []wire.Family{wire.IPv4Unicast}, HasAS4: true, AS4: 65002}}))
	p.expect(wire.TypeOpen)
	p.send(wire.AppendKeepalive(nil))
	p.expect(wire.TypeKeepalive)
	return p
}

func (p *rawPeer) send(b []byte) {
	p.t.Helper()
	v := net.Buffers{b}
	if _, err := p.conn.WriteBuffers(&v); err != nil {
		p.t.Fatal("the daemon takes nothing more: ", err)
	}
}

// read gives the next message.
func (p *rawPeer) read() (wire.Type, []byte) {
	p.t.Helper()
	head := make([]byte, wire.HeaderLen)
	if _, err := io.ReadFull(p.conn, head); err != nil {
		p.t.Fatal("instead of a message: ", err)
	}
	body := make([]byte, int(head[16])<<8+int(head[17])-wire.HeaderLen)
	if _, err := io.ReadFull(p.conn, body); err != nil {
		p.t.Fatal("instead of the rest of a message: ", err)
	}
	return wire.Type(head[18]), body
}

// expect reads until a message of that type.
func (p *rawPeer) expect(want wire.Type) []byte {
	p.t.Helper()
	for {
		switch got, body := p.read(); {
		case got == want:
			return body
		case got == wire.TypeNotification:
			p.t.Fatalf("instead of message type %d a NOTIFICATION % x", want, body)
		}
	}
}

// announce sends 198.51.100.0/24 with these attributes.
func (p *rawPeer) announce(attrs ...byte) {
	p.t.Helper()
	body := append([]byte{0, 0, 0, byte(len(attrs))}, attrs...)
	p.message(wire.TypeUpdate, append(body, 24, 198, 51, 100))
}

func (p *rawPeer) message(t wire.Type, body []byte) {
	p.t.Helper()
	b := make([]byte, 0, 128)
	for range 16 {
		b = append(b, 0xff)
	}
	n := wire.HeaderLen + len(body)
	p.send(append(append(b, byte(n>>8), byte(n), byte(t)), body...))
}

var (
	originIGP = []byte{0x40, 1, 1, 0}
	path65002 = []byte{0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xea}
	hopOfPeer = []byte{0x40, 3, 4, 10, 0, 0, 2}
)

func attrs(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

func passiveA(t *testing.T, m *transport.MemNetwork, more ...string) *running {
	return start(t, Config{Network: m.Node("a"), Kernel: eth("10.0.0.1/24")}, append([]string{
		"router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 passive",
		"address-family ipv4 unicast", "neighbor 10.0.0.2 allow any in", "neighbor 10.0.0.2 allow any out",
		"exit-address-family"}, more...)...)
}

// waitReason waits until the one path of 198.51.100.0/24 is refused for that reason; 0: accepted, -1: there is none.
func (r *running) waitReason(want int) {
	r.t.Helper()
	r.until("the path's reason", func(table *rib.RIB) bool {
		v, ok := table.Lookup(wire.IPv4Unicast, netip.MustParsePrefix("198.51.100.0/24"))
		return ok && int(v.Paths[0].Reason) == want || !ok && want < 0
	})
}

func TestImportChecks(t *testing.T) {
	rows := []struct {
		name  string
		attrs []byte
		want  rib.Reason
	}{
		{"good", attrs(originIGP, path65002, hopOfPeer), 0},
		{"own AS", attrs(originIGP, []byte{0x40, 2, 10, 2, 2, 0, 0, 0xfd, 0xea, 0, 0, 0xfd, 0xe9}, hopOfPeer), rib.ASLoop},
		{"first AS", attrs(originIGP, []byte{0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xeb}, hopOfPeer), rib.FirstAS},
		{"own next hop", attrs(originIGP, path65002, []byte{0x40, 3, 4, 10, 0, 0, 1}), rib.NextHop},
		{"loopback next hop", attrs(originIGP, path65002, []byte{0x40, 3, 4, 127, 0, 0, 1}), rib.NextHop},
		{"multicast next hop", attrs(originIGP, path65002, []byte{0x40, 3, 4, 224, 0, 0, 1}), rib.Malformed},
		{"bad origin", attrs([]byte{0x40, 1, 1, 9}, path65002, hopOfPeer), rib.Malformed},
		{"no origin", attrs(path65002, hopOfPeer), rib.Malformed},
		{"short next hop", attrs(originIGP, path65002, []byte{0x40, 3, 3, 10, 0, 0}), rib.Malformed},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := memPair()
				a := passiveA(t, m)
				defer a.end()
				p := rawSession(t, m)
				defer p.conn.Close()
				p.announce(attrs(originIGP, path65002, hopOfPeer)...)
				a.waitReason(0)
				p.announce(row.attrs...)
				a.waitReason(int(row.want))
				v := a.published().session("10.0.0.2").view.Load()
				if v.machine.State != fsm.Established {
					t.Errorf("the session is %s", v.machine.State)
				}
			})
		})
	}
}

func TestMalformedIsCountedAndResetIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m)
		defer a.end()
		p := rawSession(t, m)
		defer p.conn.Close()
		p.announce(attrs([]byte{0x40, 1, 1, 9}, path65002, hopOfPeer)...)
		a.waitReason(int(rib.Malformed))
		s := a.published().session("10.0.0.2")
		if n := s.counts.withdrawn.Load(); n != 1 {
			t.Errorf("%d UPDATEs counted as withdrawn", n)
		}
		p.message(wire.TypeUpdate, []byte{0, 9, 0, 0}) // withdrawn routes beyond the message
		if n := p.expectNotification(); n.Code != wire.CodeUpdate || n.Subcode != wire.UpdateMalformedAttributes {
			t.Errorf("the daemon sent %v", n)
		}
		a.waitReason(-1)
		if r := s.view.Load().reset; r.Kind != api.ResetNotificationSent || len(r.Offending) != wire.HeaderLen+4 {
			t.Errorf("last reset is %+v", r)
		}
	})
}

func (p *rawPeer) expectNotification() wire.Notification {
	p.t.Helper()
	for {
		if got, body := p.read(); got == wire.TypeNotification {
			n, _ := wire.ParseNotification(body)
			return n
		}
	}
}

func TestStalledPeerIsGivenUp(t *testing.T) {
	for _, c := range []struct {
		line         string
		after, limit time.Duration // one segment fits the network
	}{
		{"neighbor 10.0.0.2 timers send-hold 20", 20 * time.Second, 2 * time.Minute},
		{"no neighbor 10.0.0.2 timers send-hold", 8 * time.Minute, 10 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := memPair()
			m.Change(func(f *transport.Fabric) { f.Buffer = 64 })
			a := passiveA(t, m, "neighbor 10.0.0.2 timers 1 90", "neighbor 10.0.0.2 timers send-hold 30", c.line)
			defer a.end()
			p := rawSession(t, m)
			began := time.Now()
			s := a.published().session("10.0.0.2")
			for s.view.Load().machine.LastReset.Kind == fsm.ReasonNone && time.Since(began) < c.limit { // it talks, and takes nothing
				p.quietKeepalive()
				wait(t.Context(), 100*time.Millisecond, nil)
			}
			if v := s.view.Load(); v.machine.LastReset.Kind != fsm.ReasonSendHold {
				t.Errorf("%s: the session ended because of %v", c.line, v.machine.LastReset)
			}
			if took := time.Since(began); took < c.after || took > c.limit {
				t.Errorf("%s: the send hold timer fired after %s", c.line, took)
			}
			p.conn.CloseNow()
		})
	}
}

// quietKeepalive sends a KEEPALIVE, if the daemon still takes one.
func (p *rawPeer) quietKeepalive() {
	v := net.Buffers{wire.AppendKeepalive(nil)}
	p.conn.SetWriteDeadline(time.Now().Add(time.Millisecond))
	p.conn.WriteBuffers(&v)
}

func TestRouteRefreshIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "address-family ipv4 unicast", "network 192.0.2.0/24")
		defer a.end()
		p := rawSession(t, m)
		defer p.conn.Close()
		first := p.expect(wire.TypeUpdate)
		p.expect(wire.TypeUpdate) // End-of-RIB
		p.message(wire.TypeRouteRefresh, []byte{0, 1, 0, 1})
		if again := p.expect(wire.TypeUpdate); string(again) != string(first) {
			t.Errorf("after a refresh % x, before % x", again, first)
		}
	})
}

func TestLinksChangedDialsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		k := eth("10.9.9.9/24")
		a := start(t, Config{Network: m.Node("a"), Kernel: k}, "router bgp 65001", "bgp router-id 10.0.0.1", "neighbor 10.0.0.2 remote-as 65002")
		b := sideB(t, m, "neighbor 10.0.0.1 passive")
		s := a.published().session("10.0.0.2")
		a.until("the dial is not tried", func(*rib.RIB) bool {
			d := s.view.Load().down
			return d != nil && d.Cause == api.DownNotConnected
		})
		began := time.Now()
		k.Set(eth("10.0.0.1/24").Snapshot())
		a.established("10.0.0.2", 0)
		if took := time.Since(began); took > time.Second {
			t.Errorf("it took %s to use the new address", took)
		}
		k.Set(eth("10.9.9.9/24").Snapshot())
		a.until("the session ends with its interface", func(*rib.RIB) bool {
			r := s.view.Load().reset
			return r != nil && r.Kind == api.ResetInterface
		})
		a.end()
		b.end()
	})
}

func TestListenerIsBoundWhenItsAddressAppears(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		k := eth("10.0.0.1/24")
		a := start(t, Config{Network: m.Node("a"), Kernel: k}, "router bgp 65001", "bgp listen-address 10.0.0.77",
			"neighbor 10.0.0.2 remote-as 65002")
		defer a.end()
		l := a.dispatcher.describe(time.Now()).Listeners[0]
		if l.Bound || l.Error == "" || l.Remedy == "" {
			t.Errorf("listener is %+v", l)
		}
		m.Change(func(f *transport.Fabric) { f.Node("a").Attach("lan", "eth0", "10.0.0.77/24") })
		k.Set(eth("10.0.0.77/24").Snapshot())
		a.until("the listener is bound", func(*rib.RIB) bool { return a.dispatcher.describe(time.Now()).Listeners[0].Bound })
	})
}

// TestFloodWaits: what a peer sends while the RIB is busy waits in the peer's own buffers, whatever kind it is.
func TestFloodWaits(t *testing.T) {
	floods := map[string][]byte{
		"End-of-RIB":    wire.AppendEndOfRIB(nil, wire.IPv4Unicast),
		"ROUTE-REFRESH": wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: wire.IPv4Unicast}),
		"BoRR":          wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: wire.IPv4Unicast, Subtype: wire.RefreshBegin}),
	}
	for name, message := range floods {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := memPair()
				a := passiveA(t, m)
				defer a.end()
				p := rawSession(t, m)
				defer p.conn.Close()
				synctest.Wait()
				release := make(chan struct{})
				a.loop.do(func(*rib.RIB, time.Time) { <-release })
				for range 500 {
					p.send(message)
				}
				synctest.Wait()
				s := a.published().session("10.0.0.2")
				s.stream.mu.Lock()
				waiting := len(s.stream.items)
				s.stream.mu.Unlock()
				if waiting > streamLimit+1 {
					t.Errorf("%d items wait for the RIB, more than %d", waiting, streamLimit+1)
				}
				close(release)
				synctest.Wait()
				if n := s.stream.waiting(); n != 0 {
					t.Errorf("%d items were left", n)
				}
			})
		})
	}
}

func TestSoftInAsksForAgreedFamiliesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "address-family ipv6 unicast", "neighbor 10.0.0.2 activate")
		defer a.end()
		p := rawSession(t, m)
		defer p.conn.Close()
		p.expect(wire.TypeUpdate)
		done := make(chan struct{})
		s := a.published().session("10.0.0.2")
		s.inbox.post(soft{in: true, families: config.Families[:], done: func() { close(done) }})
		<-done
		synctest.Wait()
		if n := s.counts.out[wire.TypeRouteRefresh].Load(); n != 0 {
			t.Errorf("%d ROUTE-REFRESH were sent to a peer that offers none", n)
		}
	})
}

// TestNoCapabilities: a neighbor under dont-capability-negotiate gets an OPEN of RFC 4271 alone, and AS numbers of two
// octets are exchanged whatever the peer could do.
func TestNoCapabilities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "neighbor 10.0.0.2 dont-capability-negotiate", "address-family ipv4 unicast", "network 192.0.2.0/24")
		defer a.end()
		conn, err := m.Node("b").Dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		p := &rawPeer{t, conn}
		p.send(wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: 65002, HoldTime: 90, ID: 0x0a000002,
			Caps: wire.Capabilities{Multiprotocol: []wire.Family{wire.IPv4Unicast}, HasAS4: true, AS4: 65002}}))
		if open := p.expect(wire.TypeOpen); open[9] != 0 {
			t.Errorf("the OPEN has %d octets of parameters", open[9])
		}
		p.send(wire.AppendKeepalive(nil))
		update := p.expect(wire.TypeUpdate)
		if !bytes.Contains(update, []byte{0x40, 2, 4, 2, 1, 0xfd, 0xe9}) {
			t.Errorf("the UPDATE % x has no AS_PATH of two octets", update)
		}
		p.announce(attrs(originIGP, []byte{0x40, 2, 4, 2, 1, 0xfd, 0xea}, hopOfPeer)...)
		a.waitReason(0)
	})
}
