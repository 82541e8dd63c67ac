package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A Scenario is one network and its history.
type Scenario struct {
	Seed     uint64 // of the order in which things run, and of all that is left open here
	Rules    Rules
	Routers  []Router
	Links    []Link
	Networks []Network // at the start
	Events   []Event
}

// Rules are what the whole network has in common.
type Rules struct {
	// Economy: customers before peers before providers, and nobody carries others' traffic for nothing. Otherwise all that
	// is known is passed on, and paths are chosen by their length.
	Economy bool `json:",omitempty"`
	// CompareMED: between all neighbors, not only those of one AS.
	CompareMED bool `json:",omitempty"`
	// Graceful: who loses a neighbor keeps its routes for a while, until it is back (RFC 4724).
	Graceful bool `json:",omitempty"`
	// Units is how much work the table does in one turn, RingBytes how much may wait for one connection, Buffer how much a
	// socket holds.
	Units, RingBytes, Buffer int
	// Lazy is the kind of work that runs rarely while other work waits; 0: none.
	Lazy int `json:",omitempty"`
}

// A Router is one daemon.
type Router struct {
	N         int // its name, from 1
	AS        uint32
	Member    uint32 `json:",omitempty"` // its member AS, where AS is a confederation (RFC 5065)
	Cluster   uint32 `json:",omitempty"` // 0: its own identifier
	Multipath int    `json:",omitempty"` // 0: not configured
	// Sums are aggregates that the router announces while it has a more specific route, Alone without those.
	Sums  []string `json:",omitempty"`
	Alone bool     `json:",omitempty"`
}

// ID is the router's BGP identifier.
func (r *Router) ID() uint32 { return 10<<24 | 255<<16 | uint32(r.N) }

// Inside is the AS that the router says it is within its own one.
func (r *Router) Inside() uint32 { return cmp.Or(r.Member, r.AS) }

// Name is what the router is called.
func (r *Router) Name() string { return fmt.Sprintf("r%d", r.N) }

// A Link is a cable between two routers with a subnet of its own, and the session over it. With a hub it is the session alone:
// the two are on that router's LAN, where all its neighbors know it by one address, so that they can share update groups.
type Link struct {
	N       int  // its name, from 1
	Hub     int  `json:",omitempty"` // one of the two routers; 0: a cable
	Dynamic bool `json:",omitempty"` // the hub does not know the other end, which calls from its listen range
	IPv6    bool
	AddPath bool `json:",omitempty"` // the second end, whose only link this is, gets all paths of the first (RFC 7911)
	Latency time.Duration
	Ends    [2]End
}

// Unknown reports an end that is not configured: the hub's of a dynamic neighbor.
func (l *Link) Unknown(side int) bool { return l.Dynamic && l.Ends[side].Router == l.Hub }

// host is the number of an end on the hub's LAN.
func (l *Link) host(side int) byte {
	if r := l.Ends[side].Router; r != l.Hub {
		return byte(r)
	}
	return 254
}

// Addr is the IPv4 address of an end.
func (l *Link) Addr(side int) netip.Addr {
	if l.Hub != 0 {
		return netip.AddrFrom4([4]byte{10, 200, byte(l.Hub), l.host(side)})
	}
	return netip.AddrFrom4([4]byte{10, byte(l.N >> 8), byte(l.N), byte(side + 1)})
}

// Addr6 is the IPv6 address of an end.
func (l *Link) Addr6(side int) netip.Addr {
	if l.Hub != 0 {
		return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 2, 0, byte(l.Hub), 15: l.host(side)})
	}
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, byte(l.N >> 8), byte(l.N), 15: byte(side + 1)})
}

// Iface is what both ends call their interface.
func (l *Link) Iface() string {
	if l.Hub != 0 {
		return fmt.Sprintf("lan%d", l.Hub)
	}
	return fmt.Sprintf("eth%d", l.N)
}

// Index is the number of that interface.
func (l *Link) Index() int {
	if l.Hub != 0 {
		return 10000 + l.Hub
	}
	return l.N
}

// Bits are the lengths of the subnets.
func (l *Link) Bits() (four, six int) {
	if l.Hub != 0 {
		return 24, 64
	}
	return 30, 64
}

// Segment is what carries the link.
func (l *Link) Segment() string {
	if l.Hub != 0 {
		return fmt.Sprintf("lan%d", l.Hub)
	}
	return fmt.Sprintf("link%d", l.N)
}

// Relation is what the neighbor is to us.
type Relation uint8

// The relations.
const (
	Internal Relation = iota
	Customer
	Peer
	Provider
)

// An End is how one router is configured towards its neighbor over a link.
type End struct {
	Router      int
	Relation    Relation `json:",omitempty"`
	Absent      bool     `json:",omitempty"` // the neighbor is not configured at all
	Shutdown    bool     `json:",omitempty"`
	Passive     bool     `json:",omitempty"`
	Hold        int      // seconds
	Client      bool     `json:",omitempty"`
	NextHopSelf bool     `json:",omitempty"`
	Role        bool     `json:",omitempty"` // RFC 9234, as the relation is
	In, Out     Policy
}

// A Policy is what a route map does.
type Policy struct {
	Deny    []string `json:",omitempty"` // prefixes
	Bias    uint32   `json:",omitempty"` // in: added to the relation's local preference
	Prepend int      `json:",omitempty"` // out: how often our AS is added
	MED     int      `json:",omitempty"` // out: 0 leaves it out
	Origin  uint8    `json:",omitempty"` // out: 0 leaves it as it is, else origin + 1
	Tag     uint32   `json:",omitempty"` // out: a community 65535:N is added; not in an economy
}

// empty reports a policy that does nothing.
func (p *Policy) empty() bool {
	return len(p.Deny) == 0 && p.Bias == 0 && p.Prepend == 0 && p.MED == 0 && p.Origin == 0 && p.Tag == 0
}

// A Network is a prefix that a router originates.
type Network struct {
	Router int
	Prefix string
}

// An Event happens some time after the one before.
type Event struct {
	Wait   time.Duration
	Do     string        // one of the verbs below
	Router int           `json:",omitempty"`
	Link   int           `json:",omitempty"`
	Side   int           `json:",omitempty"`
	Prefix string        `json:",omitempty"`
	On     bool          `json:",omitempty"`
	End    *End          `json:",omitempty"`
	For    time.Duration `json:",omitempty"`
	Bytes  int           `json:",omitempty"`
	Mask   byte          `json:",omitempty"`
}

// What events do. The first two change what the network must look like in the end.
const (
	DoEnd      = "end"      // the end of a link is configured anew
	DoNetwork  = "network"  // a router begins or ceases to originate a prefix
	DoClear    = "clear"    // clear bgp NEIGHBOR
	DoSoftIn   = "softin"   // clear bgp NEIGHBOR soft in
	DoSoftOut  = "softout"  // clear bgp NEIGHBOR soft out
	DoCut      = "cut"      // nothing gets through the link
	DoHalf     = "half"     // nothing gets through from one end
	DoHeal     = "heal"     // everything gets through again
	DoUnplug   = "unplug"   // the interface of one end goes down, for a while
	DoReset    = "reset"    // the connections over a link are reset when so many more bytes have arrived
	DoCorrupt  = "corrupt"  // one byte on its way to an end is changed
	DoSlow     = "slow"     // a link takes long, for a while
	DoStall    = "stall"    // one end reads nothing, for a while
	DoCrash    = "crash"    // a router is gone without a word, for a while
	DoRestart  = "restart"  // a router takes its leave, and is back after a while
	DoUpgrade  = "upgrade"  // a router ends without a word to who keeps its routes, and is back after a while
	DoDescribe = "describe" // a change of the configuration that changes nothing
)

// Router gives a router by its name, nil if there is none.
func (s *Scenario) Router(n int) *Router {
	for i := range s.Routers {
		if s.Routers[i].N == n {
			return &s.Routers[i]
		}
	}
	return nil
}

// Link gives a link by its name, nil if there is none.
func (s *Scenario) Link(n int) *Link {
	for i := range s.Links {
		if s.Links[i].N == n {
			return &s.Links[i]
		}
	}
	return nil
}

// Clone gives a copy that shares nothing that changes.
func (s *Scenario) Clone() *Scenario {
	out := *s
	out.Routers, out.Links = slices.Clone(s.Routers), slices.Clone(s.Links)
	out.Networks, out.Events = slices.Clone(s.Networks), slices.Clone(s.Events)
	return &out
}

// Duration is the time that the events take.
func (s *Scenario) Duration() (d time.Duration) {
	for i := range s.Events {
		d += s.Events[i].Wait
	}
	return d
}

// String prints the scenario, one thing a line, in a form that Parse reads.
func (s *Scenario) String() string {
	var b strings.Builder
	line := func(kind string, v any) { fmt.Fprintf(&b, "%s %s\n", kind, encode(v)) }
	line("rules", struct {
		Seed uint64
		Rules
	}{s.Seed, s.Rules})
	for i := range s.Routers {
		line("router", &s.Routers[i])
	}
	for i := range s.Links {
		line("link", &s.Links[i])
	}
	for i := range s.Networks {
		line("network", &s.Networks[i])
	}
	for i := range s.Events {
		line("event", &s.Events[i])
	}
	return b.String()
}

// String is the event as the scenario prints it.
func (e *Event) String() string { return encode(e) }

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // a plain structure
	}
	return string(text)
}

// Parse reads what String has printed; empty lines and those that begin with # are skipped.
func Parse(text []byte) (*Scenario, error) {
	s := &Scenario{}
	for n, line := range bytes.Split(text, []byte("\n")) {
		kind, value, _ := bytes.Cut(bytes.TrimSpace(line), []byte(" "))
		if len(kind) == 0 || kind[0] == '#' {
			continue
		}
		if err := s.parse(string(kind), value); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return s, nil
}

func (s *Scenario) parse(kind string, value []byte) error {
	switch kind {
	case "rules":
		v := struct {
			*Rules
			Seed *uint64
		}{&s.Rules, &s.Seed}
		return decode(value, &v)
	case "router":
		s.Routers = append(s.Routers, Router{})
		return decode(value, &s.Routers[len(s.Routers)-1])
	case "link":
		s.Links = append(s.Links, Link{})
		return decode(value, &s.Links[len(s.Links)-1])
	case "network":
		s.Networks = append(s.Networks, Network{})
		return decode(value, &s.Networks[len(s.Networks)-1])
	case "event":
		s.Events = append(s.Events, Event{})
		return decode(value, &s.Events[len(s.Events)-1])
	}
	return fmt.Errorf("no such thing: %q", kind)
}

func decode(value []byte, to any) error {
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	if err := d.Decode(to); err != nil && err != io.EOF {
		return err
	}
	return nil
}
