package kernel

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"slices"
)

// A Route is one route of the kernel's tables.
type Route struct {
	Prefix   netip.Prefix // without host bits
	Table    uint32
	Protocol uint8  // who put it there, see the Proto constants
	Metric   uint32 // its priority among the routes to one prefix: the lowest is used
	// Gateway is the router of its first next hop that can be used, when that is of the prefix's family; else the zero address.
	Gateway netip.Addr
	Link    int // index of that next hop's interface; 0: packets go nowhere
}

// MainTable is the number of the table of routes that packets take where no rule says otherwise.
const MainTable = 254

// Protocol numbers of linux/rtnetlink.h and iproute2's etc/rt_protos: who put a route there.
const (
	ProtoRedirect   = 1
	ProtoKernel     = 2 // the kernel itself: subnets of interfaces
	ProtoBoot       = 3 // what `ip route` says where it is not told
	ProtoStatic     = 4
	ProtoZebra      = 11
	ProtoBabel      = 42
	ProtoBGP        = 186
	ProtoISIS       = 187
	ProtoOSPF       = 188
	ProtoRIP        = 189
	ProtoRIPNG      = 190
	ProtoNHRP       = 191
	ProtoEIGRP      = 192
	ProtoLDP        = 193
	ProtoSharp      = 194
	ProtoPBR        = 195
	ProtoZStatic    = 196 // FRR's staticd
	ProtoOpenFabric = 197
	ProtoSRTE       = 198
)

// Protocols is a set of protocol numbers.
type Protocols [4]uint64

// ProtocolsOf is the set of some numbers.
func ProtocolsOf(numbers ...uint8) (s Protocols) {
	for _, n := range numbers {
		s[n/64] |= 1 << (n % 64)
	}
	return s
}

// Without is s less the numbers of other.
func (s Protocols) Without(other Protocols) Protocols {
	for i := range s {
		s[i] &^= other[i]
	}
	return s
}

// Has reports whether n is in the set.
func (s Protocols) Has(n uint8) bool { return s[n/64]>>(n%64)&1 != 0 }

// AllProtocols has every number.
var AllProtocols = Protocols{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}

// list are the numbers of the set, as many as most at most.
func (s Protocols) list(most int) (out []uint8) {
	for n := 0; n < 256 && len(out) < most; n++ {
		if s.Has(uint8(n)) {
			out = append(out, uint8(n))
		}
	}
	return out
}

// A Selection says which routes of one table are wanted.
type Selection struct {
	Table     uint32
	Protocols Protocols
}

// Has reports a route that is wanted.
func (s Selection) Has(r *Route) bool { return r.Table == s.Table && s.Protocols.Has(r.Protocol) }

// Routes are the routes that were wanted at one moment. They never change, and any goroutine may use them. nil has none.
type Routes struct{ list []Route }

// newRoutes takes a list over.
func newRoutes(list []Route) *Routes {
	slices.SortFunc(list, compareRoutes)
	return &Routes{slices.CompactFunc(list, func(a, b Route) bool { return a == b })}
}

// compareRoutes orders by prefix, then as the kernel prefers.
func compareRoutes(a, b Route) int {
	if c := a.Prefix.Compare(b.Prefix); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Protocol, b.Protocol), a.Gateway.Compare(b.Gateway),
		cmp.Compare(a.Link, b.Link))
}

// All are the routes by prefix, those to one prefix as the kernel prefers them. Read only.
func (r *Routes) All() []Route {
	if r == nil {
		return nil
	}
	return r.list
}

// To are the routes to one prefix. Read only.
func (r *Routes) To(p netip.Prefix) []Route {
	all := r.All()
	from, _ := slices.BinarySearchFunc(all, p, func(r Route, p netip.Prefix) int { return r.Prefix.Compare(p) })
	to := from
	for to < len(all) && all[to].Prefix == p {
		to++
	}
	return all[from:to]
}

// ErrAgain says that the routes could not be read, and that it is tried again.
var ErrAgain = errors.New("it is tried again every second")

// Want says which routes are to be seen from now on, in place of those before: none were not wanted, nothing is read and no
// notice taken. Routes shows them when it returns. With ErrAgain it still shows those before; any other error leaves nothing wanted. The network namespace is that of the calling
// thread.
func (w *Watcher) Want(all []Selection) error {
	w.wanting.Lock()
	defer w.wanting.Unlock()
	if slices.Equal(all, w.wanted) {
		return nil
	}
	w.wanted = slices.Clone(all)
	if w.openRoutes == nil {
		return nil // SetRoutes shows what it shows
	}
	if w.endRoutes != nil {
		w.endRoutes()
		w.endRoutes = nil
	}
	if len(all) == 0 {
		w.routes.Store(nil)
		return nil
	}
	ctx, cancel := context.WithCancel(w.ctx)
	ended, err := w.openRoutes(ctx, w.wanted)
	if ended == nil {
		cancel()
		w.wanted = nil
		w.routes.Store(nil)
		return err
	}
	w.endRoutes = func() { cancel(); <-ended }
	return err
}

// Routes are the newest of the routes that are wanted.
func (w *Watcher) Routes() *Routes { return w.routes.Load() }

// RouteChanges is Changes for Routes.
func (w *Watcher) RouteChanges() <-chan struct{} { return w.routeChanges }

// SetRoutes makes list what a Watcher without kernel shows, and notifies when that is something new.
func (w *Watcher) SetRoutes(list []Route) { w.publishRoutes(newRoutes(slices.Clone(list))) }

// publishRoutes shows r; one goroutine at a time does.
func (w *Watcher) publishRoutes(r *Routes) {
	if slices.Equal(w.routes.Load().All(), r.list) {
		return
	}
	w.routes.Store(r)
	signal(w.routeChanges)
}
