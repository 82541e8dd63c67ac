package rib

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"bgpsh/wire"
)

// The slow twin: what a RIB should be, written with slices, maps and sorting, and with attributes as plain values.

// modelAttrs is an attribute set as a value.
type modelAttrs struct {
	weight      uint32
	origin      uint8
	path        []uint32
	nextHop     netip.Addr
	linkLocal   netip.Addr
	med         int64 // -1: none
	localPref   int64 // -1: none
	communities []uint32
	large       []wire.LargeCommunity
	originator  uint32
	clusters    []uint32
	atomic      bool
	aggregator  string // the attribute's octets
}

// wire gives the canonical bytes.
func (m *modelAttrs) wire() wire.Attrs {
	var e wire.Editor
	e.Reset(nil)
	e.SetLocal(wire.Local{Weight: m.weight})
	e.SetOrigin(m.origin)
	e.PrependAS(0, 0)
	for _, as := range slices.Backward(m.path) {
		e.PrependAS(as, 1)
	}
	e.SetNextHops(m.nextHop, m.linkLocal)
	if m.med >= 0 {
		e.SetUint32(wire.AttrMED, uint32(m.med))
	}
	if m.localPref >= 0 {
		e.SetUint32(wire.AttrLocalPref, uint32(m.localPref))
	}
	for _, c := range m.communities {
		e.AddCommunity(c)
	}
	for _, c := range m.large {
		e.AddLargeCommunity(c)
	}
	if m.originator != 0 {
		e.SetUint32(wire.AttrOriginatorID, m.originator)
	}
	for _, c := range slices.Backward(m.clusters) {
		e.PrependCluster(c)
	}
	if m.atomic {
		e.Set(wire.AttrAtomicAggregate, wire.FlagTransitive, nil)
	}
	if m.aggregator != "" {
		e.Set(wire.AttrAggregator, wire.AttrAggregator.DefaultFlags(), []byte(m.aggregator))
	}
	return slices.Clone(e.Attrs())
}

// String is what two sets are compared by.
func (m modelAttrs) String() string {
	return fmt.Sprintf("origin %d path %v nh %v %v med %d lp %d com %x large %v orig %d clusters %v atomic %v aggregator %x",
		m.origin, m.path, m.nextHop, m.linkLocal, m.med, m.localPref, m.communities, m.large, m.originator, m.clusters, m.atomic, m.aggregator)
}

// readAttrs turns received bytes into a value.
func readAttrs(a wire.Attrs) modelAttrs {
	m := modelAttrs{origin: a.Origin(), nextHop: a.NextHop(), med: -1, localPref: -1}
	if v, _ := a.Get(wire.AttrNextHop); len(v) == 32 {
		m.linkLocal = a.LinkLocal()
	}
	for s := range a.ASPath().Segments {
		for i := range s.Len() {
			m.path = append(m.path, s.At(i))
		}
	}
	if v, ok := a.MED(); ok {
		m.med = int64(v)
	}
	if v, ok := a.LocalPref(); ok {
		m.localPref = int64(v)
	}
	for i, c := 0, a.Communities(); i < c.Len(); i++ {
		m.communities = append(m.communities, c.At(i))
	}
	for i, c := 0, a.LargeCommunities(); i < c.Len(); i++ {
		m.large = append(m.large, c.At(i))
	}
	m.originator, _ = a.OriginatorID()
	for i, c := 0, a.ClusterList(); i < c.Len(); i++ {
		m.clusters = append(m.clusters, c.At(i))
	}
	_, m.atomic = a.Get(wire.AttrAtomicAggregate)
	aggregator, _ := a.Get(wire.AttrAggregator)
	m.aggregator = string(aggregator)
	return m
}

// mark adds a community behind the others, once.
func (m *modelAttrs) mark(c uint32) {
	if !slices.Contains(m.communities, c) {
		m.communities = append(slices.Clone(m.communities), c)
	}
}

type modelPath struct {
	peer    PeerID
	pathID  uint32
	pre     modelAttrs
	post    modelAttrs
	reason  Reason
	arrival int64
	stale   bool // since a BoRR
	kept    bool // since the loss of a session
	aged    bool // and for long
}

// lastResort reports a long-lived stale path, which is used only where there is no other.
func (p *modelPath) lastResort() bool {
	return slices.Contains(p.post.communities, wire.CommunityLLGRStale)
}

// modelPeer is a neighbor of the twin.
type modelPeer struct {
	id       PeerID
	session  *Session // nil: down
	facts    *Session // the last session, whose paths may have been kept
	ended    [2]bool  // End-of-RIB was sent in this session
	family   [2]FamilySession
	importBy int // mode of import policy
}

// model is the twin.
type model struct {
	best      BestPath
	localPref uint32
	routerID  uint32
	peers     map[PeerID]*modelPeer
	paths     [2]map[wire.Prefix][]*modelPath
	exportBy  map[uint32]int // mode of each export policy
	own       [2]ownRoutes
}

// importMode is what an import policy does; also used by the RIB's callback, on bytes.
func importMode(mode int, a *modelAttrs, p wire.Prefix) Reason {
	switch mode {
	case 1:
		if p.Len%2 == 1 {
			return Filtered
		}
	case 2:
		a.localPref = 200
	case 3:
		if slices.Contains(a.path, 65077) {
			return ASLoop
		}
		a.communities = append(slices.Clone(a.communities), 77)
		slices.Sort(a.communities)
		a.communities = slices.Compact(a.communities)
	}
	return 0
}

func exportMode(mode int, a *modelAttrs, p wire.Prefix) Reason {
	switch mode {
	case 1:
		if p.Len%3 == 0 {
			return Filtered
		}
	case 2:
		a.med = 77
	case 3:
		if a.origin == 2 {
			return Filtered
		}
	}
	return 0
}

func byPrefixMode(mode int) bool { return mode == 1 }

func (m *model) announce(peer PeerID, six int, n wire.NLRI, pre modelAttrs, reason Reason, arrival int64) {
	for _, q := range m.paths[six][n.Prefix] {
		if q.peer == peer && q.pathID == n.ID && reason != Malformed && q.reason != Malformed && string(q.pre.wire()) == string(pre.wire()) {
			arrival = q.arrival
		}
	}
	m.withdraw(peer, six, n)
	p := &modelPath{peer: peer, pathID: n.ID, pre: pre, reason: reason, arrival: arrival}
	m.judge(p, n.Prefix)
	m.paths[six][n.Prefix] = append(m.paths[six][n.Prefix], p)
}

func (m *model) judge(p *modelPath, pfx wire.Prefix) {
	if p.reason == Malformed {
		return
	}
	p.post = p.pre
	p.reason = 0
	if p.peer != Local {
		p.reason = importMode(m.peers[p.peer].importBy, &p.post, pfx)
	}
	if p.aged {
		p.post.mark(wire.CommunityLLGRStale)
	}
}

func (m *model) withdraw(peer PeerID, six int, n wire.NLRI) {
	list := slices.DeleteFunc(m.paths[six][n.Prefix], func(p *modelPath) bool { return p.peer == peer && p.pathID == n.ID })
	if m.paths[six][n.Prefix] = list; len(list) == 0 {
		delete(m.paths[six], n.Prefix)
	}
}

// remove takes out the paths for which gone holds.
func (m *model) remove(six int, gone func(*modelPath) bool) {
	for pfx, list := range m.paths[six] {
		if list = slices.DeleteFunc(list, gone); len(list) == 0 {
			delete(m.paths[six], pfx)
		} else {
			m.paths[six][pfx] = list
		}
	}
}

// decide takes out paths step by step, as RFC 4271 9.1.2.2 tells it.
func (m *model) decide(all []*modelPath) *modelPath {
	var left []*modelPath
	for _, p := range all {
		if p.reason == 0 {
			left = append(left, p)
		}
	}
	least := func(key func(*modelPath) int64) {
		if len(left) == 0 {
			return
		}
		low := key(slices.MinFunc(left, func(a, b *modelPath) int { return int(min(max(key(a)-key(b), -1), 1)) }))
		left = slices.DeleteFunc(left, func(p *modelPath) bool { return key(p) != low })
	}
	peer := func(p *modelPath) *Session {
		if p.peer == Local {
			return &Session{RouterID: m.routerID}
		}
		return m.peers[p.peer].facts
	}
	least(func(p *modelPath) int64 {
		return int64(bit(p.lastResort()))
	})
	least(func(p *modelPath) int64 {
		return -int64(p.post.weight)
	})
	least(func(p *modelPath) int64 {
		if p.post.localPref < 0 {
			return -int64(m.localPref)
		}
		return -p.post.localPref
	})
	least(func(p *modelPath) int64 { return int64(min(p.peer, 1)) })
	if !m.best.IgnoreASPath {
		least(func(p *modelPath) int64 { return int64(len(p.post.path)) })
	}
	least(func(p *modelPath) int64 { return int64(p.post.origin) })
	med := func(p *modelPath) int64 {
		if p.post.med < 0 && m.best.MissingMEDWorst {
			return 1<<32 - 1
		}
		return max(p.post.med, 0)
	}
	neighbor := func(p *modelPath) uint32 {
		if m.best.AlwaysCompareMED || len(p.post.path) == 0 {
			return 0
		}
		return p.post.path[0]
	}
	tied := slices.Clone(left)
	left = slices.DeleteFunc(left, func(p *modelPath) bool {
		return slices.ContainsFunc(tied, func(q *modelPath) bool { return neighbor(p) == neighbor(q) && med(q) < med(p) })
	})
	least(func(p *modelPath) int64 { return int64(bit(peer(p).Internal)) })
	if len(left) > 0 && left[0].peer != Local && !peer(left[0]).Internal && !m.best.CompareRouterID {
		least(func(p *modelPath) int64 { return p.arrival })
	}
	least(func(p *modelPath) int64 {
		if p.post.originator != 0 {
			return int64(p.post.originator)
		}
		return int64(peer(p).RouterID)
	})
	least(func(p *modelPath) int64 { return int64(len(p.post.clusters)) })
	slices.SortFunc(left, func(a, b *modelPath) int { return peer(a).Addr.Compare(peer(b).Addr) })
	if len(left) > 1 {
		left = slices.DeleteFunc(left, func(p *modelPath) bool { return peer(p).Addr != peer(left[0]).Addr })
	}
	least(func(p *modelPath) int64 { return int64(p.pathID) })
	if len(left) == 0 {
		return nil
	}
	return left[0]
}

// export gives what a neighbor is to be told of a prefix.
func (m *model) export(to *modelPeer, six int, pfx wire.Prefix) (modelAttrs, Reason) {
	best := m.decide(m.paths[six][pfx])
	switch {
	case best == nil:
		return modelAttrs{}, NoBestPath
	case to.family[six].DenyOut != 0:
		return modelAttrs{}, to.family[six].DenyOut
	}
	return m.exportPath(to, six, pfx, best)
}

// exportPath gives what a neighbor is to be told of a path that is chosen for it.
func (m *model) exportPath(to *modelPeer, six int, pfx wire.Prefix, best *modelPath) (modelAttrs, Reason) {
	k := to.family[six].Group
	if best.peer == to.id {
		return modelAttrs{}, SplitHorizon
	}
	policies, reason := m.exportPolicies(to, six, pfx, best)
	if reason != 0 {
		return modelAttrs{}, reason
	}
	a := best.post
	fromInternal := best.peer != Local && m.peers[best.peer].facts.Internal
	aged := best.lastResort()
	switch {
	case aged && !k.LongLived && !k.Internal:
		return a, AgedRoute
	case slices.Contains(a.communities, wire.CommunityNoAdvertise):
		return a, NoAdvertise
	case !k.Internal && (slices.Contains(a.communities, wire.CommunityNoExport) || slices.Contains(a.communities, wire.CommunityNoExportSubconfed)):
		return a, NoExport
	case k.Internal && fromInternal:
		return a, IBGPtoIBGP
	}
	if !k.Internal && best.peer != Local {
		a.med = -1
	}
	for _, policy := range policies {
		if policy == 0 {
			continue
		}
		if reason := exportMode(m.exportBy[policy], &a, pfx); reason != 0 {
			return a, reason
		}
	}
	if k.AS != 0 && slices.Contains(a.path, k.AS) {
		return a, SenderASLoop
	}
	if reason := m.nextHop(&a, to, best, six); reason != 0 {
		return a, reason
	}
	if k.Strip == AllCommunities {
		a.communities, a.large = nil, nil
	}
	if k.Internal {
		if a.localPref < 0 {
			a.localPref = int64(m.localPref)
		}
	} else {
		a.localPref, a.originator, a.clusters = -1, 0, nil
		a.path = append([]uint32{k.LocalAS}, a.path...)
	}
	if aged {
		a.mark(wire.CommunityLLGRStale)
	}
	if aged && !k.LongLived {
		a.mark(wire.CommunityNoExport)
		a.localPref = 0
	}
	if len(a.large) > 300 {
		return a, TooLong
	}
	return a, 0
}

func (m *model) nextHop(a *modelAttrs, to *modelPeer, best *modelPath, six int) Reason {
	k, given := to.family[six].Group, a.nextHop
	four := six == 0
	usable := func(nh netip.Addr) bool {
		return nh.IsValid() && (four && nh.Is4() || four && nh.Is6() && k.Encoding.ExtendedNextHop || !four && nh.Is6())
	}
	linkLocal := a.linkLocal
	a.linkLocal = netip.Addr{}
	isMember := func() bool {
		for _, p := range m.peers {
			if p.session != nil && p.family[six].DenyOut == 0 && p.family[six].Group == k && p.session.Addr == given {
				return true
			}
		}
		return false
	}
	switch {
	case k.ConfiguredNextHop.IsValid():
		a.nextHop = k.ConfiguredNextHop
	case k.Internal && !k.NextHopSelf && !given.IsUnspecified():
		if given.IsLinkLocalUnicast() {
			return NoNextHop
		}
	case !k.Internal && k.Subnet.IsValid() && k.Subnet.Contains(given) &&
		(best.peer != Local && m.peers[best.peer].facts.Addr == given || !isMember()):
		a.linkLocal = linkLocal
	case four && k.NextHop4.IsValid():
		a.nextHop = k.NextHop4
	default:
		a.nextHop, a.linkLocal = k.NextHop6, k.NextHop6LL
		if !a.nextHop.IsValid() {
			a.nextHop = k.NextHop6LL
		}
	}
	if !usable(a.nextHop) {
		return NoNextHop
	}
	if a.nextHop == a.linkLocal {
		a.linkLocal = netip.Addr{} // a receiver sees one
	}
	return 0
}

// heard is what a neighbor knows from the bytes it was delivered.
type heard struct {
	tb       testing.TB
	id       PeerID
	params   wire.Params
	views    [2]map[wire.NLRI]string // the identifier is 0 without ADD-PATH
	stale    [2]map[wire.NLRI]bool
	begun    [2]bool
	endOfRIB [2]int
	room     int  // buffers until the queue is full
	loose    bool // may have been told things twice since it was last checked
	blocked  bool
	updates  int
}

func newHeard(tb testing.TB, id PeerID, s *Session) *heard {
	h := &heard{tb: tb, id: id, room: 1 << 30, loose: true}
	h.params = wire.Params{AS4: true, IPv4: true, IPv6: true, Internal: s.Internal, ExtendedNextHop: true}
	for i := range h.views {
		h.views[i], h.stale[i] = map[wire.NLRI]string{}, map[wire.NLRI]bool{}
	}
	for _, f := range s.Families {
		switch wide := f.Group.Encoding.AddPath; f.Family {
		case wire.IPv4Unicast:
			h.params.AddPathIPv4 = wide
		case wire.IPv6Unicast:
			h.params.AddPathIPv6 = wide
		}
	}
	return h
}

// take reads one delivered buffer.
func (h *heard) take(f wire.Family, buf []byte, nlri int) bool {
	if h.blocked {
		h.tb.Fatalf("peer %d: delivered to while blocked", h.id)
	}
	count := 0
	for len(buf) > 0 {
		head, err := wire.ParseHeader(buf, wire.MaxLen)
		if err != nil {
			h.tb.Fatalf("peer %d: header: %v", h.id, err)
		}
		body := buf[wire.HeaderLen:head.Len]
		buf = buf[head.Len:]
		switch head.Type {
		case wire.TypeRouteRefresh:
			h.refresh(body)
		case wire.TypeUpdate:
			count += h.update(f, body)
		default:
			h.tb.Fatalf("peer %d: message of type %d", h.id, head.Type)
		}
	}
	if count != nlri {
		h.tb.Fatalf("peer %d: %d prefixes announced as %d", h.id, count, nlri)
	}
	h.room--
	if h.room <= 0 {
		h.blocked, h.loose = true, true
	}
	return !h.blocked
}

func (h *heard) update(f wire.Family, body []byte) (count int) {
	u, err := wire.ParseUpdate(body, &h.params)
	if err == nil {
		err = u.Err()
	}
	if err != nil {
		h.tb.Fatalf("peer %d: update: %v\n%x", h.id, err, body)
	}
	h.updates++
	if g, ok := u.EndOfRIB(); ok {
		h.endOfRIB[sixOf(g)]++
		return 0
	}
	for part := range u.Parts {
		if part.Family != f {
			h.tb.Fatalf("peer %d: family %v in a buffer of %v", h.id, part.Family, f)
		}
		view, stale := h.views[sixOf(f)], h.stale[sixOf(f)]
		attrs := ""
		if !part.Withdraw {
			attrs = readAttrs(wire.Attrs(u.AppendAttrs(nil, &part))).String()
		}
		for n := range part.NLRI.All {
			count++
			delete(stale, n)
			old, had := view[n]
			switch {
			case (n.ID != 0) != (sixOf(f) == 0 && h.params.AddPathIPv4 || sixOf(f) == 1 && h.params.AddPathIPv6):
				h.tb.Fatalf("peer %d: %v has the wrong identifier", h.id, n)
			case part.Withdraw && !had:
				h.tb.Fatalf("peer %d: %v withdrawn, which it did not have", h.id, n)
			case part.Withdraw:
				delete(view, n)
			case had && old == attrs && !h.loose:
				h.tb.Fatalf("peer %d: %v announced twice with %s", h.id, n, attrs)
			default:
				view[n] = attrs
			}
		}
	}
	return count
}

func (h *heard) refresh(body []byte) {
	r, err := wire.ParseRouteRefresh(body, false)
	if err != nil {
		h.tb.Fatalf("peer %d: refresh: %v", h.id, err)
	}
	i := sixOf(r.Family)
	switch r.Subtype {
	case wire.RefreshBegin:
		for p := range h.views[i] {
			h.stale[i][p] = true
		}
		h.begun[i] = true
	case wire.RefreshEnd:
		if !h.begun[i] {
			h.tb.Fatalf("peer %d: EoRR without BoRR", h.id)
		}
		h.begun[i] = false
		for p := range h.stale[i] {
			delete(h.views[i], p)
		}
		clear(h.stale[i])
	}
}

func sixOf(f wire.Family) int {
	if f == wire.IPv6Unicast {
		return 1
	}
	return 0
}

var start = time.Unix(1_000_000, 0)
