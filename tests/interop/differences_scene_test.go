package interop

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"bgpsh/wire"
)

// What the rows of the table of differences ask of a scene.

// groupSite reports a route from or to a member of a peer group with `soo`.
func (s *scene) groupSite(d difference) bool {
	grouped := func(n *subject) bool { return n.group != nil && n.group.has("soo ") }
	return grouped(d.to) || slices.ContainsFunc(s.sources(d.prefix), grouped)
}

// prependsToMembers reports a path through members of our confederation that a map puts ASes before.
func (s *scene) prependsToMembers(d difference) bool {
	return s.throughMembers(d) && (s.cameThrough(d, "set as-path prepend") || s.outMapHas(d.to, "set as-path prepend"))
}

// throughMembers reports a path through members of our confederation.
func (s *scene) throughMembers(d difference) bool {
	return s.confederation != 0 && (s.offered(d, "member") || slices.ContainsFunc(s.sources(d.prefix), func(n *subject) bool { return n.member }))
}

// cameBack reports a route that FRR sends to the neighbor which it has it from. Where others offer the prefix too, or we ourselves, the path
// says so, or what we explain of the best one: a map or as-override may have changed the path.
func (s *scene) cameBack(d difference) bool {
	sent := attributesByName(d.frr)
	alone := len(s.sources(d.prefix)) == 1 && !s.originates(d.prefix) && s.aggregateOf(d.prefix) == ""
	return d.to.announces(d.prefix) && (alone || sent["ORIGINATOR_ID"] == fmt.Sprintf("%08x", d.to.plan.id()) ||
		!d.to.internal && slices.Contains(strings.FieldsFunc(sent["path"], func(r rune) bool { return strings.ContainsRune("( )", r) }), fmt.Sprint(d.to.plan.as)) ||
		strings.Contains(s.explain(d), "(split horizon)"))
}

// explain is what we say of a route to a neighbor.
func (s *scene) explain(d difference) string {
	why, known := s.explained[d]
	if !known && s.ours != nil {
		why, _, _ = s.ours.try(fmt.Sprintf("show bgp explain %s to %s", d.prefix, d.to.name))
		s.explained[d] = why
	}
	return why
}

// throughMember reports that somebody offers the prefix with members of our confederation before its path.
func (s *scene) throughMember(p netip.Prefix) bool { return len(s.firstMembers(p)) > 0 }

// sharesMember reports that the prefix is offered through one member of our confederation from several ASes.
func (s *scene) sharesMember(p netip.Prefix) bool {
	for _, from := range s.firstMembers(p) {
		if len(from) > 1 {
			return true
		}
	}
	return false
}

// firstMembers are the first members of our confederation in the paths that are offered of a prefix, and the ASes behind the members.
func (s *scene) firstMembers(p netip.Prefix) map[string]map[uint32]bool {
	out := map[string]map[uint32]bool{}
	for _, n := range s.sources(p) {
		for _, o := range slices.Concat(n.routes[0], n.routes[1]) {
			path := o.attrs.ASPath()
			members, ok := strings.CutPrefix(path.String(), "(")
			if o.prefix != p || !ok {
				continue
			}
			first := members[:strings.IndexAny(members, " )")]
			if out[first] == nil {
				out[first] = map[uint32]bool{}
			}
			as, _ := path.First()
			out[first][as] = true
		}
	}
	return out
}

// cameThrough reports that a neighbor which offers the prefix has a map on the way in with a line that begins so.
func (s *scene) cameThrough(d difference, lines ...string) bool {
	return slices.ContainsFunc(s.sources(d.prefix), func(n *subject) bool { return s.mapHas(n, "in", lines) })
}

// offered reports that somebody offers the prefix as a route of this variety.
func (s *scene) offered(d difference, variety string) bool {
	for _, n := range s.sources(d.prefix) {
		for _, o := range slices.Concat(n.routes[0], n.routes[1]) {
			if o.prefix == d.prefix && strings.Contains(o.kind, variety) {
				return true
			}
		}
	}
	return false
}

// originates reports a network of our own.
func (s *scene) originates(p netip.Prefix) bool {
	return slices.ContainsFunc(slices.Concat(s.family[wire.IPv4Unicast], s.family[wire.IPv6Unicast]), func(l string) bool {
		return strings.HasPrefix(l+" ", "network "+p.String()+" ")
	})
}

// originHas reports a network of our own whose map has a line that begins so.
func (s *scene) originHas(p netip.Prefix, lines ...string) bool {
	return slices.ContainsFunc(slices.Concat(s.family[wire.IPv4Unicast], s.family[wire.IPv6Unicast]), func(l string) bool {
		head, name, ok := strings.Cut(l, " route-map ")
		return ok && head == "network "+p.String() && hasLine(s.mapLines(name), lines)
	})
}

// defaultHas reports the default route of a neighbor with default-originate, whose map has a line that begins so.
func (s *scene) defaultHas(d difference, line string) bool {
	if !d.prefix.IsValid() || d.prefix.Bits() != 0 {
		return false
	}
	for _, l := range d.to.allLines() {
		if name, ok := strings.CutPrefix(l, "default-originate route-map "); ok {
			return hasLine(s.mapLines(name), []string{line})
		}
	}
	return false
}

// aggregateOf is the statement of the aggregate with this prefix.
func (s *scene) aggregateOf(p netip.Prefix) string {
	lines := slices.Concat(s.family[wire.IPv4Unicast], s.family[wire.IPv6Unicast])
	i := slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(l+" ", "aggregate-address "+p.String()+" ") })
	if i < 0 {
		return ""
	}
	return lines[i]
}

// unmapped reports an aggregate with a route map that is not there.
func (s *scene) unmapped(p netip.Prefix) bool {
	words := strings.Fields(s.aggregateOf(p))
	i := slices.Index(words, "route-map")
	return i >= 0 && i+1 < len(words) && s.mapLines(words[i+1]) == nil
}

// originOfSeveral reports an aggregate over prefixes that several neighbors announce, with the ORIGIN that follows from theirs.
func (s *scene) originOfSeveral(d difference) bool {
	a := s.aggregateOf(d.prefix)
	return a != "" && !strings.Contains(a, " origin ") && d.prefix.String() == contestedBlock(d.to.plan.family())
}

// hiddenByMapped reports an aggregate that would stand for the prefix and that its own map denies, so that we send it to nobody.
func (s *scene) hiddenByMapped(p netip.Prefix) bool {
	return s.aggregated(p, func(words []string) bool {
		return slices.Contains(words, "route-map") && (slices.Contains(words, "summary-only") || slices.Contains(words, "suppress-map")) &&
			!s.sent[netip.MustParsePrefix(words[1])]
	})
}

// aggregated reports an aggregate over the prefix whose statement is so.
func (s *scene) aggregated(p netip.Prefix, is func(words []string) bool) bool {
	return slices.ContainsFunc(slices.Concat(s.family[wire.IPv4Unicast], s.family[wire.IPv6Unicast]), func(l string) bool {
		f := strings.Fields(l)
		if f[0] != "aggregate-address" || !p.IsValid() {
			return false
		}
		a := netip.MustParsePrefix(f[1])
		return a.Bits() < p.Bits() && a.Contains(p.Addr()) && is(f)
	})
}

// passed reports that somebody offers the prefix with an AS in its path, or that a path with it is sent.
func (s *scene) passed(d difference, as uint32) bool {
	for _, sent := range []string{d.frr, d.ours} {
		if slices.Contains(strings.Fields(attributesByName(sent)["path"]), fmt.Sprint(as)) {
			return true
		}
	}
	for _, n := range s.sources(d.prefix) {
		for _, o := range slices.Concat(n.routes[0], n.routes[1]) {
			if o.prefix == d.prefix && o.attrs.ASPath().Contains(as) {
				return true
			}
		}
	}
	return false
}

// has reports a setting of the neighbor or its group that begins so.
func (n *subject) has(setting string) bool {
	begins := func(l string) bool { return strings.HasPrefix(l, setting) }
	return slices.ContainsFunc(n.session, begins) || slices.ContainsFunc(n.inFamily, begins) || n.group != nil && n.group.has(setting)
}

// hasWord reports a setting with this word in it.
func (n *subject) hasWord(word string) bool {
	holds := func(l string) bool { return slices.Contains(strings.Fields(l), word) }
	return slices.ContainsFunc(n.inFamily, holds) || n.group != nil && n.group.hasWord(word)
}

// keepsPath reports a neighbor that is sent paths as they came.
func (n *subject) keepsPath() bool {
	unchanged := func(l string) bool {
		return l == "attribute-unchanged" || strings.HasPrefix(l, "attribute-unchanged") && strings.Contains(l, "as-path")
	}
	return n.has("route-server-client") || slices.ContainsFunc(n.inFamily, unchanged) || n.group != nil && n.group.keepsPath()
}

// hasOutMap reports a map towards the neighbor, be it one that does not exist.
func (n *subject) hasOutMap() bool {
	out := func(l string) bool { return strings.HasPrefix(l, "route-map ") && strings.HasSuffix(l, " out") }
	return slices.ContainsFunc(n.inFamily, out) || n.group != nil && n.group.hasOutMap()
}

// hopOf is the next hop of a route, without a link-local one beside it; empty for no route.
func hopOf(text string) string {
	if f := strings.Fields(attributesByName(text)["next"]); len(f) > 1 {
		return f[1]
	}
	return ""
}

// announces reports that the neighbor offers the prefix.
func (n *subject) announces(p netip.Prefix) bool {
	for _, offers := range n.routes {
		for _, o := range offers {
			if o.prefix == p {
				return true
			}
		}
	}
	return false
}

// sources are the neighbors that offer the prefix.
func (s *scene) sources(p netip.Prefix) (out []*subject) {
	for _, n := range s.subjects {
		if n.announces(p) {
			out = append(out, n)
		}
	}
	return out
}

// outMapHas reports that a map towards the neighbor, or one that this calls, has a line that begins so. What an aggregate suppresses
// FRR brings back by the same way.
func (s *scene) outMapHas(n *subject, lines ...string) bool {
	return s.mapHas(n, "out", lines) || hasLine(s.mapLines(n.namedBy("unsuppress-map")), lines)
}

func (s *scene) mapHas(n *subject, direction string, lines []string) bool {
	for _, l := range n.inFamily {
		f := strings.Fields(l)
		if f[0] == "route-map" && f[2] == direction {
			return hasLine(s.mapLines(f[1]), lines)
		}
	}
	return n.group != nil && s.mapHas(n.group, direction, lines)
}

// advertiseMapHas is outMapHas for the map of what is advertised on a condition.
func (s *scene) advertiseMapHas(n *subject, lines ...string) bool {
	return hasLine(s.mapLines(n.namedBy("advertise-map")), lines)
}

// namedBy is the name behind a word in the neighbor's settings or its group's.
func (n *subject) namedBy(word string) string {
	for _, l := range n.inFamily {
		if f := strings.Fields(l); f[0] == word {
			return f[1]
		}
	}
	if n.group != nil {
		return n.group.namedBy(word)
	}
	return ""
}

// hasLine reports a line of a map that begins as one of the others says.
func hasLine(of, lines []string) bool {
	return slices.ContainsFunc(of, func(l string) bool {
		return slices.ContainsFunc(lines, func(begin string) bool { return strings.HasPrefix(strings.TrimSpace(l), begin) })
	})
}

// mapLines are the lines of the entries of a map, and of the maps that it calls.
func (s *scene) mapLines(name string) (out []string) {
	in := false
	for _, l := range s.lists {
		if strings.HasPrefix(l, "route-map ") {
			in = strings.HasPrefix(l, "route-map "+name+" ")
		}
		if called, ok := strings.CutPrefix(l, " call "); in && ok {
			out = append(out, s.mapLines(called)...)
		}
		if in {
			out = append(out, l)
		}
	}
	return out
}
