package config

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"bgpsh/daemon/policy"
)

// Diff lists what differs between two configurations in meaning, with the effect of each difference, in the order of the
// running configuration: the router, listeners, neighbors, networks. Lines that are written differently and mean the same are
// listed as a difference without effect at most. The list is empty only where Equal holds.
func Diff(old, new *Config) []Change {
	changes := diff(old, new)
	if len(changes) == 0 && !Equal(old, new) {
		changes = append(changes, Change{Object: "configuration", What: "written differently, with the same meaning"})
	}
	return changes
}

func diff(old, new *Config) []Change {
	d := differ{old: old, new: new}
	if old.Hostname != new.Hostname {
		d.value("hostname", "hostname", None, old.Hostname, new.Hostname)
	}
	if old.Profile != new.Profile {
		d.value("frr defaults", "defaults", None, old.Profile.String(), new.Profile.String())
	}
	a, b := old.Router, new.Router
	switch {
	case a == nil && b == nil:
		return d.out
	case a == nil:
		d.add(Change{Kind: Added, Object: routerName(b), Effect: Live, What: "added"})
		a = newRouter(b.AS)
		d.old = &Config{Profile: old.Profile, Router: a}
	case b == nil:
		d.add(Change{Kind: Removed, Object: routerName(a), Effect: Live, What: "removed"})
		b = newRouter(a.AS)
		d.new = &Config{Profile: new.Profile, Router: b}
	}
	d.router(old.Router != nil && new.Router != nil)
	d.groups()
	d.lists()
	d.neighbors()
	d.ranges()
	d.networks()
	d.aggregates()
	d.redistributions()
	return d.out
}

// Equal reports that two configurations mean the same and read the same.
func Equal(a, b *Config) bool {
	return SameText(a, b) && slices.Equal(a.Held, b.Held)
}

// SameText reports that the lines of two configurations are the same. Lists that they share are not looked at.
func SameText(a, b *Config) bool {
	none := func(policy.Ref) bool { return false }
	return a == b || len(a.Policy.Changed(&b.Policy)) == 0 && slices.Equal(a.linesOf(none), b.linesOf(none))
}

func routerName(r *Router) string { return fmt.Sprintf("router bgp %d", r.AS) }

type differ struct {
	old, new *Config
	out      []Change
}

func (d *differ) add(c Change) { d.out = append(d.out, c) }

// value adds the change of one value of an object, given as text.
func (d *differ) value(object, field string, e Effect, old, new string) {
	if old != new {
		d.add(Change{Object: object, Field: field, Effect: e, What: said(field, old, new)})
	}
}

// said words the change of a value; an empty text stands for a value that is not there.
func said(field, old, new string) string {
	switch {
	case old == "":
		return field + " " + new
	case new == "":
		return "no " + field + ", was " + old
	}
	return field + " " + new + ", was " + old
}

// router compares the values of the router. Those that neighbors inherit are changes of the neighbors.
func (d *differ) router(both bool) {
	a, b := d.old, d.new
	object := routerName(b.Router)
	if both {
		d.value(object, "as", Reset, fmt.Sprint(a.Router.AS), fmt.Sprint(b.Router.AS))
		d.value(object, "router-id", Reset, address(a.Router.RouterID), address(b.Router.RouterID))
	}
	d.value(object, "cluster-id", Live, address(a.Router.ClusterID), address(b.Router.ClusterID))
	d.value(object, "default local-preference", Refresh, fmt.Sprint(a.DefaultLocalPref()), fmt.Sprint(b.DefaultLocalPref()))
	d.value(object, "listen limit", Live, fmt.Sprint(a.Router.DynamicLimit()), fmt.Sprint(b.Router.DynamicLimit()))
	d.value(object, "client-to-client reflection", Live, onOff(a.ClientToClient()), onOff(b.ClientToClient()))
	d.value(object, "bestpath", Live, a.BestPath().String(), b.BestPath().String())
	for f, family := range Families {
		d.value(object, "multipath "+family.String(), Live, a.Multipath(f).String(), b.Multipath(f).String())
	}
	d.value(object, "network import-check", None, onOff(a.importCheck()), onOff(b.importCheck()))
	d.opening()
	d.value(object, "as-notation", None, a.Router.Notation, b.Router.Notation)
	d.restartRouter(object)
	old, new := listenerNames(a.Router), listenerNames(b.Router)
	for _, name := range new {
		if !slices.Contains(old, name) && (both || len(b.Router.Listen) > 0) {
			d.add(Change{Kind: Added, Object: name, Effect: Live, What: "added"})
		}
	}
	for _, name := range old {
		if !slices.Contains(new, name) && (both || len(a.Router.Listen) > 0) {
			d.add(Change{Kind: Removed, Object: name, Effect: Live, What: "removed"})
		}
	}
}

func (c *Config) importCheck() bool {
	return c.Router.Knobs.ImportCheck.Else(c.Profile.Defaults().ImportCheck)
}

func listenerNames(r *Router) []string {
	var out []string
	for _, a := range r.ListenAddresses() {
		out = append(out, fmt.Sprintf("listener %s port %d", a.Addr(), a.Port()))
	}
	return out
}

func (d *differ) neighbors() {
	a, b := d.old.Router, d.new.Router
	for _, n := range b.Sorted() {
		object := "neighbor " + n.Name
		was := a.Neighbors[n.Name]
		if was == nil {
			d.add(Change{Kind: Added, Object: object, Neighbor: n.Name, Effect: Live, What: "added"})
			continue
		}
		before, after := d.old.Effective(was), d.new.Effective(n)
		d.settings(object, &before, &after)
	}
	for _, n := range a.Sorted() {
		if b.Neighbors[n.Name] == nil {
			was := d.old.Effective(n)
			d.neighbor(Change{Kind: Removed, Object: "neighbor " + n.Name, Neighbor: n.Name, Effect: Reset, What: "removed"}, was.down())
		}
	}
}

// groups lists peer-groups that came, went or read differently. What that does is told by their members.
func (d *differ) groups() {
	a, b := d.old.Router, d.new.Router
	for _, g := range b.SortedGroups() {
		object := "peer-group " + g.Name
		switch was := a.Groups[g.Name]; {
		case was == nil:
			d.add(Change{Kind: Added, Object: object, What: "added"})
		case !slices.Equal(d.old.about(was), d.new.about(g)):
			d.add(Change{Object: object, What: "changed"})
		}
	}
	for _, g := range a.SortedGroups() {
		if b.Groups[g.Name] == nil {
			d.add(Change{Kind: Removed, Object: "peer-group " + g.Name, What: "removed"})
		}
	}
}

// settings compares one neighbor. Between two states in which it has no session nothing is reset.
func (d *differ) settings(object string, a, b *Settings) {
	asleep := a.down() && b.down()
	for _, f := range slices.Concat(fields, knobFields, restartFields) {
		old, new := f.text(a), f.text(b)
		if old == new {
			continue
		}
		c := Change{Object: object, Neighbor: b.Name, Field: f.name, Effect: f.effect(a, b), What: said(f.name, old, new)}
		if f.instead != "" {
			c.What = f.instead
		}
		d.neighbor(c, asleep)
	}
	for i := range a.Families {
		for _, f := range slices.Concat(familyFields, knobFamilyFields, attachFields) {
			old, new := f.text(&a.Families[i]), f.text(&b.Families[i])
			if old != new {
				d.neighbor(Change{Object: object, Neighbor: b.Name, Family: Families[i], Field: f.name, Effect: f.effect,
					What: said(f.name, old, new)}, asleep || f.name != "activate" && !a.Families[i].Active && !b.Families[i].Active)
			}
		}
	}
}

func (d *differ) neighbor(c Change, asleep bool) {
	if asleep {
		c.Effect = None
	}
	d.add(c)
}

// down reports that the configuration keeps the neighbor without a session.
func (s *Settings) down() bool { return s.Shutdown || len(s.Held) > 0 }

func (d *differ) networks() {
	for f := range Families {
		old, new := d.old.Router.Networks[f], d.new.Router.Networks[f]
		for _, p := range slices.SortedFunc(maps.Keys(new), comparePrefixes) {
			switch was, ok := old[p]; {
			case !ok:
				d.add(Change{Kind: Added, Object: "network " + p.String(), Family: Families[f], Effect: Live, What: "added"})
			case was != new[p]:
				d.add(Change{Object: "network " + p.String(), Field: "route-map", Family: Families[f], Effect: Live, What: said("route-map", was.Map, new[p].Map)})
			}
		}
		for _, p := range slices.SortedFunc(maps.Keys(old), comparePrefixes) {
			if _, ok := new[p]; !ok {
				d.add(Change{Kind: Removed, Object: "network " + p.String(), Family: Families[f], Effect: Live, What: "removed"})
			}
		}
	}
}

// field is one value of a neighbor's Settings: how it reads, empty where it is not there, and what its change does.
type field struct {
	name   string
	text   func(*Settings) string
	effect func(old, new *Settings) Effect
	// instead is said in place of the values, which are secret.
	instead string
}

func always(e Effect) func(*Settings, *Settings) Effect {
	return func(*Settings, *Settings) Effect { return e }
}

// stops is the effect of what ends a session when it appears and lets it begin when it goes.
func stops(on func(*Settings) bool) func(*Settings, *Settings) Effect {
	return func(old, new *Settings) Effect {
		if on(new) {
			return Reset
		}
		return Live
	}
}

// fields are the values of a neighbor with what a change of each does: what can change under a running session does.
var fields = []field{
	{name: "description", text: func(s *Settings) string { return s.Description }, effect: always(None)},
	{name: "peer-group", text: func(s *Settings) string { return s.Group }, effect: always(None)},
	{name: "local as", text: func(s *Settings) string { return fmt.Sprint(s.LocalAS) }, effect: always(Reset)},
	{name: "router-id", text: func(s *Settings) string { return address(s.RouterID) }, effect: always(Reset)},
	{name: "remote-as", text: func(s *Settings) string { return s.RemoteAS.text() }, effect: always(Reset)},
	{name: "remote-id", text: func(s *Settings) string { return address(s.RemoteID) }, effect: always(Reset)},
	{name: "interface", text: func(s *Settings) string { return s.Interface }, effect: always(Reset)},
	{name: "shutdown", text: func(s *Settings) string { return shutdownText(s) }, effect: stops(func(s *Settings) bool { return s.Shutdown })},
	{name: "held back", text: func(s *Settings) string { return heldText(s.Held) }, effect: stops(func(s *Settings) bool { return len(s.Held) > 0 })},
	{name: "password", text: func(s *Settings) string { return s.Password.Reveal() }, effect: always(Live),
		instead: "password changed (the other end needs it within the hold time)"},
	{name: "port", text: func(s *Settings) string { return fmt.Sprint(s.Port) }, effect: always(Live)},
	{name: "passive", text: func(s *Settings) string { return onOff(s.Passive) }, effect: always(Live)},
	{name: "update-source", text: func(s *Settings) string { return s.Source.String() }, effect: always(Reset)},
	{name: "ttl", text: func(s *Settings) string { return fmt.Sprint(s.TTL) }, effect: always(Live)},
	{name: "minimum ttl", text: func(s *Settings) string { return fmt.Sprint(s.MinTTL) }, effect: always(Live)},
	{name: "connected check", text: func(s *Settings) string { return onOff(s.ConnectedCheck) }, effect: always(Live)},
	{name: "dscp", text: func(s *Settings) string { return fmt.Sprint(s.DSCP) }, effect: always(Live)},
	{name: "hold time", text: duration(func(s *Settings) time.Duration { return s.HoldTime }), effect: always(Reset)},
	{name: "keepalive", text: duration(func(s *Settings) time.Duration { return s.Keepalive }), effect: always(Reset)},
	{name: "timers connect", text: duration(func(s *Settings) time.Duration { return s.ConnectRetry }), effect: always(Live)},
	{name: "timers idle-hold", text: duration(func(s *Settings) time.Duration { return s.IdleHold }), effect: always(Live)},
	{name: "timers delayopen", text: duration(func(s *Settings) time.Duration { return s.DelayOpen }), effect: always(Live)},
	{name: "timers open-hold", text: duration(func(s *Settings) time.Duration { return s.OpenHold }), effect: always(Live)},
	{name: "timers send-hold", text: duration(func(s *Settings) time.Duration { return s.SendHold }), effect: always(Live)},
	{name: "minimum-holdtime", text: duration(func(s *Settings) time.Duration { return s.MinHoldTime }), effect: minimumHold},
	{name: "timers resolution", text: duration(func(s *Settings) time.Duration { return s.Resolution }), effect: always(None)},
	{name: "timers connect-jitter", text: func(s *Settings) string { return s.ConnectJitter.String() }, effect: always(Live)},
	{name: "timers idle-hold-jitter", text: func(s *Settings) string { return s.IdleHoldJitter.String() }, effect: always(Live)},
	{name: "collision-detect established", text: func(s *Settings) string { return onOff(s.CollisionEstablished) }, effect: always(Live)},
	{name: "enforce-first-as", text: func(s *Settings) string { return onOff(s.EnforceFirstAS) }, effect: always(Refresh)},
	{name: "path-attribute discard", text: func(s *Settings) string { return attrsText(s.DiscardAttrs) }, effect: always(Refresh)},
	{name: "path-attribute treat-as-withdraw", text: func(s *Settings) string { return attrsText(s.WithdrawAttrs) }, effect: always(Refresh)},
	{name: "vlan-id", text: func(s *Settings) string { return numberOrNone(uint64(s.VLAN)) }, effect: always(Live)},
	{name: "capability fqdn", text: func(s *Settings) string { return optional(s.CapabilityFQDN) }, effect: always(Reset)},
	{name: "capability extended-nexthop", text: func(s *Settings) string { return onOff(s.CapabilityENHE) }, effect: always(Reset)},
	{name: "dont-capability-negotiate", text: func(s *Settings) string { return onOff(s.NoCapabilities) }, effect: always(Reset)},
	{name: "local-role", text: func(s *Settings) string { return roleText(s.Role) }, effect: always(Reset)},
	{name: "log-neighbor-changes", text: func(s *Settings) string { return onOff(s.LogChanges) }, effect: always(None)},
	{name: "ebgp-requires-policy", text: func(s *Settings) string { return onOff(s.RequiresPolicy) }, effect: requiresPolicy},
}

// requiresPolicy touches only a neighbor that may be external and lacks a policy somewhere.
func requiresPolicy(_, new *Settings) Effect {
	for _, f := range new.Families {
		if !new.Inside() && f.Active && !(f.PolicyIn && f.PolicyOut) {
			return Refresh
		}
	}
	return None
}

// minimumHold resets only a session that the new minimum would not have let come up as configured here.
func minimumHold(_, new *Settings) Effect {
	if new.MinHoldTime > new.HoldTime {
		return Reset
	}
	return None
}

// familyField is the same for a value of one family.
type familyField struct {
	name   string
	text   func(*FamilySettings) string
	effect Effect
}

var familyFields = []familyField{
	{"activate", func(f *FamilySettings) string { return onOff(f.Active) }, Reset},
	{"next-hop", func(f *FamilySettings) string { return address(f.NextHop) }, Live},
	{"next-hop-self", func(f *FamilySettings) string { return selfText(f) }, Live},
	{"send-community", func(f *FamilySettings) string { return f.SendCommunity.String() }, Live},
	{"soft-reconfiguration inbound", func(f *FamilySettings) string { return onOff(f.SoftInbound) }, None},
	{"import local-preference", func(f *FamilySettings) string { return pointerText(f.In.SetLocalPref) }, Refresh},
	{"export metric", func(f *FamilySettings) string { return pointerText(f.Out.SetMED) }, Live},
	{"export community", func(f *FamilySettings) string { return communitiesText(f.Out.AddCommunities) }, Live},
	{"allow in", func(f *FamilySettings) string { return rulesText(f.In.Allow) }, Refresh},
	{"allow out", func(f *FamilySettings) string { return rulesText(f.Out.Allow) }, Live},
	{"held back in", func(f *FamilySettings) string { return heldText(f.HeldIn) }, Refresh},
	{"held back out", func(f *FamilySettings) string { return heldText(f.HeldOut) }, Live},
}

func address(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}

func rulesText(rules []policy.Rule) string {
	words := make([]string, len(rules))
	for i, r := range rules {
		words[i] = r.String()
	}
	return strings.Join(words, ", ")
}
