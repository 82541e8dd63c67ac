package config

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"bgpsh/ipc/grammar"
)

// topStatements are those of the top level, in the order of printing.
var topStatements = []statement{
	{id: "frr.defaults", set: setProfile, unset: unsetProfile, lines: func(v view) []grammar.Command {
		return []grammar.Command{grammar.Make("frr.defaults", grammar.Config).With("profile", v.c.Profile.String())}
	}},
	{id: "hostname", set: func(e *edit, c grammar.Command) error {
		e.config.Hostname = c.Args.Text("name")
		return nil
	}, unset: func(e *edit, _ grammar.Command) error {
		e.config.Hostname = ""
		return nil
	}, lines: func(v view) []grammar.Command {
		return one(v.c.Hostname != "", func() grammar.Command {
			return grammar.Make("hostname", grammar.Config).With("name", v.c.Hostname)
		})
	}},
	{id: "router.bgp", set: setRouter, unset: unsetRouter, lines: func(v view) []grammar.Command {
		return one(v.c.Router != nil, func() grammar.Command {
			c := grammar.Make("router.bgp", grammar.Config).With("as", v.c.Router.AS)
			if v.c.Router.Notation != "" {
				c = c.With("as-notation", true).With("notation", v.c.Router.Notation)
			}
			return c
		})
	}},
	{id: "address-family.ipv4", set: enter},
	{id: "address-family.ipv6", set: enter},
}

// enter accepts a line that only opens a mode.
func enter(*edit, grammar.Command) error { return nil }

// setProfile changes the defaults. Neighbors keep the families they are active in, as in FRR, where the profile's word counts
// when a neighbor is made.
func setProfile(e *edit, c grammar.Command) error {
	p := Ours
	for _, q := range []Profile{Traditional, Datacenter} {
		if c.Args.Text("profile") == q.String() {
			p = q
		}
	}
	e.keepFamilies(func() { e.config.Profile = p })
	return nil
}

func unsetProfile(e *edit, _ grammar.Command) error {
	e.keepFamilies(func() { e.config.Profile = Ours })
	return nil
}

// keepFamilies makes a change of defaults without changing in which families the existing neighbors are active.
func (e *edit) keepFamilies(change func()) {
	r := e.config.Router
	if r == nil {
		change()
		return
	}
	type key struct {
		n *Neighbor
		f int
	}
	before := map[key]bool{}
	for _, n := range r.Neighbors {
		for f := range n.Families {
			before[key{n, f}] = e.config.active(n, f)
		}
	}
	change()
	for k, active := range before {
		if e.config.active(k.n, k.f) != active {
			k.n.Families[k.f].Activate = Some(active)
		}
	}
}

func setRouter(e *edit, c grammar.Command) error {
	r, as := e.config.Router, c.Args.Uint32("as")
	switch {
	case r == nil && !c.Args.Has("as"):
		return withRemedy(errNoRouter, "router bgp AS")
	case r == nil:
		if err := checkAS(as); err != nil {
			return err
		}
		e.config.Router = e.early.take(as)
		e.release(func(h Held) bool { return h.Scope == HoldsRouter && h.Statement == "router bgp" })
	case c.Args.Has("as") && as != r.AS:
		return running(r)
	}
	if c.Args.Has("notation") {
		e.config.Router.Notation = c.Args.Text("notation")
	}
	return nil
}

func newRouter(as uint32) *Router {
	r := &Router{AS: as, Neighbors: map[string]*Neighbor{}, Groups: map[string]*Neighbor{}, Ranges: map[netip.Prefix]string{}}
	for i := range r.Networks {
		r.Networks[i] = map[netip.Prefix]Network{}
		r.Aggregates[i] = map[netip.Prefix]Aggregate{}
		r.Redistributions[i] = map[Origin]Redistribution{}
	}
	return r
}

func unsetRouter(e *edit, c grammar.Command) error {
	r := e.config.Router
	switch {
	case r == nil:
		e.say(Notice, "there is no router bgp")
	case c.Args.Has("as") && c.Args.Uint32("as") != r.AS:
		return running(r)
	}
	e.config.Router, e.config.Held = nil, nil
	return nil
}

// checkAS refuses the AS numbers that no speaker can have (RFC 7607, RFC 6793 9).
func checkAS(as uint32) error {
	if as == 0 || as == 23456 {
		return fmt.Errorf("AS %d is reserved: an AS number is 1 to 4294967295 without 23456", as)
	}
	return nil
}

// routerStatements are those of the router itself, in the order of printing.
var routerStatements = []statement{
	identifier("bgp.router-id", func(r *Router) *netip.Addr { return &r.RouterID }),
	{id: "bgp.listen-address", set: addListener, unset: removeListener, lines: listenerLines},
	routerValue("bgp.session-dscp", func(r *Router) *Opt[uint8] { return &r.DSCP },
		func(c grammar.Command) (uint8, error) { return uint8(c.Args.Uint("dscp")), nil },
		func(c grammar.Command, v uint8) grammar.Command { return c.With("dscp", v) }),
	knob("bgp.log-neighbor-changes", func(k *Knobs) *Opt[bool] { return &k.LogNeighborChanges },
		func(d Defaults) bool { return d.LogNeighborChanges }),
	knob("bgp.always-compare-med", func(k *Knobs) *Opt[bool] { return &k.AlwaysCompareMED }, off),
	knob("bgp.ebgp-requires-policy", func(k *Knobs) *Opt[bool] { return &k.RequiresPolicy },
		func(d Defaults) bool { return d.RequiresPolicy }),
	{id: "bgp.default.ipv4-unicast", set: defaultIPv4(true), unset: defaultIPv4(false), lines: func(v view) []grammar.Command {
		o, d := v.c.Router.Knobs.DefaultIPv4, v.c.Profile.Defaults()
		return one(o.Set && (d.FamilyByAddress || o.Value != d.DefaultIPv4), func() grammar.Command {
			return signed(grammar.Make("bgp.default.ipv4-unicast", grammar.Router), o.Value)
		})
	}},
	{id: "bgp.default.ipv6-unicast", set: defaultIPv6(true), unset: defaultIPv6(false), lines: func(v view) []grammar.Command {
		return one(v.c.Router.Knobs.DefaultIPv6, func() grammar.Command { return grammar.Make("bgp.default.ipv6-unicast", grammar.Router) })
	}},
	routerValue("bgp.default.local-preference", func(r *Router) *Opt[uint32] { return &r.LocalPref },
		func(c grammar.Command) (uint32, error) { return c.Args.Uint32("value"), nil },
		func(c grammar.Command, v uint32) grammar.Command { return c.With("value", v) }),
	identifier("bgp.cluster-id", func(r *Router) *netip.Addr { return &r.ClusterID }),
	{id: "auto-summary", unset: enter},
	knob("bgp.deterministic-med", func(k *Knobs) *Opt[bool] { return &k.DeterministicMED },
		func(d Defaults) bool { return d.DeterministicMED }),
	knob("bgp.bestpath.as-path.ignore", func(k *Knobs) *Opt[bool] { return &k.IgnoreASPath }, off),
	knob("bgp.bestpath.as-path.confed", func(k *Knobs) *Opt[bool] { return &k.ConfedLength }, off),
	knob("bgp.bestpath.compare-routerid", func(k *Knobs) *Opt[bool] { return &k.CompareRouterID }, off),
	knob("bgp.bestpath.med.missing-as-worst", func(k *Knobs) *Opt[bool] { return &k.MissingMEDWorst }, off),
	importCheck(),
	routerValue("timers.bgp", func(r *Router) *Opt[Timers] { return &r.Timers }, readTimers, writeTimers),
	routerValue("bgp.minimum-holdtime", func(r *Router) *Opt[uint16] { return &r.MinHold },
		func(c grammar.Command) (uint16, error) { return uint16(c.Args.Uint("seconds")), nil },
		func(c grammar.Command, v uint16) grammar.Command { return c.With("seconds", v) }),
}

func off(Defaults) bool { return false }

func importCheck() statement {
	s := knob("bgp.network.import-check", func(k *Knobs) *Opt[bool] { return &k.ImportCheck },
		func(d Defaults) bool { return d.ImportCheck })
	plain := s.set
	s.set = func(e *edit, c grammar.Command) error {
		e.say(Notice, "bgp network import-check is kept, not enforced: network announces unconditionally")
		return plain(e, c)
	}
	return s
}

func defaultIPv4(on bool) func(*edit, grammar.Command) error {
	return func(e *edit, _ grammar.Command) error {
		e.keepFamilies(func() { e.config.Router.Knobs.DefaultIPv4 = Some(on) })
		return nil
	}
}

func defaultIPv6(on bool) func(*edit, grammar.Command) error {
	return func(e *edit, _ grammar.Command) error {
		e.keepFamilies(func() { e.config.Router.Knobs.DefaultIPv6 = on })
		return nil
	}
}

// identifier is a statement that sets a 32-bit identifier, typed as an IPv4 address or a number.
func identifier(id string, find func(*Router) *netip.Addr) statement {
	return statement{
		id: id,
		set: func(e *edit, c grammar.Command) error {
			a := c.Args.Addr("id")
			if c.Args.Has("number") {
				var b [4]byte
				binary.BigEndian.PutUint32(b[:], c.Args.Uint32("number"))
				a = netip.AddrFrom4(b)
			}
			if a.IsUnspecified() {
				return errNoIdentifier
			}
			*find(e.config.Router) = a
			return nil
		},
		unset: func(e *edit, _ grammar.Command) error { *find(e.config.Router) = netip.Addr{}; return nil },
		lines: func(v view) []grammar.Command {
			a := *find(v.c.Router)
			return one(a.IsValid(), func() grammar.Command { return grammar.Make(id, grammar.Router).With("id", a) })
		},
	}
}

const defaultPort = 179

func listener(c grammar.Command) netip.AddrPort {
	port := uint16(defaultPort)
	if c.Args.Has("port") {
		port = uint16(c.Args.Uint("port"))
	}
	return netip.AddrPortFrom(c.Args.Addr("addr"), port)
}

func addListener(e *edit, c grammar.Command) error {
	a, r := listener(c), e.config.Router
	if a.Addr().IsMulticast() {
		return fmt.Errorf("%s is not an address to listen on", a.Addr())
	}
	if n := r.Neighbors[a.Addr().Unmap().String()]; n != nil {
		return withRemedy(fmt.Errorf("%s is a neighbor, and so no address of this router", n.Name), "no neighbor "+n.Name)
	}
	if slices.Contains(r.Listen, a) {
		return nil
	}
	if len(r.Listen) == 0 {
		e.listeners, e.replaced = Some(e.line), true
	}
	r.Listen = append(r.Listen, a)
	slices.SortFunc(r.Listen, func(a, b netip.AddrPort) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Port(), b.Port()))
	})
	return nil
}

func removeListener(e *edit, c grammar.Command) error {
	a, r := listener(c), e.config.Router
	i := slices.Index(r.Listen, a)
	if i < 0 {
		e.say(Notice, "%s port %d is not configured", a.Addr(), a.Port())
		return nil
	}
	r.Listen = slices.Delete(r.Listen, i, i+1)
	if !e.replaced {
		e.listeners = Some(e.line)
	}
	if len(r.Listen) == 0 {
		e.say(Notice, "no bgp listen-address is left: listening on 0.0.0.0 and ::, port %d", defaultPort)
	}
	return nil
}

func listenerLines(v view) []grammar.Command {
	var out []grammar.Command
	for _, a := range v.c.Router.Listen {
		c := grammar.Make("bgp.listen-address", grammar.Router).With("addr", a.Addr())
		if a.Port() != defaultPort {
			c = c.With("port", a.Port())
		}
		out = append(out, c)
	}
	return out
}

// readTimers checks a pair of keepalive and hold time (RFC 4271 4.2: the hold time is zero or at least three seconds).
func readTimers(c grammar.Command) (Timers, error) {
	t := Timers{Keepalive: uint16(c.Args.Uint("keepalive")), Hold: uint16(c.Args.Uint("hold"))}
	if t.Hold == 1 || t.Hold == 2 {
		return t, fmt.Errorf("hold time %d: 0 or 3 to 65535 seconds (RFC 4271 4.2)", t.Hold)
	}
	return t, nil
}

func writeTimers(c grammar.Command, t Timers) grammar.Command {
	return c.With("keepalive", t.Keepalive).With("hold", t.Hold)
}
