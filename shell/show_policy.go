package shell

import (
	"context"
	"io"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// leaveMap tells the daemon that the mode of a route map has been left: what
// was edited there takes effect.
func (s *Shell) leaveMap(ctx context.Context) error {
	var result api.ApplyResult
	params := api.ApplyParams{Context: s.place.context, Lines: []api.Line{}, Live: true, Source: s.from(s.origin)}
	return s.call(ctx, api.ConfigApply, params, &result)
}

// showRouteMaps is `show route-map [NAME]` and `show route-map-unused`.
func showRouteMaps(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	name := c.Args.Text("name")
	var all api.PolicyMapsResult
	if err := s.call(ctx, api.PolicyMaps, api.PolicyMapsParams{Name: name}, &all); err != nil {
		return named(err, "No such route-map", name)
	}
	if c.ID == "show.route-map-unused" {
		kept := all.Maps[:0]
		for _, m := range all.Maps {
			if !m.Used {
				kept = append(kept, m)
			}
		}
		all.Maps = kept
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		maps := &object{}
		for i := range all.Maps {
			maps.set(all.Maps[i].Name, mapObject(&all.Maps[i]))
		}
		return printJSON(w, (&object{}).set("BGP", maps))
	}
	p := &page{}
	p.line("BGP:")
	for i := range all.Maps {
		printMap(p, &all.Maps[i])
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// printMap writes a map in FRR 8.4's layout.
func printMap(p *page, m *api.PolicyMap) {
	p.line("route-map: %s Invoked: %d Optimization: %s Processed Change: %t", m.Name, m.Invoked, enabled(!m.Unoptimized), m.Waiting)
	p.lineIf(m.RefusesAll, " refuses all (Config): a line of it, or of a list that it names, is held back")
	for i := range m.Entries {
		e := &m.Entries[i]
		p.line(" %s, sequence %d Invoked %d", permission(e.Permit), e.Sequence, e.Invoked)
		p.lineIf(e.LastPrefix.IsValid(), "  Last matched: %s", e.LastPrefix)
		p.lineIf(e.Description != "", "  Description:\n    %s", printable(e.Description))
		p.line("  Match clauses:")
		for _, t := range e.Matches {
			p.line("    %s", printable(t))
		}
		p.line("  Set clauses:")
		for _, t := range e.Sets {
			p.line("    %s", printable(t))
		}
		p.line("  Call clause:")
		p.lineIf(e.Call != "", "    Call %s", e.Call)
		p.line("  Action:")
		p.line("    %s", flow(e))
	}
}

func enabled(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

func permission(permit bool) string {
	if permit {
		return "permit"
	}
	return "deny"
}

func flow(e *api.PolicyMapEntry) string {
	switch e.Continue {
	case "next":
		return "Continue to next entry"
	case "goto":
		return "Goto " + decimal(e.GotoSeq)
	}
	return "Exit routemap"
}

func mapObject(m *api.PolicyMap) *object {
	o := (&object{}).set("invoked", m.Invoked).set("disabledOptimization", m.Unoptimized).set("processedChange", m.Waiting)
	o.flag("refusesAll", m.RefusesAll)
	rules := list{}
	for i := range m.Entries {
		e := &m.Entries[i]
		r := (&object{}).set("sequenceNumber", e.Sequence).text("description", e.Description).set("type", permission(e.Permit)).
			set("invoked", e.Invoked).when(e.LastPrefix.IsValid(), "lastPrefix", e.LastPrefix.String()).
			set("matchClauses", textList(e.Matches)).set("setClauses", textList(e.Sets)).text("callClause", e.Call).set("action", flow(e))
		rules = append(rules, r)
	}
	return o.set("rules", rules)
}

func textList(all []string) list {
	out := list{}
	for _, t := range all {
		out = append(out, t)
	}
	return out
}

// eachList gives the lists of a kind one by one, each with a page of its
// entries; a list goes on with another page under the same name.
func (s *Shell) eachList(ctx context.Context, kind api.ListKind, name string, yield func(l *api.PolicyList, first bool)) error {
	params := api.PolicyListsParams{Kind: kind, Name: name}
	last := ""
	for {
		var page api.PolicyListsResult
		if err := s.call(ctx, api.PolicyLists, params, &page); err != nil {
			return err
		}
		for i := range page.Lists {
			l := &page.Lists[i]
			yield(l, l.Name != last)
			last = l.Name
			params.AfterName = l.Name
			if n := len(l.Entries); n > 0 {
				params.AfterSequence = l.Entries[n-1].Sequence
			}
		}
		if !page.More || len(page.Lists) == 0 {
			return nil
		}
	}
}

func clearRouteMaps(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	name := c.Args.Text("name")
	return named(s.call(ctx, api.PolicyClear, api.PolicyClearParams{Maps: true, Name: name}, nil), "No such route-map", name)
}

func clearPrefixLists(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	name := c.Args.Text("name")
	params := api.PolicyClearParams{Kind: prefixKind(c), Name: name, Prefix: c.Args.Prefix("prefix").Masked()}
	return named(s.call(ctx, api.PolicyClear, params, nil), "No such prefix-list", name)
}

func prefixKind(c grammar.Command) api.ListKind {
	return api.ListKind(c.Args.Text("family") + " prefix-list")
}

// indented writes lines with four blanks before each.
func indented(p *page, lines ...string) {
	for _, l := range lines {
		p.line("    %s", strings.TrimRight(l, " "))
	}
}
