package parameters

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bgpsh/daemon/policy"
	"bgpsh/daemon/transport"
	"bgpsh/wire"
)

// A station is a neighbor of the router under test: it keeps a session up, announces its feed whenever the session begins,
// and remembers what it was told.
type station struct {
	t      *testing.T
	node   *transport.MemNode
	as     uint32
	id     uint32
	caps   wire.Capabilities // beside AS number and families
	hold   uint16
	key    transport.Secret // TCP MD5
	to     netip.Addr       // the router's address that it calls; zero: routerAddr
	port   uint16           // likewise; 0: 179
	wants  uint32           // the AS that it knows the router by; 0: any
	feed   [][]byte         // messages sent when the session is up
	again  bool             // it sends them again when it is asked to (RFC 2918)
	asks   []wire.Family    // nil: IPv4 unicast
	confed bool             // in a confederation with the router
	old    bool             // has two-octet AS numbers only
	ttl    uint8            // of what it sends; 0: 1 towards a neighbor on its link

	mu        sync.Mutex
	conn      transport.Conn
	routes    map[string]string // by prefix: attributes as text
	peer      *wire.Open
	ups       int
	goodbye   []wire.Notification // received
	refreshes []wire.RouteRefresh // received
	eor       int                 // End-of-RIB received in this session
	closed    bool
	still     bool // answers no KEEPALIVE with one of its own
	silent    bool // sends no OPEN and does not dial
	updates   int
}

// routerAddr is the router's address.
var routerAddr = netip.MustParseAddr("10.0.0.1")

// lab is a network of one router at 10.0.0.1 and stations at 10.0.0.2 and above.
type lab struct {
	*router
	net      *transport.MemNetwork
	stations []*station
}

// newLab makes the network with the router's configuration below router bgp 65001.
func newLab(t *testing.T, stations []*station, lines ...string) *lab {
	t.Helper()
	l := &lab{net: transport.NewMem(), stations: stations}
	l.net.Change(func(f *transport.Fabric) {
		f.Node("a").Attach("lan", "eth0", "10.0.0.1/24")
		for i := range stations {
			f.Node(fmt.Sprint("s", i)).Attach("lan", "eth0", fmt.Sprintf("10.0.0.%d/24", i+2))
		}
	})
	head := []string{"router bgp 65001", "bgp router-id 10.0.0.1"}
	for i, s := range stations {
		peer := fmt.Sprintf("neighbor 10.0.0.%d ", i+2)
		head = append(head, peer+"remote-as "+fmt.Sprint(s.as), peer+"passive", peer+"timers idle-hold 0")
	}
	head = append(head, "address-family ipv4 unicast")
	for i := range stations {
		peer := fmt.Sprintf("neighbor 10.0.0.%d ", i+2)
		head = append(head, peer+"allow any in", peer+"allow any out")
	}
	l.router = run(t, l.net.Node("a"), "10.0.0.1/24", append(append(head, "exit-address-family"), lines...)...)
	for i, s := range stations {
		l.attach(i, s)
	}
	return l
}

// attach starts a station at its place.
func (l *lab) attach(i int, s *station) {
	s.t, s.node = l.t, l.net.Node(fmt.Sprint("s", i))
	if s.id == 0 {
		s.id = 0x0a000000 | uint32(i+2)
	}
	if s.hold == 0 {
		s.hold = 90
	}
	ended := make(chan struct{})
	go func() { defer close(ended); s.run() }()
	l.t.Cleanup(func() {
		s.mu.Lock()
		s.closed = true
		if s.conn != nil {
			s.conn.CloseNow()
		}
		s.mu.Unlock()
		<-ended
	})
}

// run keeps a session up until the test ends.
func (s *station) run() {
	again := time.NewTicker(5 * time.Millisecond) // between two calls, which the router may refuse
	defer again.Stop()
	for ; ; <-again.C {
		s.mu.Lock()
		closed, silent, key, port := s.closed, s.silent, s.key, cmp.Or(s.port, 179)
		s.mu.Unlock()
		if closed {
			return
		}
		if !silent {
			to := s.to
			if !to.IsValid() {
				to = routerAddr
			}
			conn, err := s.node.Dial(s.t.Context(), netip.AddrPortFrom(to, port), transport.Options{Password: key, TTL: s.ttl})
			if err == nil {
				s.session(conn)
			}
		}
	}
}

func (s *station) session(conn transport.Conn) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		conn.CloseNow()
		return
	}
	s.conn, s.routes, s.eor = conn, map[string]string{}, 0
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.conn, s.routes = nil, nil
		s.mu.Unlock()
		conn.CloseNow()
	}()
	caps := s.caps
	caps.Multiprotocol = s.asks
	if caps.Multiprotocol == nil {
		caps.Multiprotocol = []wire.Family{wire.IPv4Unicast}
	}
	caps.RouteRefresh, caps.HasAS4, caps.AS4 = true, !s.old, s.as
	s.write(wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: wire.AS16(s.as), HoldTime: s.hold, ID: s.id, Caps: caps}))
	up := false
	for {
		head := make([]byte, wire.HeaderLen)
		if _, err := io.ReadFull(conn, head); err != nil {
			return
		}
		body := make([]byte, int(head[16])<<8+int(head[17])-wire.HeaderLen)
		if _, err := io.ReadFull(conn, body); err != nil {
			return
		}
		switch wire.Type(head[18]) {
		case wire.TypeOpen:
			o, werr := wire.ParseOpen(body)
			if werr != nil {
				s.t.Error(werr)
				return
			}
			if s.wants != 0 && o.AS() != s.wants {
				s.write(wire.AppendNotification(nil, wire.Notification{Code: wire.CodeOpen, Subcode: wire.OpenBadPeerAS}))
				return
			}
			s.mu.Lock()
			s.peer = o
			s.mu.Unlock()
			s.write(wire.AppendKeepalive(nil))
		case wire.TypeKeepalive:
			if !up {
				up = true
				s.mu.Lock()
				feed := slices.Clone(s.feed)
				s.ups++
				s.mu.Unlock()
				for _, m := range feed {
					s.write(m)
				}
			}
			if !s.still {
				s.write(wire.AppendKeepalive(nil))
			}
		case wire.TypeUpdate:
			s.update(body)
		case wire.TypeRouteRefresh:
			if s.again {
				for _, m := range s.feed {
					s.write(m)
				}
			}
			if r, werr := wire.ParseRouteRefresh(body, true); werr == nil {
				s.mu.Lock()
				s.refreshes = append(s.refreshes, r)
				s.mu.Unlock()
			}
		case wire.TypeNotification:
			if n, werr := wire.ParseNotification(body); werr == nil {
				s.mu.Lock()
				s.goodbye = append(s.goodbye, n)
				s.mu.Unlock()
			}
		}
	}
}

func (s *station) write(b []byte) {
	s.mu.Lock()
	conn := s.conn
	s.mu.Unlock()
	if conn != nil {
		_, _ = conn.WriteBuffers(&net.Buffers{b})
	}
}

// params are what the session agreed on, for reading what the router sends.
func (s *station) params() *wire.Params {
	p := &wire.Params{AS4: !s.old, IPv4: true, AllowASSets: true, IPv6: slices.Contains(s.asks, wire.IPv6Unicast), Internal: s.peer != nil && s.peer.AS() == s.as || s.confed, Confederation: s.confed}
	for _, a := range s.caps.AddPath {
		if a.Mode&wire.AddPathReceive != 0 && s.peer != nil && len(s.peer.Caps.AddPath) > 0 && s.peer.Caps.AddPath[0].Mode&wire.AddPathSend != 0 {
			p.AddPathIPv4 = true
		}
	}
	return p
}

func (s *station) update(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, werr := wire.ParseUpdate(body, s.params())
	if werr != nil || u.Err() != nil {
		s.t.Errorf("the router sent %x: %v %v", body, werr, u.Err())
		return
	}
	if _, ok := u.EndOfRIB(); ok {
		s.eor++
		return
	}
	s.updates++
	u.Parts(func(p wire.Part) bool {
		text := attributes(u.AppendAttrs(nil, &p))
		for n, ok := p.NLRI.Next(); ok; n, ok = p.NLRI.Next() {
			name := n.Prefix.Netip(p.Family).String()
			if s.params().AddPathIPv4 {
				name = fmt.Sprint(name, " id ", n.ID)
			}
			if p.Withdraw {
				delete(s.routes, name)
			} else {
				s.routes[name] = text
			}
		}
		return true
	})
}

// told is what the station was told of a prefix, "-" for nothing, and "" while no session is up.
func (s *station) told(prefix string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch text, ok := s.routes[prefix]; {
	case s.routes == nil || s.eor == 0:
		return ""
	case ok:
		return text
	}
	return "-"
}

// count is the number of routes it has.
func (s *station) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.routes)
}

// heard reports a NOTIFICATION received.
func (s *station) heard(code, subcode uint8) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.goodbye, func(n wire.Notification) bool { return n.Code == code && n.Subcode == subcode })
}

// filter is what the router has told of the prefixes that it wants; false: nothing.
func (s *station) filter() (out []wire.FilterEntry, told bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refreshes {
		if r.Filter == nil {
			continue
		}
		told = true
		for _, c := range r.Filter.Changes {
			switch {
			case c.RemoveAll:
				out = nil
			case c.Remove:
				out = slices.DeleteFunc(out, func(e wire.FilterEntry) bool { return e == c.Entry })
			case !slices.Contains(out, c.Entry):
				out = append(out, c.Entry)
			}
		}
	}
	return out, told
}

// farewells are the NOTIFICATIONs received so far.
func (s *station) farewells() []wire.Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.goodbye)
}

// attributes writes what matters of attributes in one line.
func attributes(a wire.Attrs) string {
	words := []string{strings.TrimSpace("[" + a.ASPath().String() + "]"), a.NextHop().String()}
	if a.LinkLocal().IsValid() {
		words = append(words, a.LinkLocal().String())
	}
	add := func(there bool, format string, args ...any) {
		if there {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(a.Origin() == wire.OriginEGP, "egp")
	add(a.Origin() == wire.OriginIncomplete, "incomplete")
	med, ok := a.MED()
	add(ok, "med %d", med)
	lp, ok := a.LocalPref()
	add(ok, "lp %d", lp)
	for i := range a.Communities().Len() {
		c := a.Communities().At(i)
		add(true, "%d:%d", c>>16, c&0xffff)
	}
	for i := range a.ExtCommunities().Len() {
		add(true, "%s", policy.AppendExtCommunity(nil, a.ExtCommunities().At(i), true))
	}
	for i := range a.LargeCommunities().Len() {
		c := a.LargeCommunities().At(i)
		add(true, "%d:%d:%d", c.Global, c.Local1, c.Local2)
	}
	id, ok := a.OriginatorID()
	add(ok, "originator %#x", id)
	for i := range a.ClusterList().Len() {
		add(true, "cluster %#x", a.ClusterList().At(i))
	}
	otc, ok := a.OTC()
	add(ok, "otc %d", otc)
	add(a.AtomicAggregate(), "atomic")
	metric, ok := a.AIGP()
	add(ok, "aigp %d", metric)
	as, agg, ok := a.Aggregator()
	add(ok, "aggregator %d %#x", as, agg)
	return strings.Join(words, " ")
}

// announcement is an UPDATE with one prefix and these attributes.
func announcement(prefix string, edit func(e *wire.Editor)) []byte {
	e := wire.NewEditor(nil)
	e.SetOrigin(0)
	e.SetASPath(nil)
	e.SetNextHop(netip.MustParseAddr("10.0.0.2"))
	edit(e)
	p := netip.MustParsePrefix(prefix)
	f := wire.IPv4Unicast
	if p.Addr().Is6() {
		f = wire.IPv6Unicast
	}
	b, _ := wire.AppendReach(nil, e.Attrs(), f, []wire.NLRI{{Prefix: wire.PrefixFrom(p)}}, &wire.Encoding{AS4: true})
	return b
}

// path makes the AS_PATH of an announcement.
func asPath(as ...uint32) func(*wire.Editor) {
	return func(e *wire.Editor) { e.SetASPath(wire.ASPath{}.AppendSegment(wire.SegmentSequence, as...)) }
}

func with(edits ...func(*wire.Editor)) func(*wire.Editor) {
	return func(e *wire.Editor) {
		for _, edit := range edits {
			edit(e)
		}
	}
}

func localPref(v uint32) func(*wire.Editor) {
	return func(e *wire.Editor) { e.SetUint32(wire.AttrLocalPref, v) }
}

func med(v uint32) func(*wire.Editor) {
	return func(e *wire.Editor) { e.SetUint32(wire.AttrMED, v) }
}

func community(v uint32) func(*wire.Editor) { return func(e *wire.Editor) { e.AddCommunity(v) } }

// calls makes the station call another port from now on.
func (s *station) calls(port uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.port = port
}

// silence ends the session and dials no more.
func (s *station) silence() {
	s.mu.Lock()
	s.silent = true
	s.mu.Unlock()
	s.hangUp()
}

// hangUp ends the session; it dials again.
func (s *station) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		s.conn.CloseNow()
	}
}
