package conformance

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	streams = flag.Int("streams", 1500, "how many damaged streams TestDamage sends")
	seed    = flag.Uint64("seed", 1, "seed of TestDamage; 0: a new one")
)

// TestDamage sends streams of right messages with damage in them at a running daemon, in every state, many at once, beside two
// healthy sessions. Those must never notice, the daemon must not end, and of the damaged sessions nothing
// may stay: no route, no session.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	os.Chmod(dir, 0o755)
	d, err := layout(t, dir, mayNamespace())
	if err != nil {
		t.Fatal(err)
	}
	d.name = bgpd.name
	if err := bgpd.start(t, d); err != nil {
		t.Fatal(err)
	}
	defer func() { d.hangUp() }()
	for end := time.Now().Add(time.Minute); ; {
		if err = d.attach(); err == nil || time.Now().After(end) {
			break
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", first)
	var plain []int // neighbors that wait for a call and need no signature
	for i, n := range d.neighbors {
		if n.kind == external || n.kind == internal || n.kind == wide {
			plain = append(plain, i)
		}
	}
	var sessions atomic.Int32
	var wait sync.WaitGroup
	for side := range atOnce {
		wait.Go(func() {
			for i := side; i < *streams && !d.ended(); i += atOnce {
				// A neighbor is one side's alone, so that its sessions do not end each other.
				n := plain[(i/atOnce%(len(plain)/atOnce))*atOnce+side]
				if d.damage(n, rand.New(rand.NewPCG(first, uint64(i)))) {
					sessions.Add(1)
				}
			}
		})
	}
	wait.Wait()
	if d.ended() {
		t.Fatal("the daemon has ended")
	}
	if n := int(sessions.Load()); n < *streams/3 {
		t.Errorf("%d of %d streams came to be sessions before their damage", n, *streams)
	}
	if err := quiet(d.watch, 100*time.Millisecond); err != nil {
		t.Errorf("the external watcher: %v", err)
	}
	if err := d.inside.table.until(patience, "a route after all", d.reached(d.feed(1))); err != nil {
		t.Error(err)
	}
	err = d.watch.table.until(patience, "routes of sessions that ended", func() error {
		for p := range d.watch.table.routes {
			return fmt.Errorf("%v is still there, and %d more", p, len(d.watch.table.routes)-1)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// damage is one stream: up to a random state all is right, then messages come with damage, and the connection ends somehow. It
// reports whether that state was a session.
func (d *subject) damage(n int, r *rand.Rand) (session bool) {
	p := &probe{d: d, index: n, kind: d.neighbors[n].kind, addr: d.neighbors[n].addr, id: netip.AddrFrom4([4]byte{192, 0, byte(3 + n/250), byte(1 + n%250)})}
	c, err := d.call(p.addr, 0, "")
	if err != nil {
		return false
	}
	defer func() {
		if r.IntN(2) == 0 {
			c.Conn.(*net.TCPConn).SetLinger(0)
		}
		c.Close()
	}()
	if state := r.IntN(8); state > 0 {
		if first, err := c.next(patience); err != nil || first.kind != typeOpen {
			return false // it still refuses the neighbor
		}
		if state > 1 {
			c.send(p.open(open{}))
			if c.wantKeepalive() != nil {
				return false
			}
		}
		if state > 2 {
			c.send(keepalive)
			session = true
		}
	}
	for range 1 + r.IntN(6) {
		octets := p.sample(r)
		for range r.IntN(4) {
			octets = spoil(octets, r)
		}
		c.send(octets)
	}
	// What it says, or its silence, ends the stream.
	c.next(time.Duration(r.IntN(30)) * time.Millisecond)
	return session
}

// sample is a right message of some kind.
func (p *probe) sample(r *rand.Rand) []byte {
	six := p.prefix6(r.IntN(4))
	switch r.IntN(10) {
	case 0:
		return p.open(open{})
	case 1:
		return keepalive
	case 2:
		return refresh(1+r.IntN(2), byte(r.IntN(3)), 1)
	case 3:
		return notification(6, byte(r.IntN(10)))
	case 4:
		return update(nlri(p.prefix(r.IntN(10))), nil, nil)
	case 5:
		return update(nil, p.good6(six, med(r.Uint32()), communities(r.Uint32(), r.Uint32())), nil)
	case 6:
		return update(nil, mpUnreach(2, 1, nlri(six)), nil)
	}
	return p.announce(r.IntN(10), med(r.Uint32()), communities(r.Uint32()), largeCommunity(r.Uint32(), 1, 2),
		attr(optional|transitive, attrExtended, 0, 2, 0, 1, 0, 0, 0, 9), attr(optional|transitive, byte(r.IntN(256)), byte(r.IntN(256))))
}

// spoil damages octets in one way.
func spoil(b []byte, r *rand.Rand) []byte {
	if len(b) < 2 {
		return b
	}
	at := r.IntN(len(b))
	if r.IntN(4) > 0 && len(b) > 19 { // mostly behind the header
		at = 19 + r.IntN(len(b)-19)
	}
	out := join(b)
	switch r.IntN(6) {
	case 0:
		out[at] ^= 1 << r.IntN(8)
	case 1:
		out[at] = byte(r.IntN(256))
	case 2: // left out, with the header's length put right
		return relength(join(out[:at], out[at+1:]), r)
	case 3: // doubled
		end := min(len(out), at+1+r.IntN(8))
		return relength(join(out[:end], out[at:]), r)
	case 4: // cut
		return relength(out[:at], r)
	case 5:
		out[at] = []byte{0, 1, 127, 128, 254, 255}[r.IntN(6)]
	}
	return out
}

// relength makes the header's length right, mostly.
func relength(b []byte, r *rand.Rand) []byte {
	if len(b) >= 19 && r.IntN(8) > 0 {
		copy(b[16:], u16(len(b)))
	}
	return b
}
