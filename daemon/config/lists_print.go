package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"bgpsh/daemon/policy"
)

// lists prints the lists and maps in FRR's order, each kind in a block of its own.
func (p *printer) lists() {
	d := &p.c.Policy
	for i, words := range []string{"", "ipv6 "} {
		p.block(func() { p.accessLists(words, policy.RefAccessList+policy.RefKind(i), d.AccessLists[i]) })
		if i == 0 {
			words = "ip "
		}
		p.block(func() { p.prefixLists(words, policy.RefPrefixList+policy.RefKind(i), d.PrefixLists[i]) })
	}
	p.block(func() {
		for _, name := range slices.Sorted(maps.Keys(d.Aliases)) {
			p.raw("bgp community alias " + d.Aliases[name] + " " + name)
		}
	})
	p.block(func() {
		for _, name := range names(p, policy.RefPathList, d.PathLists) {
			for _, e := range d.PathLists[name].Entries {
				p.raw("bgp as-path access-list " + name + " seq " + decimal(e.Seq) + " " + permission(e.Permit) + " " + e.Regex)
			}
		}
	})
	p.block(func() {
		for i, word := range communityListWords {
			p.communityLists(word, policy.RefCommunityList+policy.RefKind(i), d.CommunityLists[i])
		}
	})
	for _, name := range names(p, policy.RefRouteMap, d.Maps) {
		p.routeMap(d.Maps[name])
	}
}

// communityListWords are the words of the lists of communities by policy.ListKind.
var communityListWords = [...]string{"bgp community-list", "bgp large-community-list", "bgp extcommunity-list"}

// block prints what body prints, and a separator behind it.
func (p *printer) block(body func()) {
	n := p.count()
	if body(); p.count() > n {
		p.separator()
	}
}

// compareNames puts numbers first, in their order, then names.
func compareNames(a, b string) int {
	x, errX := strconv.ParseUint(a, 10, 32)
	y, errY := strconv.ParseUint(b, 10, 32)
	switch {
	case errX == nil && errY == nil && x != y:
		return compareSeq(uint32(x), uint32(y))
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

func permission(permit bool) string {
	if permit {
		return "permit"
	}
	return "deny"
}

func (p *printer) accessLists(words string, k policy.RefKind, all map[string]*policy.AccessList) {
	for _, name := range names(p, k, all) {
		l := all[name]
		if l.Remark != "" {
			p.raw(words + "access-list " + name + " remark " + l.Remark)
		}
		for i := range l.Entries {
			p.raw(words + "access-list " + name + " seq " + decimal(l.Entries[i].Seq) + " " + l.Entries[i].String())
		}
	}
}

// prefixLists prints at the top level, where nothing is indented.
func (p *printer) prefixLists(words string, k policy.RefKind, all map[string]*policy.PrefixList) {
	wanted, n := names(p, k, all), 0
	for _, name := range wanted {
		n += len(all[name].Entries)
	}
	emit := p.stream
	if emit == nil {
		p.out = slices.Grow(p.out, n)
		emit = func(line []byte) { p.out = append(p.out, string(line)) }
	} else {
		p.flush()
		p.given += n
	}
	var line []byte
	for _, name := range wanted {
		l := all[name]
		line = append(append(line[:0], words+"prefix-list "+name...), ' ')
		head := len(line)
		if l.Description != "" {
			p.raw(string(line) + "description " + l.Description)
			if p.stream != nil {
				p.flush()
			}
		}
		for i := range l.Entries {
			line = l.AppendEntry(line[:head], &l.Entries[i])
			emit(line)
		}
	}
}

func (p *printer) communityLists(words string, k policy.RefKind, all map[string]*policy.CommunityList) {
	for _, name := range names(p, k, all) {
		l := all[name]
		head := words + " " + name
		if _, err := strconv.ParseUint(name, 10, 32); err != nil {
			head = words + " " + map[bool]string{false: "standard ", true: "expanded "}[l.Expanded] + name
		}
		for i := range l.Entries {
			e := &l.Entries[i]
			p.raw(head + " seq " + decimal(e.Seq) + " " + permission(e.Permit) + " " + l.Value(e))
		}
	}
}

func (p *printer) routeMap(m *policy.RouteMap) {
	if m.NoOptimize {
		defer func() {
			p.raw("no route-map " + m.Name + " optimization")
			p.separator()
		}()
	}
	for _, e := range m.Entries {
		for i, line := range e.AppendLines(nil, m.Name) {
			if i > 0 {
				line = " " + line
			}
			p.raw(line)
		}
		p.raw("exit")
		p.separator()
	}
}

// names are the names of the lists of a kind that are to be printed, in their order.
func names[V any](p *printer, k policy.RefKind, all map[string]V) []string {
	var out []string
	for name := range all {
		if p.wanted(policy.Ref{Kind: k, Name: name}) {
			out = append(out, name)
		}
	}
	slices.SortFunc(out, compareNames)
	return out
}
