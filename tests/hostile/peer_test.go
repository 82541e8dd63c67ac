package hostile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"bgpsh/wire"
)

// A peer is one session with the daemon, spoken by the test. It reads all the time, and answers each KEEPALIVE with one.
type peer struct {
	conn   net.Conn
	as     uint32
	hop    netip.Addr
	params wire.Params

	mu      sync.Mutex
	changed chan struct{}           // closed and renewed with each message
	marks   map[netip.Prefix]uint32 // what it was told: the first community of each route
	told    int                     // UPDATEs
	alive   time.Time               // when the last KEEPALIVE came
	pause   time.Duration           // longest time between two
	ended   error                   // why the session is over
}

// dial connects from an address of the subject's network.
func (s *subject) dial(from string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	return d.Dial("tcp", fmt.Sprintf("%s254:%d", s.net, s.port))
}

// session brings the session of neighbor n up. While the daemon is not ready for it, it tries again.
func (s *subject) session(n int) *peer {
	s.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		p, err := s.open(n)
		if err == nil {
			return p
		}
		select {
		case <-tick.C:
		case <-s.gone:
			s.t.Fatal("the daemon has ended")
		case <-limit:
			s.t.Fatalf("no session of neighbor %d: %v", n, err)
		}
	}
}

func (s *subject) open(n int) (*peer, error) {
	conn, err := s.dial(fmt.Sprint(s.net, n))
	if err != nil {
		return nil, err
	}
	p := &peer{conn: conn, as: 65000 + uint32(n), hop: netip.MustParseAddr(fmt.Sprint(s.net, n)), changed: make(chan struct{}),
		marks: map[netip.Prefix]uint32{}, params: wire.Params{AS4: true, IPv4: true}}
	conn.SetDeadline(time.Now().Add(patience))
	in := bufio.NewReaderSize(conn, 1<<16)
	conn.Write(p.greeting(uint32(n)))
	for _, want := range []wire.Type{wire.TypeOpen, wire.TypeKeepalive} {
		if kind, body, err := message(in); err != nil || kind != want {
			conn.Close()
			return nil, fmt.Errorf("message %v %x instead of %v: %w", kind, body, want, errors.Join(err))
		}
	}
	conn.Write(wire.AppendKeepalive(nil))
	conn.SetDeadline(time.Time{})
	p.alive = time.Now()
	go p.read(in)
	return p, nil
}

// greeting is the OPEN of a neighbor.
func (p *peer) greeting(n uint32) []byte {
	return wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: wire.AS16(p.as), HoldTime: 30, ID: 0x0a000100 + n, Caps: wire.Capabilities{
		Multiprotocol: []wire.Family{wire.IPv4Unicast}, RouteRefresh: true, ExtendedMessage: true, HasAS4: true, AS4: p.as}})
}

func message(r io.Reader) (wire.Type, []byte, error) {
	head := make([]byte, wire.HeaderLen)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	body := make([]byte, int(head[16])<<8+int(head[17])-wire.HeaderLen)
	_, err := io.ReadFull(r, body)
	return wire.Type(head[18]), body, err
}

// read takes what comes until the connection ends.
func (p *peer) read(in *bufio.Reader) {
	for {
		kind, body, err := message(in)
		p.mu.Lock()
		switch {
		case err != nil:
			p.ended = errors.Join(p.ended, err)
		case kind == wire.TypeKeepalive:
			now := time.Now()
			p.pause, p.alive = max(p.pause, now.Sub(p.alive)), now
		case kind == wire.TypeNotification:
			p.ended = fmt.Errorf("NOTIFICATION %x", body)
		case kind == wire.TypeUpdate:
			err = p.update(body)
			p.ended = errors.Join(p.ended, err)
		}
		close(p.changed)
		p.changed = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			p.conn.Close()
			return
		}
		if kind == wire.TypeKeepalive {
			p.conn.Write(wire.AppendKeepalive(nil))
		}
	}
}

func (p *peer) update(body []byte) error {
	p.told++
	u, wrong := wire.ParseUpdate(body, &p.params)
	if wrong != nil {
		return wrong
	}
	if err := u.Err(); err != nil {
		return err
	}
	for part := range u.Parts {
		mark := uint32(0)
		if !part.Withdraw {
			if c := wire.Attrs(u.AppendAttrs(nil, &part)).Communities(); c.Len() > 0 {
				mark = c.At(0)
			}
		}
		for n := range part.NLRI.All {
			if prefix := n.Prefix.Netip(part.Family); part.Withdraw {
				delete(p.marks, prefix)
			} else {
				p.marks[prefix] = mark
			}
		}
	}
	return nil
}

// until waits for what the session was told.
func (p *peer) until(ok func() bool) error {
	for limit := time.After(patience); ; {
		p.mu.Lock()
		done, ended, changed := ok(), p.ended, p.changed
		p.mu.Unlock()
		switch {
		case done:
			return nil
		case ended != nil:
			return ended
		}
		select {
		case <-changed:
		case <-limit:
			return errors.New("it never comes")
		}
	}
}

// announcement is an UPDATE with one prefix and a community as its mark; edit may change its attributes.
func (p *peer) announcement(prefix netip.Prefix, mark uint32, edit func(*wire.Editor)) []byte {
	e := wire.NewEditor(nil)
	e.SetOrigin(wire.OriginIGP)
	e.SetASPath(wire.ASPath{}.AppendSegment(wire.SegmentSequence, p.as))
	e.SetNextHop(p.hop)
	e.AddCommunity(mark)
	if edit != nil {
		edit(e)
	}
	b, n := wire.AppendReach(nil, e.Attrs(), wire.IPv4Unicast, []wire.NLRI{{Prefix: wire.PrefixFrom(prefix)}}, &wire.Encoding{AS4: true, MaxLen: wire.MaxExtendedLen})
	if n != 1 {
		panic("an UPDATE that fits no message")
	}
	return b
}

// send writes messages; false: the session is over.
func (p *peer) send(messages ...[]byte) bool {
	v := net.Buffers(messages)
	_, err := v.WriteTo(p.conn)
	return err == nil
}
