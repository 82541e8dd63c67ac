package config

import (
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// listKinds are the kinds of lists by the grammar's words for what a line holds back.
var listKinds = map[string]policy.RefKind{
	"prefix-list": policy.RefPrefixList, "ipv6 prefix-list": policy.RefPrefixList6,
	"access-list": policy.RefAccessList, "ipv6 access-list": policy.RefAccessList6, "as-path": policy.RefPathList,
	"community-list": policy.RefCommunityList, "large-community-list": policy.RefLargeList, "extcommunity-list": policy.RefExtList,
}

// heldRef is the list or map that a line which is not in force was to be part of.
func (e *edit) heldRef(h grammar.Hold) (policy.Ref, uint32) {
	if h.Kind == grammar.HoldList {
		return policy.Ref{Kind: listKinds[h.List], Name: h.Name}, 0
	}
	if h.Name == e.routes {
		return mapRef(h.Name), e.entry
	}
	return mapRef(h.Name), 0
}

// releaseRef lets go of what held a list or map back, because it is gone.
func (e *edit) releaseRef(r policy.Ref) {
	e.sayReleased(e.release(func(h Held) bool { return h.Scope == HoldsList && h.Ref == r }))
}

// releaseEntry is releaseRef for one entry of a map.
func (e *edit) releaseEntry(name string, seq uint32) {
	e.sayReleased(e.release(func(h Held) bool { return h.Scope == HoldsList && h.Ref == mapRef(name) && h.Entry == seq }))
}

// settles reports whether a right line c is the one that h should have been: the same statement of the same entry of a map,
// the same number of a list, or any line of a list where the wrong one had no number.
func (h Held) settles(e *edit, c grammar.Command) bool {
	if h.Scope != HoldsList || h.Unsupported && !c.No {
		return false
	}
	if h.Ref.Kind == policy.RefRouteMap {
		return c.Mode == grammar.RouteMap && h.Ref.Name == e.routes && h.Entry == e.entry && h.Statement == subject(c.String())
	}
	return c.Mode == grammar.Config && h.Ref.Name == c.Args.Text("name") && listPlace(h.raw.Reveal()) == listPlace(c.String())
}

// listPlace is a list's line up to its number, or up to permit or deny.
func listPlace(line string) string {
	w := unsigned(words(line))
	if i := slices.Index(w, "seq"); i >= 0 && i+1 < len(w) {
		return strings.Join(w[:i+2], " ")
	}
	i := slices.IndexFunc(w, func(s string) bool { return s == "permit" || s == "deny" })
	return strings.Join(w[:max(i, 0)], " ")
}

// markBroken notes which lists and maps have a line that could not be applied.
func (c *Config) markBroken() {
	c.Policy.Broken = nil
	for _, h := range c.Held {
		if h.Scope == HoldsList {
			if c.Policy.Broken == nil {
				c.Policy.Broken = map[policy.Ref]bool{}
			}
			c.Policy.Broken[h.Ref] = true
		}
	}
}
