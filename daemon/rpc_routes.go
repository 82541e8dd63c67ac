package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"sync"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

const (
	pageDefault = 1000
	pageMax     = 5000
	// pieceRoutes and pageUnits bound what one question to the RIB gives, and the work that it does.
	pieceRoutes = 128
	pageUnits   = 512
)

// A walk is a listing that a client reads page by page. The daemon keeps the last one of each connection, so that the next
// page goes on where the last one ended instead of starting over; it holds no copy of the table.
type walk struct {
	params  api.RoutesParams // with the After of the page that comes next
	listing *rib.Listing
}

// walks are the listings under way, one a client at most.
type walks struct {
	mu   sync.Mutex
	open map[*ipc.Caller]*walk
}

// take removes the client's walk when it is the one that p continues.
func (w *walks) take(c *ipc.Caller, p api.RoutesParams) *rib.Listing {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.open[c]
	delete(w.open, c)
	if last == nil || p.After == "" {
		return nil
	}
	p.Limit = last.params.Limit
	if !reflect.DeepEqual(last.params, p) {
		return nil
	}
	return last.listing
}

// keep remembers a walk until the client's next page, or the end of the connection.
func (w *walks) keep(c *ipc.Caller, p api.RoutesParams, next string, l *rib.Listing) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open == nil {
		w.open = map[*ipc.Caller]*walk{}
	}
	if _, known := w.open[c]; !known {
		context.AfterFunc(c.Context(), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			delete(w.open, c)
		})
	}
	p.After = next
	w.open[c] = &walk{params: p, listing: l}
}

var ribViews = map[api.View]rib.View{
	api.ViewTable: rib.ViewTable, api.ViewRoutes: rib.ViewRoutes, api.ViewReceived: rib.ViewReceived,
	api.ViewFiltered: rib.ViewFiltered, api.ViewAdvertised: rib.ViewAdvertised, api.ViewWithheld: rib.ViewWithheld,
}

func (d *Daemon) routes(ctx context.Context, caller *ipc.Caller, p api.RoutesParams) (api.RoutesPage, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.RoutesPage{}, err
	}
	q, s, err := routesQuery(pub, &p)
	if err != nil {
		return api.RoutesPage{}, err
	}
	page := api.RoutesPage{
		Family: p.Family, RouterID: addr4(pub.identity.routerID), AS: pub.config.Router.AS, ASNotation: pub.notation(),
		LocalPref: pub.config.DefaultLocalPref(), Routes: []api.Route{},
	}
	if s != nil && s.view.Load().ups == 0 {
		page.Why = whyEmpty(&p, s)
		return page, nil
	}
	r := pageReader{d: d, pub: pub, s: s, q: q, best: p.Filter.Best, listing: d.walks.take(caller, p), peers: newPeerNames(pub)}
	limit := p.Limit
	if p.Prefix.IsValid() && !p.Longer {
		limit = 1
	}
	for len(page.Routes) < limit && !r.done {
		views, err := r.piece(ctx, min(limit-len(page.Routes), pieceRoutes), &page)
		if err != nil {
			return page, err
		}
		for i := range views {
			if p.Prefix.IsValid() && !p.Longer && views[i].Prefix != p.Prefix {
				r.done = true
				break
			}
			if r.takes(&views[i]) {
				page.Routes = append(page.Routes, r.peers.route(&views[i], p.View, p.Detail))
			}
		}
	}
	if n := len(page.Routes); n > 0 && !r.done {
		page.Next = page.Routes[n-1].Prefix.String()
		d.walks.keep(caller, p, page.Next, r.listing)
	}
	if len(page.Routes) == 0 && p.After == "" {
		page.Why = whyEmpty(&p, s)
	}
	return page, nil
}

// A pageReader reads one page of a listing, in pieces that are short enough for the RIB's loop.
type pageReader struct {
	d       *Daemon
	pub     *publication
	s       *session // that the listing is about; nil: the table
	q       rib.Query
	best    bool         // only best paths
	listing *rib.Listing // nil: not begun
	peers   *peerNames
	counted bool // the page has its totals
	done    bool
}

// piece reads up to limit routes. There may be none although more will come.
func (r *pageReader) piece(ctx context.Context, limit int, page *api.RoutesPage) (views []rib.RouteView, err error) {
	err = r.d.loop.ask(ctx, func(t *rib.RIB) {
		if r.s != nil {
			r.q.Peer = r.s.stream.peer
		}
		if !r.counted {
			r.counted = true
			totals(page, t, r.q)
			r.peers.learn(r.pub)
		}
		if r.done = r.s != nil && r.q.Peer == rib.Local; r.done { // its first session is not in the table yet
			return
		}
		if r.listing == nil {
			r.listing = t.List(r.q)
		}
		views, r.done = r.listing.Next(limit, pageUnits)
	})
	return views, err
}

// takes leaves those paths of a route that the filter takes, and reports whether any is left. In the view of the table
// the RIB has done so, but for best paths.
func (r *pageReader) takes(v *rib.RouteView) bool {
	f := &r.q.Filter
	if r.s != nil && f.Prefix != nil && !f.Prefix(wire.PrefixFrom(v.Prefix)) {
		return false
	}
	v.Paths = slices.DeleteFunc(v.Paths, func(p rib.PathView) bool {
		return r.best && !p.Best || r.s != nil && f.Path != nil && !f.Path(wire.PrefixFrom(v.Prefix), shownAttrs(&p, r.q.View))
	})
	return len(v.Paths) > 0
}

// shownAttrs are the attributes of a path that a view is about: before policy, after it, or as sent.
func shownAttrs(p *rib.PathView, view rib.View) wire.Attrs {
	switch {
	case view == rib.ViewAdvertised:
		return p.Sent
	case view == rib.ViewReceived, view == rib.ViewFiltered, p.Reason != 0:
		return p.Pre
	}
	return p.Post
}

// countShown counts the pages of a neighbor's view, which a filter looks at outside of the RIB.
func (r *pageReader) countShown(ctx context.Context) (out api.CountResult, err error) {
	var page api.RoutesPage
	for !r.done {
		views, err := r.piece(ctx, pieceRoutes, &page)
		if err != nil {
			return out, err
		}
		for i := range views {
			if r.takes(&views[i]) {
				out.Routes++
				out.Paths += uint64(len(views[i].Paths))
			}
		}
	}
	out.TableVersion = page.TableVersion
	return out, nil
}

// count counts what routes would list.
func (d *Daemon) count(ctx context.Context, _ *ipc.Caller, p api.RoutesParams) (out api.CountResult, err error) {
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	q, s, err := routesQuery(pub, &p)
	if err != nil {
		return out, err
	}
	if p.Filter.Best || s != nil && !reflect.ValueOf(p.Filter).IsZero() {
		r := pageReader{d: d, pub: pub, s: s, q: q, best: p.Filter.Best, peers: newPeerNames(pub)}
		return r.countShown(ctx)
	}
	var count *rib.Count
	for done := false; !done && err == nil; {
		err = d.loop.ask(ctx, func(r *rib.RIB) {
			if s != nil {
				q.Peer = s.stream.peer
			}
			if out.TableVersion = r.Version(q.Family); s != nil && q.Peer == rib.Local {
				done = true
				return
			}
			if count == nil {
				count = r.Count(q)
			}
			done = count.Next(pageUnits)
			out.Routes, out.Paths = count.Routes, count.Paths
		})
	}
	return out, err
}

// routesQuery checks the parameters of a listing and puts them into the RIB's terms.
func routesQuery(pub *publication, p *api.RoutesParams) (q rib.Query, s *session, err error) {
	if q.Family, err = familyOf(p.Family); err != nil {
		return q, nil, err
	}
	view, ok := ribViews[p.View]
	if !ok {
		return q, nil, badParam("view", fmt.Sprintf("unknown view %q", p.View))
	}
	if p.View != api.ViewTable {
		if p.Neighbor == "" {
			return q, nil, badParam("neighbor", "neighbor is needed for view "+string(p.View))
		}
		if s, err = pub.neighbor(p.Neighbor); err != nil {
			return q, nil, err
		}
	}
	if p.Prefix.IsValid() {
		p.Prefix = p.Prefix.Masked()
		if config.FamilyIndex(q.Family) != indexOf(p.Prefix.Addr()) {
			return q, nil, badParam("prefix", fmt.Sprintf("%s is not a prefix of %s", p.Prefix, p.Family))
		}
	}
	if p.After != "" {
		after, err := netip.ParsePrefix(p.After)
		if err != nil {
			return q, nil, badParam("after", "after is not the next of a page")
		}
		q.After = rib.Key{Prefix: wire.PrefixFrom(after), Set: true}
	}
	switch {
	case p.Limit < 0 || p.Limit > pageMax:
		return q, nil, badParam("limit", fmt.Sprintf("limit %d is not in 1 to %d", p.Limit, pageMax))
	case p.Limit == 0:
		p.Limit = pageDefault
	}
	q.View, q.Within, q.Detail = view, p.Prefix, p.Detail
	q.Filter, err = pub.routeFilter(&p.Filter, q.Family)
	return q, s, err
}

func badParam(where, text string) error {
	return &ipc.Error{Code: ipc.CodeInvalidParams, Message: text, Data: api.ErrorData{What: where, Where: "params." + where}}
}

// indexOf is the index of an address's family.
func indexOf(a netip.Addr) int {
	if a.Is4() {
		return config.IPv4
	}
	return config.IPv6
}

// totals counts what the listing is about.
func totals(page *api.RoutesPage, r *rib.RIB, q rib.Query) {
	t := r.Totals(q.Family)
	page.TableVersion = t.Version
	page.TotalRoutes, page.TotalPaths = uint64(t.Routed), uint64(t.Usable)
	c := r.Counters(q.Peer, q.Family)
	refused := uint64(c.Received - c.Accepted)
	switch q.View {
	case rib.ViewReceived:
		page.TotalRoutes, page.Filtered = uint64(c.Received), refused
	case rib.ViewFiltered:
		page.TotalRoutes = refused
	case rib.ViewAdvertised:
		page.TotalRoutes, page.DefaultOriginate = uint64(c.Sent), c.DefaultSent
	case rib.ViewWithheld:
		page.TotalRoutes = uint64(t.Routed) - min(uint64(t.Routed), uint64(c.Sent))
	default:
		return
	}
	page.TotalPaths = page.TotalRoutes
}

// whyEmpty says in one line why a listing has nothing.
func whyEmpty(p *api.RoutesParams, s *session) string {
	filtered := !reflect.ValueOf(p.Filter).IsZero()
	switch {
	case s == nil && filtered:
		return "no path matches"
	case s == nil && p.Prefix.IsValid():
		return "no route inside " + p.Prefix.String()
	case s == nil:
		return "the table is empty"
	}
	v := s.view.Load()
	f, _ := familyOf(p.Family)
	deny := v.deny[config.FamilyIndex(f)]
	switch {
	case v.agreed == nil && v.down != nil:
		return "the session is down: " + v.down.String()
	case !v.negotiated(f):
		return f.String() + " is not negotiated with " + s.name
	case p.View == api.ViewRoutes && deny.in == api.DenyPolicy:
		return "inbound routes are refused: no policy (bgp ebgp-requires-policy); to accept them: neighbor " + s.name + " allow any in"
	case p.View == api.ViewAdvertised && deny.out == api.DenyPolicy:
		return "nothing is sent: no policy (bgp ebgp-requires-policy); to send: neighbor " + s.name + " allow any out"
	case deny.in == api.DenyConfig && p.View == api.ViewRoutes, deny.out == api.DenyConfig && p.View == api.ViewAdvertised:
		return "a bad line of the startup configuration holds this direction back: show startup-config errors"
	}
	if filtered || p.Prefix.IsValid() {
		return "none of the routes matches"
	}
	switch p.View {
	case api.ViewReceived, api.ViewRoutes:
		return s.name + " has sent no route"
	case api.ViewFiltered:
		return "no route of " + s.name + " is refused"
	case api.ViewAdvertised:
		return "there is no route for " + s.name + "; show bgp neighbors " + s.name + " withheld-routes tells why routes are kept back"
	case api.ViewWithheld:
		return "every best route was sent to " + s.name
	}
	return ""
}

func (d *Daemon) lookup(ctx context.Context, _ *ipc.Caller, p api.LookupParams) (api.LookupResult, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.LookupResult{}, err
	}
	addr := p.Address
	if p.Prefix.IsValid() {
		addr = p.Prefix.Addr()
	}
	if !addr.IsValid() || p.Prefix.IsValid() == p.Address.IsValid() {
		return api.LookupResult{}, badParam("prefix", "one of prefix and address is needed")
	}
	i := indexOf(addr)
	if p.Family != "" && p.Family != apiFamilies[i] {
		return api.LookupResult{}, badParam("family", fmt.Sprintf("%s is not of family %s", addr, p.Family))
	}
	out := api.LookupResult{Family: apiFamilies[i], RouterID: addr4(pub.identity.routerID), AS: pub.config.Router.AS, ASNotation: pub.notation()}
	found := false
	peers := newPeerNames(pub)
	var view rib.RouteView
	err = d.loop.ask(ctx, func(r *rib.RIB) {
		if f := config.Families[i]; p.Prefix.IsValid() {
			view, found = r.Lookup(f, p.Prefix.Masked())
		} else {
			view, found = r.LookupAddr(f, addr)
		}
		out.TableVersion = r.Version(config.Families[i])
		peers.learn(pub)
	})
	view.Paths = slices.DeleteFunc(view.Paths, func(p rib.PathView) bool { return p.Reason != 0 })
	if found = len(view.Paths) > 0; found {
		out.Route = peers.route(&view, api.ViewTable, true)
	}
	if err == nil && !found {
		what := addr.String()
		if p.Prefix.IsValid() {
			what = p.Prefix.String()
		}
		err = &ipc.Error{Code: api.CodeNotFound, Message: "no route to " + what, Data: api.ErrorData{What: what}}
	}
	return out, err
}
