package shell

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// showPrefixLists is `show ip|ipv6 prefix-list` in all its forms.
func showPrefixLists(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	name, what := c.Args.Text("name"), c.Args.Text("what")
	if wantsJSON(c) {
		return s.prefixListsJSON(ctx, c, w, name)
	}
	entries := selectEntries(c)
	family := c.Args.Text("family")
	var failed error
	err := s.eachList(ctx, prefixKind(c), name, func(l *api.PolicyList, first bool) {
		p := &page{}
		switch {
		case !first || entries != nil:
		case what != "":
			p.line("BGP: %s prefix-list %s:", family, l.Name)
			p.lineIf(l.Description != "", "   Description: %s", printable(l.Description))
			p.line("   count: %d, range entries: 0, sequences: %d - %d", l.Count, l.FirstSeq, l.LastSeq)
		default:
			p.line("BGP: %s prefix-list %s: %d entries", family, l.Name, l.Count)
			p.lineIf(l.Description != "", "   Description: %s", printable(l.Description))
		}
		for i := range l.Entries {
			e := &l.Entries[i]
			switch {
			case what == "summary" || entries != nil && !entries(e):
			case what == "detail" || entries != nil:
				p.line("   seq %d %s %s (hit count: %d, refcount: 0)", e.Sequence, permission(e.Permit), e.Value, e.Hits)
			default:
				p.line("   seq %d %s %s", e.Sequence, permission(e.Permit), e.Value)
			}
		}
		_, wrong := io.WriteString(w, p.String())
		failed = errors.Join(failed, wrong)
	})
	if code(err) == api.CodeNotFound {
		return fail("Can't find specified prefix-list: %s", name)
	}
	return errors.Join(err, failed)
}

// selectEntries gives the test for the entries that a command asks for: one by its number, those with a prefix, those that
// lie in it, or the first that covers it. Nil: all.
func selectEntries(c grammar.Command) func(*api.PolicyListEntry) bool {
	if c.Args.Has("seq") {
		return func(e *api.PolicyListEntry) bool { return e.Sequence == c.Args.Uint32("seq") }
	}
	if !c.Args.Has("prefix") {
		return nil
	}
	p, done := c.Args.Prefix("prefix").Masked(), false
	return func(e *api.PolicyListEntry) bool {
		switch {
		case c.Args.Has("longer"):
			return p.Bits() <= e.Prefix.Bits() && p.Contains(e.Prefix.Addr())
		case c.Args.Has("first-match"):
			if done || !entryCovers(e, p) {
				return false
			}
			done = true
			return true
		}
		return e.Prefix == p
	}
}

// entryCovers reports whether an entry of a prefix list is about p.
func entryCovers(e *api.PolicyListEntry, p netip.Prefix) bool {
	low, high := e.Prefix.Bits(), p.Addr().BitLen()
	switch {
	case e.Min == 0 && e.Max == 0:
		high = low
	case e.Max != 0:
		high = int(e.Max)
	}
	if e.Min != 0 {
		low = int(e.Min)
	}
	return p.Bits() >= low && p.Bits() <= high && p.Bits() >= e.Prefix.Bits() && e.Prefix.Contains(p.Addr())
}

func (s *Shell) prefixListsJSON(ctx context.Context, c grammar.Command, w io.Writer, name string) error {
	all, entries := &object{}, list{}
	var open *object
	finish := func() {
		if open != nil {
			open.set("entries", entries)
		}
	}
	wanted := selectEntries(c)
	six := c.Args.Text("family") == "ipv6"
	err := s.eachList(ctx, prefixKind(c), name, func(l *api.PolicyList, first bool) {
		if first {
			finish()
			open, entries = (&object{}).set("addressFamily", map[bool]string{false: "IPv4", true: "IPv6"}[six]).text("description", l.Description), list{}
			all.set(l.Name, open)
		}
		for i := range l.Entries {
			e := &l.Entries[i]
			if wanted != nil && !wanted(e) {
				continue
			}
			entries = append(entries, (&object{}).set("sequenceNumber", e.Sequence).set("type", permission(e.Permit)).
				set("prefix", e.Prefix.String()).when(e.Min != 0, "minimumPrefixLength", e.Min).
				when(e.Max != 0, "maximumPrefixLength", e.Max).when(e.Hits != 0, "hitCount", e.Hits))
		}
	})
	finish()
	if err != nil && code(err) != api.CodeNotFound {
		return err
	}
	if wrong := printJSON(w, (&object{}).set("BGP", all)); wrong != nil || err == nil {
		return wrong
	}
	return fail("Can't find specified prefix-list: %s", name)
}

// gather collects the lists of a kind, which are short.
func (s *Shell) gather(ctx context.Context, kind api.ListKind, name string) ([]api.PolicyList, error) {
	var all []api.PolicyList
	err := s.eachList(ctx, kind, name, func(l *api.PolicyList, first bool) {
		if first {
			all = append(all, *l)
			return
		}
		last := &all[len(all)-1]
		last.Entries = append(last.Entries, l.Entries...)
	})
	slices.SortStableFunc(all, func(a, b api.PolicyList) int { return compareListNames(a.Name, b.Name) })
	return all, err
}

// compareListNames puts numbers first, in their order.
func compareListNames(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return x - y
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// showAccessLists is `show ip|ipv6 access-list [NAME]`.
func showAccessLists(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	six, name := c.Args.Text("family") == "ipv6", c.Args.Text("name")
	kind := api.ListAccess
	if six {
		kind = api.ListAccess6
	}
	all, err := s.gather(ctx, kind, name)
	if err != nil {
		return named(err, "No such access-list", name)
	}
	if wantsJSON(c) {
		return printJSON(w, (&object{}).set("BGP", accessObject(all, six)))
	}
	p := &page{}
	p.line("BGP:")
	for i := range all {
		l := &all[i]
		switch form := accessForm(l); {
		case six:
			p.line("%s IPv6  access list %s", form, l.Name)
		default:
			p.line("%s IP access list %s", form, l.Name)
		}
		for _, e := range l.Entries {
			value := e.Value
			if w := strings.Fields(value); accessForm(l) == "Standard" && len(w) == 2 {
				value = w[0] + ", wildcard bits " + w[1]
			}
			indented(p, "seq "+decimal(e.Sequence)+" "+map[bool]string{true: "permit ", false: "deny   "}[e.Permit]+value)
		}
	}
	_, err = io.WriteString(w, p.String())
	return err
}

// accessForm is FRR's word for the form of a list, by its first line that tells.
func accessForm(l *api.PolicyList) string {
	for _, e := range l.Entries {
		switch {
		case strings.HasPrefix(e.Value, "ip "):
			return "Extended"
		case e.Value != "any" && !strings.Contains(e.Value, "/"):
			return "Standard"
		}
	}
	return "Zebra"
}

func accessObject(all []api.PolicyList, six bool) *object {
	out := &object{}
	for i := range all {
		rules := list{}
		for _, e := range all[i].Entries {
			prefix := e.Prefix
			if !prefix.IsValid() {
				prefix = netip.PrefixFrom(map[bool]netip.Addr{false: netip.IPv4Unspecified(), true: netip.IPv6Unspecified()}[six], 0)
			}
			r := (&object{}).set("sequenceNumber", e.Sequence).set("filterType", permission(e.Permit))
			if accessForm(&all[i]) == "Zebra" {
				r.set("prefix", prefix.String()).set("exact-match", e.Exact)
			} else {
				r.set("rule", e.Value)
			}
			rules = append(rules, r)
		}
		out.set(all[i].Name, (&object{}).set("type", accessForm(&all[i])).
			set("addressFamily", map[bool]string{false: "IPv4", true: "IPv6"}[six]).set("rules", rules))
	}
	return out
}

// showPathLists is `show bgp as-path-access-list [NAME]`.
func showPathLists(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	name := c.Args.Text("name")
	all, err := s.gather(ctx, api.ListASPath, name)
	if err != nil {
		return named(err, "No such as-path access-list", name)
	}
	if wantsJSON(c) {
		out := &object{}
		for i := range all {
			rules := list{}
			for _, e := range all[i].Entries {
				rules = append(rules, (&object{}).set("sequenceNumber", e.Sequence).set("type", permission(e.Permit)).set("regExp", e.Value))
			}
			out.set(all[i].Name, rules)
		}
		return printJSON(w, out)
	}
	p := &page{}
	for i := range all {
		p.line("AS path access list %s", all[i].Name)
		printEntries(p, &all[i])
	}
	_, err = io.WriteString(w, p.String())
	return err
}

func printEntries(p *page, l *api.PolicyList) {
	for _, e := range l.Entries {
		indented(p, permission(e.Permit)+" "+printable(e.Value))
	}
}

// communityTitles are FRR 8.4's headings by kind: of a numbered standard and
// expanded list, of a named standard and expanded one.
var communityTitles = map[api.ListKind][4]string{
	api.ListCommunity: {"Community standard list", "Community (expanded) access list", "Named Community standard list", "Named Community expanded list"},
	api.ListLargeCommunity: {"Large community standard list", "Large community (expanded) access list", "Named large community standard list",
		"Named large community expanded list"},
	api.ListExtCommunity: {"Extended community standard list", "Extended community (expanded) access list", "Named extended community standard list",
		"Named extended community expanded list"},
}

// showCommunityLists is `show bgp community-list` and its kin.
func showCommunityLists(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	name, kind := c.Args.Text("name"), api.ListKind("bgp "+c.Args.Text("what"))
	all, err := s.gather(ctx, kind, name)
	if code(err) == api.CodeNotFound {
		return fail("Can't find %s: %s", c.Args.Text("what"), name)
	}
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		out := &object{}
		for i := range all {
			rules := list{}
			for _, e := range all[i].Entries {
				rules = append(rules, (&object{}).set("sequenceNumber", e.Sequence).set("type", permission(e.Permit)).set("value", e.Value))
			}
			out.set(all[i].Name, (&object{}).set("type", map[bool]string{false: "standard", true: "expanded"}[all[i].Expanded]).set("rules", rules))
		}
		return printJSON(w, out)
	}
	p := &page{}
	for i := range all {
		form := 0
		if all[i].Expanded {
			form++
		}
		if _, err := strconv.Atoi(all[i].Name); err != nil {
			form += 2
		}
		p.line("%s %s", communityTitles[kind][form], all[i].Name)
		printEntries(p, &all[i])
	}
	_, err = io.WriteString(w, p.String())
	return err
}
