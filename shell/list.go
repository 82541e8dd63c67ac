package shell

import (
	"context"
	"fmt"
	"io"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// routeSink takes the pages of a listing of routes.
type routeSink interface {
	page(*api.RoutesPage) error
	end(last *api.RoutesPage) error
}

// sink makes the sink for a command's format. It may ask for details in
// params.
func sink(c grammar.Command, w io.Writer, params *api.RoutesParams) routeSink {
	params.Detail = c.Args.Has("detail")
	switch {
	case c.Args.Has("native"):
		params.Detail = true
		return &routeNative{w: w}
	case wantsJSON(c):
		return &routeJSON{w: w, view: params.View, detail: params.Detail}
	case params.Detail:
		return &routePages{w: w}
	case params.View == api.ViewWithheld:
		return &withheldWriter{w: w}
	}
	return newRouteWriter(w, params.View, c.Args.Has("wide"))
}

// fetched is one page, or why there is none.
type fetched struct {
	page *api.RoutesPage
	err  error
}

// list fetches a listing page by page and writes it in the command's format.
// The next page is fetched while one is written. A listing that breaks off is
// still ended, so that a JSON document is whole.
func (s *Shell) list(ctx context.Context, c grammar.Command, w io.Writer, params api.RoutesParams) error {
	if c.Args.Has("count") {
		return s.count(ctx, w, params)
	}
	to := sink(c, w, &params)
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan fetched)
	go s.fetch(ctx, params, pages)
	defer func() {
		cancel()
		for range pages { // until fetch has returned
		}
	}()
	var last *api.RoutesPage
	for got := range pages {
		if got.err != nil {
			if last != nil {
				to.end(last)
			}
			return listed(got.err, params.Neighbor)
		}
		last = got.page
		if err := to.page(last); err != nil {
			return err
		}
		if out, ok := w.(*output); ok {
			out.flush()
		}
	}
	return to.end(last)
}

// firstPage is how many routes the first page of a listing has: more than a
// window shows, and what the daemon finds in one look at its table.
const firstPage = 200

// fetch sends the pages of a listing until the last, an error, or the end of
// ctx.
func (s *Shell) fetch(ctx context.Context, params api.RoutesParams, pages chan<- fetched) {
	defer close(pages)
	params.Limit = firstPage // so that the first lines come soon
	for {
		page := new(api.RoutesPage)
		err := s.call(ctx, api.BGPRoutes, params, page)
		select {
		case pages <- fetched{page, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || page.Next == "" {
			return
		}
		params.After, params.Limit = page.Next, 0
	}
}

// listFamilies lists several families one after the other: each under its
// heading, or as a member of one document.
func (s *Shell) listFamilies(ctx context.Context, c grammar.Command, w io.Writer, params api.RoutesParams, families []api.Family) error {
	if wantsJSON(c) {
		return s.listDocument(ctx, c, w, params, families)
	}
	for _, f := range families {
		params.Family = f
		fmt.Fprintf(w, "\nFor address family: %s\n", familyTitle(f))
		if err := s.list(ctx, c, w, params); err != nil {
			return err
		}
	}
	if len(families) == 0 {
		io.WriteString(w, "No BGP prefixes displayed, 0 exist: no neighbor is active and nothing is announced\n")
	}
	return nil
}

// listDocument writes the listings of several families as one document. A
// listing that cannot be had is an empty object in it.
func (s *Shell) listDocument(ctx context.Context, c grammar.Command, w io.Writer, params api.RoutesParams, families []api.Family) error {
	var failed error
	io.WriteString(w, "{")
	if c.Args.Has("native") {
		fmt.Fprintf(w, "\n\"schemaVersion\": %d", schemaVersion)
	}
	for i, f := range families {
		params.Family = f
		if i > 0 || c.Args.Has("native") {
			io.WriteString(w, ",")
		}
		fmt.Fprintf(w, "\n\"%s\":", f)
		member := &counter{w: w}
		if err := s.list(ctx, c, member, params); err != nil {
			failed = firstError(failed, err)
			if member.n == 0 {
				io.WriteString(w, "{}")
			}
		}
	}
	io.WriteString(w, "\n}\n")
	return failed
}

// routePages writes each route of a listing with all its details.
type routePages struct {
	w       io.Writer
	written uint64
}

func (r *routePages) page(p *api.RoutesPage) error {
	for i := range p.Routes {
		r.written++
		printPrefix(r.w, &p.Routes[i], p.ASNotation, "")
	}
	return nil
}

func (r *routePages) end(last *api.RoutesPage) error {
	text := fmt.Sprintf("\nDisplayed  %d routes and %d total paths\n", r.written, last.TotalPaths)
	if r.written == 0 {
		text = oneOf(printable(last.Why), fmt.Sprintf("No BGP prefixes displayed, %d exist", last.TotalRoutes)) + "\n"
	}
	_, err := io.WriteString(r.w, text)
	return err
}
