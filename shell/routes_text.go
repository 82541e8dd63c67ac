package shell

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"

	"bgpsh/ipc/api"
)

// Widths of the columns of a listing of routes.
type routeColumns struct {
	network, nextHop, metric int
}

var (
	narrowColumns = routeColumns{17, 16, 10}
	wideColumns   = routeColumns{45, 41, 7}
)

// legend stands above each listing, in FRR 8.4's words.
const legend = `Status codes:  s suppressed, d damped, h history, * valid, > best, = multipath,
               i internal, r RIB-failure, S Stale, R Removed
Nexthop codes: @NNN nexthop's vrf id, < announce-nh-self
Origin codes:  i - IGP, e - EGP, ? - incomplete
RPKI validation codes: V valid, I invalid, N Not found

`

// routeWriter writes a listing of routes as it comes, page by page, in FRR
// 8.4's fixed columns. It holds one line at a time.
type routeWriter struct {
	w       io.Writer
	view    api.View
	columns routeColumns
	line    []byte

	notation api.ASNotation // of the router
	started  bool
	routes   uint64 // written so far
}

func newRouteWriter(w io.Writer, view api.View, wide bool) *routeWriter {
	r := &routeWriter{w: w, view: view, columns: narrowColumns}
	if wide {
		r.columns = wideColumns
	}
	return r
}

// page writes the routes of one page, with the heading before the first.
func (r *routeWriter) page(p *api.RoutesPage) error {
	for i := range p.Routes {
		if !r.started {
			if err := r.head(p); err != nil {
				return err
			}
		}
		if err := r.route(&p.Routes[i]); err != nil {
			return err
		}
	}
	return nil
}

// head is what stands above the first route.
func (r *routeWriter) head(p *api.RoutesPage) error {
	r.started, r.notation = true, p.ASNotation
	c := &r.columns
	_, err := fmt.Fprintf(r.w, "BGP table version is %d, local router ID is %s, vrf id 0\nDefault local pref %d, local AS %s\n%s   %-*s%-*s%*s LocPrf Weight Path\n",
		p.TableVersion, p.RouterID, p.LocalPref, p.ASNotation.Number(p.AS), legend, c.network, "Network", c.nextHop, "Next Hop", c.metric, "Metric")
	return err
}

// route writes all paths of one prefix; the prefix stands before the first.
func (r *routeWriter) route(route *api.Route) error {
	r.routes++
	name := route.Prefix.String()
	for i := range route.Paths {
		r.line = r.path(r.line[:0], name, &route.Paths[i])
		if _, err := r.w.Write(r.line); err != nil {
			return err
		}
		name = ""
	}
	return nil
}

// path appends the line of one path.
func (r *routeWriter) path(b []byte, name string, p *api.Path) []byte {
	b = r.flags(b, p)
	b = column(b, name, r.columns.network, 3+r.columns.network)
	b = column(b, tableNextHop(p), r.columns.nextHop, r.wrapped())
	b = number(b, p.MED, r.columns.metric)
	b = number(b, p.LocalPref, 7)
	b = number(b, &p.Weight, 7)
	if p.ASPath != "" {
		b = append(append(b, ' '), r.notation.Path(p.ASPath)...)
	}
	b = append(b, ' ', originMark(p.Origin))
	if r.view == api.ViewFiltered && p.Reason != "" {
		b = append(append(b, "  Reason: "...), printable(p.Reason)...)
	}
	return append(b, '\n')
}

// wrapped is where the metric column starts, counted from the margin.
func (r *routeWriter) wrapped() int { return 3 + r.columns.network + r.columns.nextHop }

// flags appends the three columns of status codes. What was sent or received
// is shown as FRR shows it: valid and best.
func (r *routeWriter) flags(b []byte, p *api.Path) []byte {
	switch r.view {
	case api.ViewAdvertised, api.ViewReceived, api.ViewFiltered:
		return append(b, "*> "...)
	}
	validity, selection, source := byte(' '), byte(' '), byte(' ')
	switch {
	case p.Stale:
		validity = 'S'
	case p.Suppressed:
		validity = 's'
	case p.Valid:
		validity = '*'
	}
	switch {
	case p.Best:
		selection = '>'
	case p.Multipath:
		selection = '='
	}
	if p.Internal {
		source = 'i'
	}
	return append(b, validity, selection, source)
}

// column appends a text padded to width. A text that leaves no blank behind
// it ends its line, and the next column starts below, after indent blanks.
func column(b []byte, text string, width, indent int) []byte {
	b = append(b, text...)
	gap := width - len(text)
	if gap < 1 {
		b = append(b, '\n')
		gap = indent
	}
	for range gap {
		b = append(b, ' ')
	}
	return b
}

// number appends a number right-aligned, or blanks where there is none.
func number(b []byte, n *uint32, width int) []byte {
	var digits [10]byte
	text := digits[:0]
	if n != nil {
		text = strconv.AppendUint(text, uint64(*n), 10)
	}
	for range width - len(text) {
		b = append(b, ' ')
	}
	return append(b, text...)
}

// tableNextHop is the next hop as lists show it: of an unnumbered neighbor
// its interface, of two the one in use.
func tableNextHop(p *api.Path) string {
	switch {
	case p.Interface != "" && p.Neighbor == p.Interface:
		return p.Interface
	case p.UseLocal && p.LinkLocal.IsValid():
		return p.LinkLocal.WithZone("").String()
	case !p.NextHop.IsValid():
		return "0.0.0.0"
	}
	return p.NextHop.WithZone("").String()
}

// originMark is the letter of an origin.
func originMark(o api.Origin) byte {
	switch o {
	case api.OriginIGP:
		return 'i'
	case api.OriginEGP:
		return 'e'
	}
	return '?'
}

// end writes the last lines of a listing: the counts, or why it is empty.
func (r *routeWriter) end(last *api.RoutesPage) error {
	var text string
	switch {
	case !r.started:
		text = oneOf(printable(last.Why), fmt.Sprintf("No BGP prefixes displayed, %d exist", last.TotalRoutes)) + "\n"
	case r.view == api.ViewTable || r.view == api.ViewRoutes:
		text = fmt.Sprintf("\nDisplayed  %d routes and %d total paths\n", r.routes, last.TotalPaths)
	case last.Filtered > 0:
		text = fmt.Sprintf("\nTotal number of prefixes %d (%d filtered)\n", r.routes, last.Filtered)
	default:
		text = fmt.Sprintf("\nTotal number of prefixes %d\n", r.routes)
	}
	_, err := io.WriteString(r.w, text)
	return err
}

// unspecified is the next hop shown for a route of our own.
func unspecified(prefix netip.Prefix) netip.Addr {
	if prefix.Addr().Is6() {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}
