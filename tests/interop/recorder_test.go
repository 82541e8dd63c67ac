package interop

import (
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vishvananda/netns"

	"bgpsh/wire"
)

// A plan is a session that a test holds itself, from an address of a host to a daemon.
type plan struct {
	from, to  netip.Addr
	as        uint32
	role      *uint8 // offered in the OPEN; nil: none
	longLived bool   // it knows long-lived stale routes (RFC 9494)
	receives  bool   // several paths of a prefix, with identifiers (RFC 7911)
	sends     bool   // likewise
}

// family is what the session carries: the family of its addresses.
func (p *plan) family() wire.Family {
	if p.from.Is4() {
		return wire.IPv4Unicast
	}
	return wire.IPv6Unicast
}

// A bgpSpeaker is a session that keeps what it is sent.
type bgpSpeaker struct {
	conn   net.Conn
	params wire.Params
	sends  wire.Encoding // how the daemon wants to hear
	mu     sync.Mutex
	routes map[heardPath]string
	left   []netip.Prefix // what was withdrawn, in order
	last   time.Time      // when the latest UPDATE came, or the end
	ended  string         // how the session ended: the NOTIFICATION, or that there was none
	broken []string       // faults in what came
}

// A heardPath is one that was announced. The identifier is 0 where none was negotiated.
type heardPath struct {
	prefix netip.Prefix
	id     uint32
}

// speak dials the daemon and brings the session up.
func speak(h *host, p plan) (*bgpSpeaker, error) {
	conn, err := dialFrom(h, p.from, p.to)
	if err != nil {
		return nil, err
	}
	// As internal nothing is dropped that an external neighbor must not send: it is to be seen.
	s := &bgpSpeaker{conn: conn, routes: map[heardPath]string{}, last: time.Now(), sends: wire.Encoding{AS4: true},
		params: wire.Params{AS4: true, IPv4: true, IPv6: true, Internal: true, Confederation: true, AllowASSets: true}}
	caps := wire.Capabilities{Multiprotocol: []wire.Family{p.family()}, RouteRefresh: true, HasAS4: true, AS4: p.as, AddPath: p.addPath()}
	if p.role != nil {
		caps.HasRole, caps.Role = true, *p.role
	}
	if p.longLived {
		caps.GracefulRestart = &wire.GracefulRestart{Families: []wire.RestartFamily{{Family: p.family()}}}
		caps.HasLongLived, caps.LongLived = true, []wire.LongLivedFamily{{Family: p.family()}}
	}
	_, err = conn.Write(wire.AppendOpen(nil, &wire.Open{Version: 4, AS16: wire.AS16(p.as), HoldTime: 180, ID: p.id(), Caps: caps}))
	if err != nil {
		return nil, err
	}
	conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	for _, want := range []wire.Type{wire.TypeOpen, wire.TypeKeepalive} {
		got, body, err := readMessage(conn)
		if err != nil || got != want {
			conn.Close()
			return nil, fmt.Errorf("type %d instead of %d: %w", got, want, err)
		}
		if want == wire.TypeOpen {
			if err := s.agree(&p, body); err != nil {
				conn.Close()
				return nil, err
			}
			conn.Write(wire.AppendKeepalive(nil))
		}
	}
	conn.SetReadDeadline(time.Time{})
	if p.longLived {
		conn.Write(wire.AppendEndOfRIB(nil, p.family())) // who restarts waits for it
	}
	go s.listen()
	return s, nil
}

// addPath is what is offered of path identifiers.
func (p *plan) addPath() []wire.AddPath {
	mode := uint8(0)
	if p.receives {
		mode |= wire.AddPathReceive
	}
	if p.sends {
		mode |= wire.AddPathSend
	}
	if mode == 0 {
		return nil
	}
	return []wire.AddPath{{Family: p.family(), Mode: mode}}
}

// agree reads the daemon's OPEN for what it does with path identifiers.
func (s *bgpSpeaker) agree(p *plan, body []byte) error {
	open, werr := wire.ParseOpen(body)
	if werr != nil {
		return werr
	}
	for _, a := range open.Caps.AddPath {
		if a.Family == p.family() {
			both := p.receives && a.Mode&wire.AddPathSend != 0
			s.params.AddPathIPv4, s.params.AddPathIPv6 = both && p.from.Is4(), both && !p.from.Is4()
			s.sends.AddPath = p.sends && a.Mode&wire.AddPathReceive != 0
		}
	}
	return nil
}

// id is the BGP identifier: 10.0.1.N, where N is the last octet of the address.
func (p *plan) id() uint32 {
	b := p.from.As16()
	return 10<<24 | 1<<8 | uint32(b[15])
}

// dialFrom connects from an address of a host, in that host's namespace.
func dialFrom(h *host, from, to netip.Addr) (conn net.Conn, err error) {
	dialed := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of another namespace and ends with the goroutine
		ns, err := netns.GetFromName(h.ns)
		if err == nil {
			err = netns.Set(ns)
			ns.Close()
		}
		if err == nil {
			d := net.Dialer{LocalAddr: &net.TCPAddr{IP: from.AsSlice()}, Timeout: 2 * time.Second}
			conn, err = d.Dial("tcp", netip.AddrPortFrom(to, 179).String())
		}
		dialed <- err
	}()
	return conn, <-dialed
}

func readMessage(r io.Reader) (wire.Type, []byte, error) {
	head := make([]byte, wire.HeaderLen)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	body := make([]byte, int(head[16])<<8+int(head[17])-wire.HeaderLen)
	_, err := io.ReadFull(r, body)
	return wire.Type(head[18]), body, err
}

// listen keeps the routes that come.
func (s *bgpSpeaker) listen() {
	for {
		kind, body, err := readMessage(s.conn)
		if err != nil {
			s.end("without a NOTIFICATION")
			return
		}
		switch kind {
		case wire.TypeKeepalive:
			s.conn.Write(wire.AppendKeepalive(nil))
		case wire.TypeNotification:
			n, _ := wire.ParseNotification(body)
			s.end(n.String())
		case wire.TypeUpdate:
			s.keep(body)
		}
	}
}

func (s *bgpSpeaker) end(how string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == "" {
		s.ended, s.last = how, time.Now()
	}
}

// malformed begins what is kept in place of the attributes of a route that RFC 7606 takes for withdrawn: what is wrong with them.
const malformed = "malformed "

// keep notes what an UPDATE announces and withdraws.
func (s *bgpSpeaker) keep(body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	u, werr := wire.ParseUpdate(body, &s.params)
	reset := werr != nil
	if !reset {
		werr = u.Err()
	}
	if werr != nil {
		s.broken = append(s.broken, fmt.Sprintf("%v in %s", werr, hex.EncodeToString(body)))
	}
	if reset {
		return
	}
	u.Parts(func(p wire.Part) bool {
		text := ""
		switch {
		case p.Malformed:
			text = malformed + werr.Text
		case !p.Withdraw:
			text = attributesText(u.AppendAttrs(nil, &p))
		}
		for n, ok := p.NLRI.Next(); ok; n, ok = p.NLRI.Next() {
			if path := (heardPath{n.Prefix.Netip(p.Family), n.ID}); text == "" {
				delete(s.routes, path)
				s.left = append(s.left, path.prefix)
			} else {
				s.routes[path] = text
			}
		}
		return true
	})
}

// attributesText writes attributes for comparison; the order of communities means nothing, nor does the width of a length.
func attributesText(a wire.Attrs) string {
	var out []string
	a.All(func(t wire.AttrType, flags uint8, v []byte) bool {
		text := ""
		switch t {
		case wire.AttrASPath:
			text = "path " + wire.ASPath(v).String()
		case wire.AttrNextHop:
			text = "next hop " + nextHopText(v)
		case wire.AttrCommunities, wire.AttrLargeCommunities, wire.AttrExtCommunities:
			size := map[wire.AttrType]int{wire.AttrCommunities: 4, wire.AttrLargeCommunities: 12, wire.AttrExtCommunities: 8}[t]
			var each []string
			for c := range slices.Chunk(v, size) {
				each = append(each, fmt.Sprintf("%x", c))
			}
			slices.Sort(each)
			text = fmt.Sprintf("%s %v", t, each)
		default:
			text = fmt.Sprintf("%s %x", t, v)
		}
		if flags |= wire.FlagExtended; flags != t.DefaultFlags()|wire.FlagExtended {
			text += fmt.Sprintf(" flags %02x", flags&^wire.FlagExtended)
		}
		out = append(out, text)
		return true
	})
	return strings.Join(out, "; ")
}

// nextHopText writes the next hops. A link-local one that a veth made up from its own Ethernet address differs from run to run.
func nextHopText(v []byte) string {
	var out []string
	size := 16
	if len(v) == 4 {
		size = 4
	}
	for b := range slices.Chunk(v, size) {
		a, _ := netip.AddrFromSlice(b)
		if b[0] == 0xfe && b[11] == 0xff && b[12] == 0xfe {
			out = append(out, "its own link-local")
		} else {
			out = append(out, a.String())
		}
	}
	return strings.Join(out, " ")
}
