package config

import (
	"fmt"

	"bgpsh/ipc/grammar"
)

func on(Defaults) bool { return true }

// Statements of the router beyond the first ones, for routerStatements.
var (
	firstASKnob      = knob("bgp.enforce-first-as", func(k *Knobs) *Opt[bool] { return &k.FirstAS }, on)
	asSetsKnob       = knob("bgp.reject-as-sets", func(k *Knobs) *Opt[bool] { return &k.RejectASSets }, on)
	duplicatesKnob   = knob("bgp.suppress-duplicates", func(k *Knobs) *Opt[bool] { return &k.SuppressDuplicates }, on)
	failoverKnob     = knob("bgp.fast-external-failover", func(k *Knobs) *Opt[bool] { return &k.FastFailover }, on)
	connectedKnob    = knob("bgp.disable-ebgp-connected-route-check", func(k *Knobs) *Opt[bool] { return &k.NoConnectedCheck }, off)
	clientsKnob      = knob("bgp.client-to-client", func(k *Knobs) *Opt[bool] { return &k.ClientToClient }, on)
	reflectorKnob    = knob("bgp.route-reflector", func(k *Knobs) *Opt[bool] { return &k.ReflectorPolicy }, off)
	gracefulKnob     = knob("bgp.graceful-shutdown", func(k *Knobs) *Opt[bool] { return &k.GracefulShutdown }, off)
	hostnameKnob     = knob("bgp.default.show-hostname", func(k *Knobs) *Opt[bool] { return &k.ShowHostname }, func(d Defaults) bool { return d.ShowHostname })
	defaultDownKnob  = knob("bgp.default.shutdown", func(k *Knobs) *Opt[bool] { return &k.DefaultShutdown }, off)
	routerDown       = routerValue("bgp.shutdown", func(r *Router) *Opt[string] { return &r.Shutdown }, readMessage, writeMessage)
	maxMED           = routerValue("bgp.max-med.administrative", func(r *Router) *Opt[uint32] { return &r.MaxMED }, readMaxMED, writeMaxMED)
	routerKnobsFirst = []statement{gracefulKnob, asSetsKnob, hostnameKnob, defaultDownKnob}
	routerKnobsLast  = []statement{clientsKnob, reflectorKnob, firstASKnob, duplicatesKnob, failoverKnob, connectedKnob, maxMED, keepAlive, routerDown}
)

// highestMED is what max-med announces without a value, as in FRR.
const highestMED = 1<<32 - 2

func readMaxMED(c grammar.Command) (uint32, error) {
	if c.Args.Has("value") {
		return c.Args.Uint32("value"), nil
	}
	return highestMED, nil
}

func writeMaxMED(c grammar.Command, v uint32) grammar.Command {
	if v == highestMED {
		return c
	}
	return c.With("value", v)
}

func readMessage(c grammar.Command) (string, error) { return c.Args.Text("text"), nil }

func writeMessage(c grammar.Command, message string) grammar.Command {
	if message == "" {
		return c
	}
	return c.With("message", true).With("text", message)
}

// shutdownStatement is `neighbor P shutdown`. Under `bgp default shutdown` a neighbor that is not shut down says so.
func shutdownStatement() statement {
	s := option("neighbor.shutdown", func(n *Neighbor, _ int) *Opt[string] { return &n.Shutdown }, codec[string]{
		read:  func(_ *edit, _ *Neighbor, c grammar.Command) (string, error) { return readMessage(c) },
		write: writeMessage,
	})
	plain := s.lines
	s.lines = func(v view) []grammar.Command {
		if !v.n.Shutdown.Set && v.n.Kind != Group && v.c.Router.Knobs.DefaultShutdown.Value {
			return []grammar.Command{v.about(s.id, v.mode()).Negated()}
		}
		return plain(v)
	}
	return s
}

// localAS is `local-as`, not the router's own AS and not for neighbors in that, as in FRR. Where it is the neighbor's AS the session is
// internal (RFC 7705 4).
var localAS = option("neighbor.local-as", func(n *Neighbor, _ int) *Opt[LocalAS] { return &n.LocalAS }, codec[LocalAS]{
	read: func(e *edit, _ *Neighbor, c grammar.Command) (LocalAS, error) {
		l := LocalAS{AS: c.Args.Uint32("as"), NoPrepend: c.Args.Has("no-prepend"), Replace: c.Args.Has("replace-as"), Dual: c.Args.Has("dual-as")}
		if l.AS == e.config.Router.AS {
			return l, errLocalAS
		}
		return l, checkAS(l.AS)
	},
	write: func(c grammar.Command, l LocalAS) grammar.Command {
		return c.With("as", l.AS).With("no-prepend", l.NoPrepend).With("replace-as", l.Replace).With("dual-as", l.Dual)
	},
})

const (
	errLocalAS     frr = "Cannot have local-as same as BGP AS number"
	errLocalInside frr = "Invalid command. Local-as is for external neighbors"
	errBothMatches frr = "Can't set override-capability and strict-capability-match at the same time"
	errInternal    frr = "Invalid command. Not an internal neighbor"
)

// Statements of a neighbor beyond the first ones, for neighborStatements.
var (
	soloFlag       = flag("neighbor.solo", func(n *Neighbor, _ int) *Opt[bool] { return &n.Solo })
	gracefulFlag   = flag("neighbor.graceful-shutdown", func(n *Neighbor, _ int) *Opt[bool] { return &n.GracefulShutdown })
	strictFlag     = flag("neighbor.strict-capability-match", func(n *Neighbor, _ int) *Opt[bool] { return &n.StrictFamilies })
	overridesFlag  = flag("neighbor.override-capability", func(n *Neighbor, _ int) *Opt[bool] { return &n.AllFamilies })
	senderLoopFlag = flag("neighbor.sender-as-path-loop-detection", func(n *Neighbor, _ int) *Opt[bool] { return &n.SenderLoopCheck })
)

// Statements of a neighbor in a family that FRR prints before and behind next-hop-self and its like.
var (
	reflectorFlag = flag("neighbor.route-reflector-client", func(n *Neighbor, f int) *Opt[bool] { return &n.Families[f].ReflectorClient })
	serverFlag    = flag("neighbor.route-server-client", func(n *Neighbor, f int) *Opt[bool] { return &n.Families[f].ServerClient })
	overrideFlag  = flag("neighbor.as-override", func(n *Neighbor, f int) *Opt[bool] { return &n.Families[f].ASOverride })
	weightNumber  = number("neighbor.weight", "weight", func(n *Neighbor, f int) *Opt[uint16] { return &n.Families[f].Weight })

	removePrivate = option("neighbor.remove-private-AS", func(n *Neighbor, f int) *Opt[PrivateAS] { return &n.Families[f].RemovePrivate }, codec[PrivateAS]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (PrivateAS, error) {
			return PrivateAS{All: c.Args.Has("all"), Replace: c.Args.Has("replace-AS")}, nil
		},
		write: func(c grammar.Command, p PrivateAS) grammar.Command {
			return c.With("all", p.All).With("replace-AS", p.Replace)
		},
	})
	allowAS = option("neighbor.allowas-in", func(n *Neighbor, f int) *Opt[AllowAS] { return &n.Families[f].AllowAS }, codec[AllowAS]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (AllowAS, error) {
			a := AllowAS{Times: allowedTimes, Map: c.Args.Text("map")}
			switch {
			case c.Args.Has("origin"):
				a.Times, a.Origin = 0, true
			case c.Args.Has("times"):
				a.Times = uint8(c.Args.Uint("times"))
			}
			return a, nil
		},
		write: func(c grammar.Command, a AllowAS) grammar.Command {
			c = withMap(c, "map", a.Map)
			if a.Times != allowedTimes && a.Times > 0 {
				c = c.With("times", a.Times)
			}
			return c.With("origin", a.Origin)
		},
	})
)

// allowedTimes is what allowas-in means without a number.
const allowedTimes = 3

// unchanged is `attribute-unchanged`: the words of a line say what stays; the no form takes back its words, or all.
func unchanged() statement {
	s := option("neighbor.attribute-unchanged", func(n *Neighbor, f int) *Opt[Unchanged] { return &n.Families[f].Unchanged }, codec[Unchanged]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (Unchanged, error) { return readUnchanged(c), nil },
		write: func(c grammar.Command, u Unchanged) grammar.Command {
			return c.With("as-path", u.ASPath).With("next-hop", u.NextHop).With("med", u.MED)
		},
	})
	s.unset = func(e *edit, c grammar.Command) error {
		n, f, err := e.target(c)
		if err != nil {
			return err
		}
		o, gone := &n.Families[f].Unchanged, readUnchanged(c)
		left := Unchanged{o.Value.ASPath && !gone.ASPath, o.Value.NextHop && !gone.NextHop, o.Value.MED && !gone.MED}
		*o = Opt[Unchanged]{Value: left, Set: left != Unchanged{}}
		return nil
	}
	return s
}

func readUnchanged(c grammar.Command) Unchanged {
	u := Unchanged{c.Args.Has("as-path"), c.Args.Has("next-hop"), c.Args.Has("med")}
	if u == (Unchanged{}) {
		return Unchanged{true, true, true}
	}
	return u
}

// inside reports a neighbor that is internal to the AS that it knows us by.
func (c *Config) inside(as RemoteAS, local Opt[LocalAS]) bool {
	own := c.Router.AS
	if local.Set {
		own = local.Value.AS
	}
	return as.Kind == Internal || as.Kind == Exactly && as.AS == own
}

// consistentKnobs checks what depends on the kind of the neighbor.
func (c *Config) consistentKnobs(n, g *Neighbor, owner func(own bool) string) error {
	as, local := n.remoteAS(g).Value, n.LocalAS.Or(g.LocalAS)
	inside := c.inside(as, local)
	external := as.Kind == External || as.Kind == Exactly && !inside && as.AS != 0
	switch {
	case n.StrictFamilies.Or(g.StrictFamilies).Value && n.AllFamilies.Or(g.AllFamilies).Value:
		return errBothMatches
	case local.Set && c.inside(as, Opt[LocalAS]{}):
		return withRemedy(errLocalInside, "no neighbor "+owner(n.LocalAS.Set)+" local-as")
	}
	for i := range n.Families {
		own, grp := &n.Families[i], &g.Families[i]
		switch {
		case external && own.ReflectorClient.Or(grp.ReflectorClient).Value:
			return withRemedy(errInternal, "address-family "+familyWords[i], "no neighbor "+owner(own.ReflectorClient.Set)+" route-reflector-client")
		case inside && own.ServerClient.Or(grp.ServerClient).Value:
			return withRemedy(fmt.Errorf("%s is an internal neighbor and no client of a route server", n.Name),
				"address-family "+familyWords[i], "no neighbor "+owner(own.ServerClient.Set)+" route-server-client")
		}
	}
	return nil
}
