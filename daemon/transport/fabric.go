package transport

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"
	"time"
)

// defaultBuffer is what a Stream holds in each direction: written and not delivered, and delivered and not read.
const defaultBuffer = 256 << 10

// A Fabric is a network in memory: nodes with addresses, segments that join them, and what is under way between them. It
// has no goroutine, no lock and no clock; one goroutine owns it, and time passes by Advance alone. The same calls at the
// same times give the same bytes in the same order.
//
// Its Streams and Acceptors have the methods of Conn and Listener, but never wait: they give ErrWouldBlock instead, and
// call Notify when it is worth trying again. MemNetwork makes blocking ones of them.
type Fabric struct {
	// Latency, unless nil, is how long a segment of bytes takes from one node to another. Bytes of one direction of a
	// connection never overtake each other, whatever it says.
	Latency func(from, to string) time.Duration
	// SegmentSize, unless 0, is the most bytes that are delivered at once.
	SegmentSize int
	// Buffer is what a new Stream holds in each direction, in bytes; 0 is 256 KiB.
	Buffer int

	now     time.Time
	nodes   []*Node
	down    map[string]bool    // segments that carry nothing
	cut     map[[2]string]bool // from node, to node
	streams []*Stream          // that can still send or receive something, oldest first
	queue   events
	seq     uint64
	held    []event // stopped by a fault, a TTL or a full buffer; TCP would be retransmitting them
	next    int     // channel number
}

// NewFabric gives an empty network.
func NewFabric() *Fabric {
	return &Fabric{down: make(map[string]bool), cut: make(map[[2]string]bool)}
}

// A Node is one host. Every node owns 127.0.0.0/8 and ::1.
type Node struct {
	f         *Fabric
	name      string
	ports     []*Port
	acceptors []*Acceptor
	ephemeral uint16 // the port given last
}

// A Port is one interface of a node.
type Port struct {
	Name    string
	Index   int // the scope id
	Segment string
	Addrs   []netip.Prefix // own addresses with the length of their subnet
}

// Node gives the node of that name, a new one if there is none.
func (f *Fabric) Node(name string) *Node {
	for _, n := range f.nodes {
		if n.name == name {
			return n
		}
	}
	n := &Node{f: f, name: name, ephemeral: firstEphemeral - 1}
	f.nodes = append(f.nodes, n)
	return n
}

// Name is the node's name.
func (n *Node) Name() string { return n.name }

// Attach gives the node an interface on a segment, or more addresses on the one it has. The result's Index may be changed
// before the first connection.
func (n *Node) Attach(segment, iface string, addrs ...string) *Port {
	p := n.port(iface)
	if p == nil {
		p = &Port{Name: iface, Index: len(n.ports) + 2, Segment: segment} // 1 is lo
		n.ports = append(n.ports, p)
	}
	for _, a := range addrs {
		p.Addrs = append(p.Addrs, netip.MustParsePrefix(a))
	}
	return p
}

// Ports are the node's interfaces. Read only.
func (n *Node) Ports() []*Port { return n.ports }

// port finds an interface by name or number.
func (n *Node) port(zone string) *Port {
	for _, p := range n.ports {
		if p.Name == zone || strconv.Itoa(p.Index) == zone {
			return p
		}
	}
	return nil
}

func (p *Port) has(a netip.Addr) bool {
	return slices.ContainsFunc(p.Addrs, func(q netip.Prefix) bool { return q.Addr() == a })
}

// owns reports whether a is an address of the node. A zone must name the interface that has it.
func (n *Node) owns(a netip.Addr) bool {
	if a.IsLoopback() {
		return true
	}
	for _, p := range n.ports {
		if p.has(a.WithZone("")) && (a.Zone() == "" || n.port(a.Zone()) == p) {
			return true
		}
	}
	return false
}

// Partition stops everything between two nodes that share a segment, in both directions. Connections stay, as they do
// when a cable is pulled; what was sent arrives after Heal.
func (f *Fabric) Partition(a, b string) {
	f.Cut(a, b)
	f.Cut(b, a)
}

// Cut stops everything from one node to another that shares a segment with it.
func (f *Fabric) Cut(from, to string) { f.cut[[2]string{from, to}] = true }

// Heal ends Partition and Cut.
func (f *Fabric) Heal(a, b string) {
	delete(f.cut, [2]string{a, b})
	delete(f.cut, [2]string{b, a})
	f.release()
}

// SetUp stops (false) or starts everything on a segment.
func (f *Fabric) SetUp(segment string, up bool) {
	if f.down[segment] = !up; up {
		f.release()
	}
}

// Crash makes a node forget its listeners and connections without a word. Its peers learn of it when they send something:
// the answer is a reset.
func (f *Fabric) Crash(name string) {
	n := f.Node(name)
	for _, a := range slices.Clone(n.acceptors) {
		a.close(false)
	}
	for _, s := range slices.Clone(f.streams) {
		if s.node == n {
			s.vanish(errCrashed)
		}
	}
}

// Streams are the ends of all connections that exist, oldest first. Read only.
func (f *Fabric) Streams() []*Stream { return f.streams }

// An edge is one step of a path: a segment and the two nodes that it joins.
type edge struct {
	from, to *Node
	segment  string
}

// A route is the way from one node to an address: no edge for the node's own. It is found once, when a connection is
// dialed; faults are judged for each segment of bytes.
type route struct {
	edges  []edge
	to     *Node
	source netip.Addr // as the sender knows it
	seen   netip.Addr // the same as the receiver knows it: a link-local address has the receiver's zone
}

// open reports whether no fault stops what goes along edges, or back.
func (f *Fabric) open(edges []edge, reverse bool) bool {
	for _, e := range edges {
		from, to := e.from.name, e.to.name
		if reverse {
			from, to = to, from
		}
		if f.down[e.segment] || f.cut[[2]string{from, to}] {
			return false
		}
	}
	return true
}

// latency is what a segment of bytes takes between two nodes.
func (f *Fabric) latency(from, to *Node) time.Duration {
	if f.Latency == nil || from == to {
		return 0
	}
	return f.Latency(from.name, to.name)
}

// route finds the way from n to a remote address, and the source address to use unless local is given.
func (n *Node) route(remote, local netip.Addr, iface string) (route, error) {
	r := route{source: local, seen: local}
	if local.IsValid() && !local.IsUnspecified() && !n.owns(local) {
		return r, errNoSource
	}
	chosen := local.IsValid() && !local.IsUnspecified()
	if n.owns(remote) {
		if r.to = n; !chosen {
			r.source, r.seen = remote, remote
		}
		return r, nil
	}
	scope := remote.Zone()
	if scope == "" {
		scope = iface
	}
	if scope != "" && n.port(scope) == nil {
		return r, errNoInterface
	}
	if r.edges = n.search(remote, cmp.Or(scope, n.connected(remote))); r.edges == nil && scope == "" {
		r.edges = n.search(remote, "")
	}
	if r.edges == nil {
		return r, errUnreachable
	}
	r.to = r.edges[len(r.edges)-1].to
	out := n.portOn(r.edges[0].segment, scope)
	if !chosen {
		a, ok := n.sourceFor(remote, out)
		if !ok {
			return r, errNoSource
		}
		r.source, r.seen = a, a
	}
	if linkLocal6(r.source) {
		in := r.to.portOn(r.edges[len(r.edges)-1].segment, "")
		r.source, r.seen = r.source.WithZone(out.Name), r.source.WithZone(in.Name)
	}
	return r, nil
}

// connected is the interface in whose subnet an address is, empty for none.
func (n *Node) connected(remote netip.Addr) string {
	for _, p := range n.ports {
		if slices.ContainsFunc(p.Addrs, func(q netip.Prefix) bool { return q.Contains(remote) }) {
			return p.Name
		}
	}
	return ""
}

// search walks outward from n, nearest nodes first and in the order of their making, to the one that owns remote. With a
// scope only that interface's segment is tried first, and a link-local address only there.
func (n *Node) search(remote netip.Addr, scope string) []edge {
	type reached struct {
		node  *Node
		edges []edge
	}
	plain := remote.WithZone("")
	frontier, seen := []reached{{node: n}}, map[*Node]bool{n: true}
	for len(frontier) > 0 {
		at := frontier[0]
		frontier = frontier[1:]
		for _, p := range at.node.ports {
			if at.node == n && scope != "" && p != n.port(scope) {
				continue
			}
			for _, m := range n.f.nodes {
				if seen[m] || m.portOn(p.Segment, "") == nil {
					continue
				}
				seen[m] = true
				edges := append(slices.Clone(at.edges), edge{at.node, m, p.Segment})
				if linkLocal6(plain) {
					if m.hasOn(p.Segment, plain) {
						return edges
					}
				} else if m.owns(plain) {
					return edges
				} else {
					frontier = append(frontier, reached{m, edges})
				}
			}
		}
	}
	return nil
}

// hasOn reports whether one of the node's interfaces on a segment has the address.
func (n *Node) hasOn(segment string, a netip.Addr) bool {
	return slices.ContainsFunc(n.ports, func(p *Port) bool { return p.Segment == segment && p.has(a) })
}

// portOn is the node's interface on a segment, that of the scope where several are.
func (n *Node) portOn(segment, scope string) *Port {
	for _, p := range n.ports {
		if p.Segment == segment && (scope == "" || p == n.port(scope)) {
			return p
		}
	}
	return nil
}

// sourceFor picks the source address: of the interface that packets leave by, in remote's subnet before others, else any
// of the node's.
func (n *Node) sourceFor(remote netip.Addr, out *Port) (netip.Addr, bool) {
	plain := remote.WithZone("")
	fits := func(p netip.Prefix) bool {
		return p.Addr().Is4() == plain.Is4() && linkLocal6(p.Addr()) == linkLocal6(plain)
	}
	near := func(p netip.Prefix) bool { return fits(p) && p.Contains(plain) }
	if i := slices.IndexFunc(out.Addrs, near); i >= 0 {
		return out.Addrs[i].Addr(), true
	}
	if i := slices.IndexFunc(out.Addrs, fits); i >= 0 {
		return out.Addrs[i].Addr(), true
	}
	if !linkLocal6(plain) {
		for _, p := range n.ports {
			if i := slices.IndexFunc(p.Addrs, fits); i >= 0 {
				return p.Addrs[i].Addr(), true
			}
		}
	}
	return netip.Addr{}, false
}

func linkLocal6(a netip.Addr) bool { return a.Is6() && a.IsLinkLocalUnicast() }
