package daemon

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon/journal"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// A receiver is a raw peer that keeps what it is told, while it reads.
type receiver struct {
	*rawPeer
	mu      sync.Mutex
	stopped *sync.Cond
	stop    bool
	routes  map[netip.Prefix]uint32 // their communities
	told    int                     // prefixes announced
	ended   bool
}

// receive brings the session of a node up, by its last octet, which is its AS number too, and begins to read.
func receive(t *testing.T, m *transport.MemNetwork, octet int) *receiver {
	t.Helper()
	conn, err := m.Node(fmt.Sprint(octet)).Dial(t.Context(), netip.MustParseAddrPort("10.0.0.1:179"), transport.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{rawPeer: &rawPeer{t, conn}, routes: map[netip.Prefix]uint32{}}
	r.stopped = sync.NewCond(&r.mu)
	as := uint32(65000 + octet)
	r.send(wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: wire.AS16(as), HoldTime: 180, ID: 0x0a000000 + uint32(octet),
		Caps: wire.Capabilities{Multiprotocol: []wire.Family{wire.IPv4Unicast}, HasAS4: true, AS4: as}}))
	r.expect(wire.TypeOpen)
	r.send(wire.AppendKeepalive(nil))
	r.expect(wire.TypeKeepalive)
	go r.listen()
	return r
}

func (r *receiver) listen() {
	params := wire.Params{AS4: true, IPv4: true}
	in := bufio.NewReader(r.conn)
	for head := make([]byte, wire.HeaderLen); ; {
		r.mu.Lock()
		for r.stop {
			r.stopped.Wait()
		}
		r.mu.Unlock()
		_, err := io.ReadFull(in, head)
		body := make([]byte, int(head[16])<<8+int(head[17])-wire.HeaderLen)
		if err == nil {
			_, err = io.ReadFull(in, body)
		}
		r.mu.Lock()
		if r.ended = err != nil; !r.ended && wire.Type(head[18]) == wire.TypeUpdate {
			r.take(body, &params)
		}
		r.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (r *receiver) take(body []byte, params *wire.Params) {
	u, err := wire.ParseUpdate(body, params)
	if err != nil || u.Err() != nil {
		r.t.Errorf("the daemon sent %x", body)
		return
	}
	for part := range u.Parts {
		mark := uint32(0)
		if !part.Withdraw {
			mark = wire.Attrs(u.AppendAttrs(nil, &part)).Communities().At(0)
		}
		for n := range part.NLRI.All {
			if part.Withdraw {
				delete(r.routes, n.Prefix.Netip(part.Family))
				continue
			}
			r.routes[n.Prefix.Netip(part.Family)] = mark
			r.told++
		}
	}
}

// pause stops the reading, or lets it go on.
func (r *receiver) pause(stop bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stop = stop
	r.stopped.Broadcast()
}

// has reports whether the receiver holds just these routes.
func (r *receiver) has(want map[netip.Prefix]uint32) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, mark := range want {
		if r.routes[p] != mark {
			return false
		}
	}
	return len(r.routes) == len(want)
}

// alive keeps the session of a receiver that reads nothing, until the bubble's test ends.
func (r *receiver) alive(every time.Duration, done <-chan struct{}) {
	for tick := time.NewTicker(every); ; {
		select {
		case <-tick.C:
			r.quietKeepalive()
		case <-done:
			tick.Stop()
			return
		}
	}
}

// A ward is a daemon with a feeder, 10.0.0.2, and two receivers of its routes, 10.0.0.3 and 10.0.0.4.
type ward struct {
	*running
	feeder, slow, quick *receiver
	table               map[netip.Prefix]uint32
}

func newWard(t *testing.T, more ...string) *ward {
	t.Helper()
	m := transport.NewMem()
	lines := []string{"router bgp 65001", "bgp router-id 10.0.0.1", "no bgp ebgp-requires-policy"}
	m.Change(func(f *transport.Fabric) {
		f.Buffer = 16 << 10
		f.Node("a").Attach("lan", "eth0", "10.0.0.1/24")
		for octet := 2; octet <= 4; octet++ {
			f.Node(fmt.Sprint(octet)).Attach("lan", "eth0", fmt.Sprintf("10.0.0.%d/24", octet))
			peer := fmt.Sprintf("neighbor 10.0.0.%d ", octet)
			lines = append(lines, peer+fmt.Sprint("remote-as ", 65000+octet), peer+"passive", peer+"timers idle-hold 0")
		}
	})
	w := &ward{running: start(t, Config{Network: m.Node("a"), Kernel: eth("10.0.0.1/24")}, append(lines, more...)...), table: map[netip.Prefix]uint32{}}
	w.log.SetLevel(journal.UnitAll, logline.Warn) // of each of its many messages
	w.feeder, w.slow, w.quick = receive(t, m, 2), receive(t, m, 3), receive(t, m, 4)
	synctest.Wait()
	return w
}

const wardRoutes = 6_000 // more than what sockets and queues hold

// tell has the feeder announce the routes of numbers below n, each with a community of its own, and withdraw the others.
func (w *ward) tell(n int, generation uint32) {
	w.t.Helper()
	var out []byte
	for i := range wardRoutes {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{20, byte(i >> 8), byte(i), 0}), 24)
		nlri, encoding := []wire.NLRI{{Prefix: wire.PrefixFrom(p)}}, &wire.Encoding{AS4: true}
		if i >= n {
			delete(w.table, p)
			out, _ = wire.AppendUnreach(out, wire.IPv4Unicast, nlri, encoding)
			continue
		}
		w.table[p] = generation<<16 | uint32(i)
		e := wire.NewEditor(nil)
		e.SetOrigin(0)
		e.SetASPath(wire.ASPath{}.AppendSegment(wire.SegmentSequence, 65002))
		e.SetNextHop(netip.MustParseAddr("10.0.0.2"))
		e.AddCommunity(w.table[p])
		out, _ = wire.AppendReach(out, e.Attrs(), wire.IPv4Unicast, nlri, encoding)
	}
	v := net.Buffers{out}
	if _, err := w.feeder.conn.WriteBuffers(&v); err != nil {
		w.t.Fatal(err)
	}
}

// queued is what waits in the slow receiver's queue, in bytes.
func (w *ward) queued() int {
	v := w.published().session("10.0.0.3").view.Load()
	if v.link == nil {
		return 0
	}
	_, n := v.link.ring.depth()
	return n
}

// end closes what the test opened.
func (w *ward) end() {
	w.slow.pause(false)
	for _, r := range []*receiver{w.feeder, w.slow, w.quick} {
		r.conn.CloseNow()
	}
	w.running.end()
}

// A receiver that is stopped for a minute, while the table changes under it again and again, costs a bounded queue and holds
// up nobody; when it goes on it ends with the right table, in the same session, and is told the outcome alone.
func TestStoppedReceiverEndsWithTheRightTable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t)
		defer w.end()
		w.slow.pause(true)
		for generation, n := range []int{wardRoutes, 2000, wardRoutes, 4500} {
			began := time.Now()
			w.tell(n, uint32(generation+1))
			w.until("the other receiver has the table", func(*rib.RIB) bool { return w.quick.has(w.table) })
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the other receiver waits %v", took)
			}
			if q := w.queued(); q > 2*ringLimit {
				t.Errorf("%d bytes wait for the stopped receiver", q)
			}
			wait(t.Context(), 15*time.Second, nil)
		}
		if w.slow.has(w.table) {
			t.Fatal("the receiver was never stopped")
		}
		w.slow.mu.Lock()
		before := w.slow.told
		w.slow.mu.Unlock()
		w.slow.pause(false)
		w.until("the stopped receiver has the table", func(*rib.RIB) bool { return w.slow.has(w.table) })
		if told := w.slow.told - before; told > 2*wardRoutes {
			t.Errorf("it was told %d routes, of %d", told, len(w.table))
		}
		for _, name := range []string{"10.0.0.2", "10.0.0.3", "10.0.0.4"} {
			if v := w.published().session(name).view.Load(); v.machine.State != fsm.Established || v.ups != 1 {
				t.Errorf("%s is %s, came up %d times", name, v.machine.State, v.ups)
			}
		}
	})
}

// A receiver that talks and takes nothing is given up after the send hold time, and what waited for it goes with it. The
// others notice nothing.
func TestStalledReceiverIsDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWard(t, "neighbor 10.0.0.3 timers 5 15", "neighbor 10.0.0.3 timers send-hold 20")
		defer w.end()
		done := make(chan struct{})
		defer close(done)
		go w.slow.alive(2*time.Second, done)
		w.slow.pause(true)
		w.tell(wardRoutes, 1)
		w.until("the other receiver has the table", func(*rib.RIB) bool { return w.quick.has(w.table) })
		began, s := time.Now(), w.published().session("10.0.0.3")
		w.until("the stalled one is given up", func(*rib.RIB) bool { return s.view.Load().machine.LastReset.Kind == fsm.ReasonSendHold })
		if took := time.Since(began); took < 15*time.Second || took > 40*time.Second {
			t.Errorf("given up after %v", took)
		}
		if q := w.queued(); q != 0 {
			t.Errorf("%d bytes still wait for it", q)
		}
		w.tell(100, 2)
		w.until("the other receiver has the next table", func(*rib.RIB) bool { return w.quick.has(w.table) })
		if v := w.published().session("10.0.0.4").view.Load(); v.machine.State != fsm.Established || v.ups != 1 {
			t.Errorf("the other is %s, came up %d times", v.machine.State, v.ups)
		}
	})
}
