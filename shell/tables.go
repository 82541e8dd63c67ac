package shell

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// printTable writes a table of our own: a header and rows, without lines
// around them. On a terminal it fits the window: the widest columns are
// wrapped. It holds all rows, so it is for hundreds, not for routes.
func printTable(w io.Writer, header []string, rows [][]string) error {
	var b strings.Builder
	none := tw.Rendition{
		Borders:  tw.BorderNone,
		Symbols:  tw.NewSymbols(tw.StyleNone),
		Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
	}
	pad := tw.CellPadding{Global: tw.Padding{Left: "", Right: columnGap, Overwrite: true}}
	left := tw.CellAlignment{Global: tw.AlignLeft}
	plain := tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}
	if out, ok := w.(*output); ok && out.columns > 0 {
		rows = fitTable(header, rows, out.columns)
	}
	table := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(none)),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Padding: pad, Alignment: left, Formatting: plain},
			Row:    tw.CellConfig{Padding: pad, Alignment: left, Formatting: plain},
		}))
	table.Header(header)
	if err := table.Bulk(rows); err != nil {
		return err
	}
	if err := table.Render(); err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimRight(b.String(), "\n"), "\n") {
		if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil {
			return err
		}
	}
	return nil
}

// showListeners is `show bgp listeners`: where connections are accepted, and
// the callers that were refused.
func showListeners(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	var all api.Listeners
	if err := s.call(ctx, api.BGPListeners, api.None{}, &all); err != nil {
		return err
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		return printJSON(w, listenersObject(&all))
	}
	printListeners(w, &all)
	if len(all.Refused) == 0 {
		return nil
	}
	var rows [][]string
	for _, r := range all.Refused {
		rows = append(rows, []string{r.Address.String(), r.Listener.String(), fmt.Sprint(r.Count), short(r.AgoMs) + " ago", printable(r.Reason)})
	}
	fmt.Fprintln(w)
	return printTable(w, []string{"Refused caller", "At listener", "Times", "Last", "Reason"}, rows)
}

// printListeners writes the listeners in FRR's columns, with what became of
// each behind its address.
func printListeners(w io.Writer, all *api.Listeners) {
	fmt.Fprint(w, "Name             fd Address\n---------------------------\n")
	for _, l := range all.Listeners {
		address := l.Address.Addr().String()
		if l.Address.Port() != 179 {
			address += fmt.Sprintf(" port %d", l.Address.Port())
		}
		fmt.Fprintf(w, "%-15s %3d %s", "default", l.FD, address)
		switch {
		case !l.Bound && l.Remedy != "":
			fmt.Fprintf(w, "  not bound: %s; %s", printable(l.Error), printable(l.Remedy))
		case !l.Bound:
			fmt.Fprintf(w, "  not bound: %s", printable(l.Error))
		case l.Accepted+l.Refused > 0:
			fmt.Fprintf(w, "  accepted %d, refused %d", l.Accepted, l.Refused)
		}
		fmt.Fprintln(w)
	}
}

func listenersObject(all *api.Listeners) *object {
	listeners, refused := list{}, list{}
	for _, l := range all.Listeners {
		o := (&object{}).set("name", "default").set("fd", l.FD).set("address", l.Address.Addr().String()).set("port", int(l.Address.Port()))
		o.set("bound", l.Bound).text("error", l.Error).text("remedy", l.Remedy)
		listeners = append(listeners, o.set("accepted", l.Accepted).set("refused", l.Refused))
	}
	for _, r := range all.Refused {
		o := (&object{}).set("address", r.Address.String()).set("listener", r.Listener.String()).set("count", r.Count)
		refused = append(refused, o.set("reason", r.Reason).set("lastEpoch", r.At.Unix()).set("lastMsec", r.AgoMs))
	}
	return (&object{}).set("listeners", listeners).set("refusedCallers", refused)
}

// withheldWriter writes `withheld-routes`: a table of our own where one page
// holds all, and plain columns for more.
type withheldWriter struct {
	w    io.Writer
	held *api.RoutesPage // the first page, until it is known whether there are more
	more bool
	rows uint64
}

func (v *withheldWriter) page(p *api.RoutesPage) error {
	if v.held == nil && !v.more && p.Next == "" {
		v.held = p
		return nil
	}
	if !v.more {
		fmt.Fprintf(v.w, "%-44s %-40s %s\n", "Network", "Next Hop", "Reason")
	}
	v.more = true
	for _, row := range v.table(p) {
		if _, err := fmt.Fprintf(v.w, "%-44s %-40s %s\n", row[0], row[1], row[2]); err != nil {
			return err
		}
	}
	return nil
}

func (v *withheldWriter) table(p *api.RoutesPage) [][]string {
	var rows [][]string
	for i := range p.Routes {
		for j := range p.Routes[i].Paths {
			path := &p.Routes[i].Paths[j]
			rows = append(rows, []string{p.Routes[i].Prefix.String(), tableNextHop(path), printable(path.Reason)})
		}
	}
	v.rows += uint64(len(p.Routes))
	return rows
}

func (v *withheldWriter) end(last *api.RoutesPage) error {
	if v.held != nil && len(v.held.Routes) > 0 {
		if err := printTable(v.w, []string{"Network", "Next Hop", "Reason"}, v.table(v.held)); err != nil {
			return err
		}
	}
	if v.rows == 0 {
		_, err := fmt.Fprintln(v.w, oneOf(printable(last.Why), "No routes are withheld"))
		return err
	}
	_, err := fmt.Fprintf(v.w, "\nTotal number of prefixes %d\n", v.rows)
	return err
}

// showStartup is `show startup-config [errors]`.
func showStartup(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if !c.Args.Has("errors") {
		var startup api.Startup
		if err := s.call(ctx, api.ConfigStartup, api.None{}, &startup); err != nil {
			return err
		}
		if wantsJSON(c) {
			return printJSON(w, (&object{}).set("path", startup.Path).set("writtenEpoch", startup.WrittenAt.Unix()).set("lines", lineList(startup.Lines)))
		}
		for _, line := range startup.Lines {
			fmt.Fprintln(w, line)
		}
		return nil
	}
	var bad api.StartupErrors
	if err := s.call(ctx, api.ConfigStartupErrors, api.None{}, &bad); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(w, startupErrorsObject(&bad))
	}
	if len(bad.Errors) == 0 {
		_, err := fmt.Fprintf(w, "No bad lines in %s\n", oneOf(bad.Path, "the startup configuration"))
		return err
	}
	var rows [][]string
	for _, e := range bad.Errors {
		line := "-" // typed since the file was read
		if e.Line > 0 {
			line = fmt.Sprint(e.Line)
		}
		rows = append(rows, []string{line, grammar.Excerpt(strings.TrimSpace(e.Input)), printable(e.Text), printable(e.HeldBack)})
	}
	fmt.Fprintf(w, "%s in %s:\n\n", plural(len(rows), "bad line"), bad.Path)
	return printTable(w, []string{"Line", "Input", "Error", "Held back"}, rows)
}

func startupErrorsObject(bad *api.StartupErrors) *object {
	all := list{}
	for i := range bad.Errors {
		e := &bad.Errors[i]
		all = append(all, (&object{}).set("line", e.Line).set("input", e.Input).set("error", e.Text).text("heldBack", e.HeldBack))
	}
	return (&object{}).set("path", bad.Path).set("errors", all)
}
