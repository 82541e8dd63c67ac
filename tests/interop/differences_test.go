package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A deviation is a kind of difference that is meant, with the words that docs/interop.md says of it. It explains the attributes
// of the given names, or, as "route", that only one side sends the route, or, as "malformed", that one sends it malformed.
type deviation struct {
	what, here, frr string
	explains        []string
	is              func(s *scene, d difference) bool
}

// relative begin the lines that add to the local preference.
var relative = []string{"set local-preference +", "set local-preference -"}

// deviations are all that are known. One without words goes with the one before.
var deviations = []deviation{
	{"OTC towards a neighbor with `local-as`, or outside of a confederation (RFC 9234)", "the AS that the neighbor knows us by, which it compares with",
		"the router's own AS, so that a peer takes its routes for leaks", []string{"OTC"},
		func(s *scene, d difference) bool {
			return d.to.has("local-role") && (d.to.has("local-as") || s.confederation != 0)
		}},
	{"a route and the neighbor that it came from", "not sent back", "sent back where the neighbor shares an update group with others",
		[]string{"route"}, func(s *scene, d difference) bool { return d.ours == "" && s.cameBack(d) }},
	{"a next hop that is the address of the receiver, or of one in its update group", "our own address instead (RFC 4271 5.1.3)", "sent as it is",
		[]string{"next"}, func(s *scene, d difference) bool {
			return slices.ContainsFunc(s.subjects, func(n *subject) bool { return n.name == hopOf(d.frr) }) &&
				hopOf(d.ours) == d.to.plan.to.String() && s.offered(d, "next hop of a neighbor")
		}},
	{"`maximum-prefix-out` with `default-originate`", "the default route counts", "the default route comes on top", []string{"count"},
		func(_ *scene, d difference) bool {
			return !d.prefix.IsValid() && d.to.counted > 0 && d.to.has("default-originate")
		}},
	{"room that `maximum-prefix-out` has after withdrawals", "filled with routes that were held back", "filled when they are announced again", []string{"count", "route"},
		func(_ *scene, d difference) bool {
			fewer := len(d.frr) < len(d.ours) || len(d.frr) == len(d.ours) && d.frr < d.ours
			return d.to.counted > 0 && (d.frr == "" || !d.prefix.IsValid() && fewer)
		}},
	{"`set extcommunity rt` and `soo` on a route that has the same", "once", "twice", []string{"EXTENDED_COMMUNITIES"},
		func(_ *scene, d difference) bool {
			each := func(text string) []string {
				list := strings.Fields(strings.Trim(attributesByName(text)["EXTENDED_COMMUNITIES"], "[]"))
				slices.Sort(list)
				return slices.Compact(list)
			}
			return slices.Equal(each(d.frr), each(d.ours))
		}},
	{"`allowas-in N` of a neighbor whose peer group has `allowas-in origin`", "the neighbor's own alone", "both", []string{"any"},
		func(s *scene, d difference) bool {
			return slices.ContainsFunc(s.sources(d.prefix), func(n *subject) bool {
				return n.group != nil && n.group.has("allowas-in origin")
			})
		}},
	{"a change of `bgp default local-preference`", "best paths are chosen again", "counts for a path when it changes next", []string{"any"},
		func(s *scene, d difference) bool {
			return slices.Contains(s.toggled, "bgp default local-preference 130") && len(s.sources(d.prefix)) > 1
		}},
	{"an aggregate with `matching-MED-only` when `missing-as-worst` changes", "judged again", "judged when a route changes next", []string{"route"},
		func(s *scene, d difference) bool {
			return slices.Contains(s.toggled, "bgp bestpath med missing-as-worst") &&
				strings.Contains(s.aggregateOf(d.prefix), "matching-MED-only")
		}},
	{"a default route after `no neighbor P default-originate`", "gone", "may come again with a soft clear", []string{"route"},
		func(_ *scene, d difference) bool {
			return d.prefix.IsValid() && d.prefix.Bits() == 0 && d.ours == "" &&
				slices.ContainsFunc(d.to.dropped, func(l string) bool { return strings.HasPrefix(l, "default-originate") })
		}},
	{"a non-transitive extended community between route server clients", "removed, as towards every other AS (RFC 4360 6)", "passed on", []string{"EXTENDED_COMMUNITIES"},
		func(s *scene, d difference) bool {
			return d.to.has("route-server-client") && (s.offered(d, "non-transitive") ||
				s.cameThrough(d, "set extcommunity bandwidth") || s.outMapHas(d.to, "set extcommunity bandwidth"))
		}},
	{"`match metric` and `set metric +N` on routes to external neighbors", "another neighbor's MED is not sent, and neither matched nor added to",
		"drops it, and still matches it", []string{"any"},
		func(s *scene, d difference) bool {
			return !d.to.internal && s.outMapHas(d.to, "match metric", "set metric +", "set metric -")
		}},
	{"`next-hop-self` on routes whose next hop a map has set on their way in, or that of a `network`", "our own address", "the map's, as if it had been set on the way out",
		[]string{"next"}, func(s *scene, d difference) bool {
			return hopOf(d.ours) == d.to.plan.to.String() && (s.cameThrough(d, "set ip next-hop", "set ipv6 next-hop") ||
				d.to.has("next-hop-self") && s.originHas(d.prefix, "set ip next-hop", "set ipv6 next-hop"))
		}},
	{"`set ip next-hop` in the map of `default-originate`", "sent, as in IPv6", "our own address to external neighbors, 0.0.0.0 to internal ones; in IPv6 sent",
		[]string{"next"}, func(s *scene, d difference) bool { return s.defaultHas(d, "set ip next-hop") }},
	{"", "", "", []string{"route"}, func(s *scene, d difference) bool {
		return d.frr == "" && d.to.inside() && s.defaultHas(d, "set ip next-hop")
	}},
	{"a route that comes with our own address as next hop, through a map that sets another", "refused as it came (RFC 4271 6.3)",
		"judged by what the map has set", []string{"route"},
		func(s *scene, d difference) bool {
			return s.offered(d, "our next hop") && s.cameThrough(d, "set ip next-hop", "set ipv6 next-hop")
		}},
	{"a route without MED that is reflected", "without MED still (RFC 4456 10)", "MED 0 is added", []string{"MULTI_EXIT_DISC"},
		func(_ *scene, d difference) bool {
			return d.to.internal && strings.Contains(d.frr, "MULTI_EXIT_DISC 00000000;") && !strings.Contains(d.ours, "MULTI_EXIT_DISC")
		}},
	{"a route with an empty AS path to a `route-server-client`, or through `attribute-unchanged as-path` with `remove-private-AS`",
		"our AS before it: an external neighbor refuses an empty path", "sent with an empty path", []string{"path"},
		func(_ *scene, d difference) bool {
			return !d.to.internal && (d.to.has("route-server-client") || d.to.has("remove-private-AS")) && strings.Contains(d.frr, "path ;")
		}},
	{"`as-override` and `remove-private-AS` where neighbors of several AS share an update group", "each by its own AS", "by that of one of them",
		[]string{"path"}, func(s *scene, d difference) bool {
			return slices.ContainsFunc([]string{"as-override", "remove-private-AS"}, func(knob string) bool {
				return d.to.has(knob) && slices.ContainsFunc(s.subjects, func(n *subject) bool {
					return n.plan.as != d.to.plan.as && n.group == d.to.group && !n.internal && n.has(knob)
				})
			})
		}},
	{"`as-override` towards a neighbor outside of a confederation", "the confederation's number in place of the neighbor's: that of a member is seen within only (RFC 5065)",
		"the member AS that the router is in", []string{"path"}, func(s *scene, d difference) bool {
			return s.confederation != 0 && !d.to.inside() && d.to.has("as-override") && s.passed(d, d.to.plan.as)
		}},
	{"`remove-private-AS replace-AS` towards a neighbor with `local-as`, or outside of a confederation", "the AS that the neighbor knows us by in their place",
		"the router's own AS", []string{"path"}, func(s *scene, d difference) bool {
			return (d.to.has("local-as") || s.confederation != 0) && d.to.hasWord("replace-AS")
		}},
	{"`set extcommunity bandwidth` with a neighbor that has `local-as`, or outside of a confederation", "with the AS that the neighbor knows us by",
		"with the router's own AS", []string{"EXTENDED_COMMUNITIES"}, func(s *scene, d difference) bool {
			return (d.to.has("local-as") || s.confederation != 0) && s.outMapHas(d.to, "set extcommunity bandwidth") ||
				s.cameThrough(d, "set extcommunity bandwidth") && slices.ContainsFunc(s.sources(d.prefix), func(n *subject) bool {
					return n.has("local-as") || s.confederation != 0 && !n.inside()
				})
		}},
	{"`next-hop-self` with `route-server-client`", "the next hop stays as it came (RFC 7947 2.2.1)", "likewise, but our own address for members of a peer group with `route-server-client`",
		[]string{"next"}, func(_ *scene, d difference) bool {
			return d.to.has("next-hop-self") && d.to.group != nil && d.to.group.has("route-server-client") && hopOf(d.frr) == d.to.plan.to.String()
		}},
	{"`match peer` in a map on the way out", "holds for the neighbor that is sent to", "never holds", []string{"any"},
		func(s *scene, d difference) bool { return s.outMapHas(d.to, "match peer") }},
	{"`match ip route-source` in a map on the way out", "holds for the router that the route came from", "never holds", []string{"any"},
		func(s *scene, d difference) bool { return s.outMapHas(d.to, "match ip route-source") }},
	{"`match local-preference` on networks of our own towards external neighbors", "of 0, as of other routes without one", "of the default local preference, but aggregates of 0",
		[]string{"any"}, func(s *scene, d difference) bool {
			return !d.to.internal && s.outMapHas(d.to, "match local-preference") && s.originates(d.prefix)
		}},
	{"`set local-preference +N` and `-N` on a route without local preference", "of the default local preference", "of 0", []string{"LOCAL_PREF"},
		func(s *scene, d difference) bool {
			return s.outMapHas(d.to, relative...) || s.advertiseMapHas(d.to, relative...) || s.cameThrough(d, relative...)
		}},
	{"", "", "", []string{"any"}, // another best path by it
		func(s *scene, d difference) bool {
			return len(s.sources(d.prefix)) > 1 && s.cameThrough(d, relative...)
		}},
	{"`sender-as-path-loop-detection`", "no route with the neighbor's AS in its path", "depends on the update group, and not for members of a peer group",
		[]string{"route"}, func(s *scene, d difference) bool {
			return d.ours == "" && d.to.has("sender-as-path-loop-detection") && s.passed(d, d.to.plan.as)
		}},
	{"`sender-as-path-loop-detection` with `as-override`", "judged by the path that would be sent", "by the path that came", []string{"route"},
		func(_ *scene, d difference) bool {
			return d.frr == "" && d.to.has("sender-as-path-loop-detection") && d.to.has("as-override")
		}},
	{"a change of ATOMIC_AGGREGATE alone, or from no MED to MED 0", "sent", "held for a duplicate: what it compares leaves this out", []string{"ATOMIC_AGGREGATE"},
		func(s *scene, d difference) bool {
			return s.offered(d, "aggregator, then ") || s.offered(d, "then aggregator")
		}},
	{"", "", "", []string{"MULTI_EXIT_DISC"}, func(s *scene, d difference) bool {
		frr, ours := attributesByName(d.frr)["MULTI_EXIT_DISC"], attributesByName(d.ours)["MULTI_EXIT_DISC"]
		return (s.offered(d, "MED, then") || s.offered(d, ", then MED") || s.offered(d, "contested")) && (frr == "" && ours == "00000000" || frr == "00000000" && ours == "")
	}},
	{"the link-local address beside an IPv6 next hop", "our own with our own address, for all neighbors on the link; a third router's own, if it gave one (RFC 2545 3)",
		"its own, also with a third router's address, and not to internal neighbors", []string{"next"},
		func(_ *scene, d difference) bool {
			return !d.to.plan.from.Is4() && hopOf(d.frr) == hopOf(d.ours)
		}},
	{"OTC of a default route that `default-originate` sends (RFC 9234 5)", "marked, as every route to a customer or peer", "not marked", []string{"OTC"},
		func(_ *scene, d difference) bool { return d.prefix.Bits() == 0 && d.to.has("default-originate") }},
	{"`set extcommunity bandwidth` on a route that has a bandwidth of the other transitivity", "in its place", "beside it", []string{"EXTENDED_COMMUNITIES"},
		func(s *scene, d difference) bool {
			in, out := s.cameThrough(d, "set extcommunity bandwidth"), s.outMapHas(d.to, "set extcommunity bandwidth")
			return s.offered(d, "non-transitive") && (in || out) || in && out
		}},
	{"`aggregate-address ... as-set`", "no AS_SET, which RFC 9774 forbids, and no communities of the more specific routes: as FRR with `bgp reject-as-sets`",
		"an AS_SET and the communities of all", []string{"any"}, func(s *scene, d difference) bool {
			return !slices.Contains(s.global, "bgp reject-as-sets") && strings.Contains(s.aggregateOf(d.prefix)+" ", " as-set ")
		}},
	{"ORIGIN of an aggregate over prefixes that several paths lead to", "that of the paths in use, which are what is aggregated (RFC 4271 9.2.2.2)", "of all paths, also of those that lost the decision",
		[]string{"ORIGIN"}, func(s *scene, d difference) bool { return s.originOfSeveral(d) }},
	{"", "", "", []string{"any"}, func(s *scene, d difference) bool { // seen by maps
		return s.originOfSeveral(d) && s.outMapHas(d.to, "match origin")
	}},
	{"`suppress-map` of an aggregate with `matching-MED-only`, when the MEDs come to differ or to be the same", "suppresses while they are the same",
		"suppresses a route or not as they were when it changed", []string{"route"}, func(s *scene, d difference) bool {
			return s.aggregated(d.prefix, func(words []string) bool {
				return slices.Contains(words, "suppress-map") && slices.Contains(words, "matching-MED-only")
			})
		}},
	{"an aggregate after `no aggregate-address`", "gone", "may stay with a neighbor", []string{"route"},
		func(s *scene, d difference) bool {
			return d.ours == "" && s.aggregateOf(d.prefix) == "" && strings.Contains(d.frr, "; AGGREGATOR ") &&
				slices.ContainsFunc(s.dropped, func(l string) bool { return strings.HasPrefix(l+" ", "aggregate-address "+d.prefix.String()+" ") })
		}},
	{"an aggregate whose `route-map` is removed", "gone: a map that is not there refuses it", "stays until one of its routes changes", []string{"route"},
		func(s *scene, d difference) bool { return d.ours == "" && s.unmapped(d.prefix) }},
	{"the latest route that comes into an aggregate which its own `route-map` denies", "sent: no aggregate stands for it", "held back, until another one comes",
		[]string{"route"}, func(s *scene, d difference) bool { return d.frr == "" && s.hiddenByMapped(d.prefix) }},
	{"", "", "", []string{"any"}, func(s *scene, d difference) bool { // or held for suppressed, and so judged by `unsuppress-map` alone
		return d.frr != "" && d.to.has("unsuppress-map") && s.hiddenByMapped(d.prefix)
	}},
	{"a neighbor with `addpath-tx-...` that takes one path alone, when the best is one that it must not be sent", "nothing is left with it",
		"the path before stays with it", []string{"route"}, func(s *scene, d difference) bool {
			return d.ours == "" && d.to.has("addpath-tx") && !d.to.plan.receives && len(s.sources(d.prefix)) > 1
		}},
	{"`soo` of a peer group", "of each member", "of none: only its own marks and holds back a route", []string{"EXTENDED_COMMUNITIES"},
		func(s *scene, d difference) bool { return s.groupSite(d) }},
	{"", "", "", []string{"route", "count"}, func(s *scene, d difference) bool {
		return d.to.has("soo ") && (!d.prefix.IsValid() || d.ours == "" && s.groupSite(d))
	}},
	{"", "", "", []string{"any"}, func(s *scene, d difference) bool { // seen by maps
		return s.groupSite(d) && (s.outMapHas(d.to, "match extcommunity") || s.cameThrough(d, "match extcommunity"))
	}},
	{"members of our confederation in the path to a neighbor outside, with `route-server-client` or `attribute-unchanged as-path`",
		"removed, as always (RFC 5065 5.3)", "sent", []string{"path"}, func(_ *scene, d difference) bool {
			return !d.to.inside() && d.to.keepsPath() && strings.Contains(attributesByName(d.frr)["path"], "(")
		}},
	{"MED of paths that came through one member of our confederation from different ASes", "not compared: they are of different ASes (RFC 4271 9.1.2.2 c)", "compared",
		[]string{"any"}, func(s *scene, d difference) bool {
			return !slices.Contains(s.global, "bgp always-compare-med") && (s.meds || s.cameThrough(d, "set metric")) && s.sharesMember(d.prefix)
		}},
	{"`addpath-tx-bestpath-per-AS` and paths that came through members of our confederation", "one for each AS that they came from, and one for those from within",
		"paths through one member count as of one AS, even from several, and those from within as of several", []string{"any"}, func(s *scene, d difference) bool {
			return d.to.has("addpath-tx-bestpath-per-AS") && s.confederation != 0 && len(s.sources(d.prefix)) > 1 && s.throughMember(d.prefix)
		}},
	{"`set as-path prepend` on a path through members of our confederation", "behind the members, which stand in front (RFC 5065 4)",
		"the members are removed; with `last-as` nothing is prepended", []string{"path"},
		func(s *scene, d difference) bool { return s.prependsToMembers(d) }},
	{"", "", "", []string{"any"}, func(s *scene, d difference) bool { // another best path by it, or seen by maps and lists
		return s.prependsToMembers(d) && (len(s.sources(d.prefix)) > 1 || s.cameThrough(d, "match as-path") || s.outMapHas(d.to, "match as-path") ||
			d.to.has("filter-list") || d.to.has("sender-as-path-loop-detection"))
	}},
	{"`remove-private-AS` on a path through members of our confederation", "both are removed, as towards others", "the members count for ASes to be removed or replaced: one that is " +
		"not private keeps the path as it is without `all`, and where paths are sent as they came a segment that is left empty makes the whole empty",
		[]string{"path"}, func(s *scene, d difference) bool {
			return !d.to.inside() && d.to.has("remove-private-AS") && (d.to.keepsPath() || !d.to.hasWord("all")) && s.throughMembers(d)
		}},
	{"", "", "", []string{"any"}, func(s *scene, d difference) bool { // seen by maps and lists
		return !d.to.inside() && d.to.has("remove-private-AS") && s.throughMembers(d) && (s.outMapHas(d.to, "match as-path") || d.to.has("filter-list"))
	}},
	{"`remove-private-AS` on a path of private ASes alone behind members of our confederation, which is sent as it came", "the path without them",
		"an AS_PATH with an empty segment, which is malformed: the neighbor takes the route for withdrawn (RFC 7606 7.2)", []string{"malformed"},
		func(s *scene, d difference) bool {
			return d.frr == malformed+"AS_PATH has a segment without AS numbers" && !d.to.inside() && d.to.has("remove-private-AS") &&
				d.to.keepsPath() && s.throughMembers(d)
		}},
	{"`remove-private-AS` of a neighbor whose peer group has another form of it", "the neighbor's own alone", "both", []string{"path"},
		func(_ *scene, d difference) bool {
			own := func(n *subject) int {
				return slices.IndexFunc(n.inFamily, func(l string) bool { return strings.HasPrefix(l, "remove-private-AS") })
			}
			return d.to.group != nil && own(d.to) >= 0 && own(d.to.group) >= 0 && d.to.inFamily[own(d.to)] != d.to.group.inFamily[own(d.to.group)]
		}},
	{"`local-as` in a confederation", "before the AS of the confederation, as without one", "not in the path, though the session has it", []string{"path"},
		func(s *scene, d difference) bool { return s.confederation != 0 && d.to.has("local-as") }},
	{"the AS of our confederation in a path that `allowas-in` lets in", "sent on, as our own is", "sent to nobody", []string{"route"},
		func(s *scene, d difference) bool {
			return d.frr == "" && s.confederation != 0 && s.passed(d, s.confederation)
		}},
	{"`set ipv6 next-hop prefer-global` on the way out", "changes nothing", "keeps the next hop that came, also with `next-hop-self`", []string{"next"},
		func(s *scene, d difference) bool { return s.outMapHas(d.to, "set ipv6 next-hop prefer-global") }},
	{"`advertise-map` with `route-map ... out` or `unsuppress-map`", "each must let a route pass", "what `advertise-map` lets pass the others are not asked about, and what an aggregate suppresses may stay so",
		[]string{"any"}, func(_ *scene, d difference) bool {
			return (d.frr != "" || d.to.has("unsuppress-map")) && d.to.has("advertise-map") && (d.to.has("unsuppress-map") || d.to.hasOutMap())
		}},
	{"`advertise-map` with `set` on a route that is reflected", "as `route-map ... out`: sets nothing without `bgp route-reflector allow-outbound-policy`", "sets it",
		[]string{"any"}, func(s *scene, d difference) bool {
			return d.frr != "" && d.ours != "" && d.to.internal && s.advertiseMapHas(d.to, "set ") && !slices.Contains(s.global, "bgp route-reflector allow-outbound-policy") &&
				slices.ContainsFunc(s.sources(d.prefix), func(n *subject) bool { return n.internal })
		}},
	{"`set ip next-hop peer-address` in `advertise-map`", "our own address, as in `route-map ... out`", "sets nothing", []string{"next"},
		func(s *scene, d difference) bool {
			return s.advertiseMapHas(d.to, "set ip next-hop peer-address", "set ipv6 next-hop peer-address") && hopOf(d.ours) == d.to.plan.to.String()
		}},
	{"LLGR_STALE (RFC 9494)", "least preferred, and to internal neighbors without the capability with LOCAL_PREF 0 and NO_EXPORT, to external ones not at all",
		"as any other community, unless it set it itself", []string{"any"},
		func(s *scene, d difference) bool { return s.offered(d, "llgr-stale") }},
}

// expected reports that rows explain all that differs.
func (s *scene) expected(d difference) bool {
	left := d.differs()
	what, why := "", ""
	for i := range deviations {
		row := &deviations[i]
		if row.what != "" {
			what = row.what
		}
		if len(left) == 0 || !row.is(s, d) {
			continue
		}
		before := len(left)
		left = slices.DeleteFunc(left, func(name string) bool {
			return slices.Contains(row.explains, name) || slices.Contains(row.explains, "any")
		})
		if len(left) < before {
			why = what
		}
	}
	if len(left) > 0 {
		return false
	}
	if d.prefix.IsValid() {
		s.excused[d] = why
	}
	return true
}

const differencesHead = "## Where bgpd and FRR 8.4 differ on purpose"

// checkDifferences holds docs/interop.md to the deviations.
func checkDifferences(t *testing.T) {
	t.Helper()
	var b strings.Builder
	b.WriteString(`TestGeneratedAsFRR gives FRR and bgpd the same generated configurations, of forty neighbors each, and the same routes, and compares
what every neighbor is sent, attribute by attribute: at first, after some routes have changed, and after both daemons were edited
while they ran (FRR is then asked to judge again, bgpd is not). Left out is what FRR 8.4 ends by, advertise-map for a neighbor with
remove-private-AS or as-override, and what it forgets: a prefix that a list in a map still has, once another line for it was removed.
Whatever differs fails the test, but for these:

| what | bgpd | FRR 8.4 |
|---|---|---|
`)
	for _, row := range deviations {
		if row.what == "" {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row.what, row.here, row.frr)
	}
	holdPage(t, differencesHead, b.String())
}
