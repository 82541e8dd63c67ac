package config

import (
	"errors"
	"fmt"
	"net/netip"

	"bgpsh/ipc/grammar"
	"bgpsh/wire"
)

// neighborStatements are those of a neighbor's session, in the order of printing.
var neighborStatements = []statement{
	localAS,
	text("neighbor.description", "text", func(n *Neighbor, _ int) *Opt[string] { return &n.Description }),
	shutdownStatement(),
	option("neighbor.password", func(n *Neighbor, _ int) *Opt[Secret] { return &n.Password }, codec[Secret]{
		read:  readPassword,
		write: func(c grammar.Command, s Secret) grammar.Command { return c.With("secret", s.Reveal()) },
	}),
	option("neighbor.remote-id", func(n *Neighbor, _ int) *Opt[netip.Addr] { return &n.RemoteID }, codec[netip.Addr]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (netip.Addr, error) {
			if a := c.Args.Addr("id"); !a.IsUnspecified() {
				return a, nil
			}
			return netip.Addr{}, errors.New("0.0.0.0 is no BGP identifier (RFC 6286)")
		},
		write: func(c grammar.Command, a netip.Addr) grammar.Command { return c.With("id", a) },
	}),
	soloFlag,
	advertisementInterval,
	number("neighbor.port", "port", func(n *Neighbor, _ int) *Opt[uint16] { return &n.Port }),
	linkLocal,
	boundTo,
	flag("neighbor.passive", func(n *Neighbor, _ int) *Opt[bool] { return &n.Passive }),
	option("neighbor.ebgp-multihop", func(n *Neighbor, _ int) *Opt[uint8] { return &n.Multihop }, codec[uint8]{
		read:  readMultihop,
		write: func(c grammar.Command, ttl uint8) grammar.Command { return c.With("ttl", ttl) },
	}),
	option("neighbor.local-role", func(n *Neighbor, _ int) *Opt[Role] { return &n.Role }, codec[Role]{read: readRole, write: writeRole}),
	number("neighbor.ttl-security", "hops", func(n *Neighbor, _ int) *Opt[uint8] { return &n.TTLSecurity }),
	number("neighbor.minimum-ttl", "ttl", func(n *Neighbor, _ int) *Opt[uint8] { return &n.MinimumTTL }),
	flag("neighbor.disable-connected-check", func(n *Neighbor, _ int) *Opt[bool] { return &n.NoConnectedCheck }),
	onByDefault("neighbor.enforce-first-as", func(n *Neighbor, _ int) *Opt[bool] { return &n.EnforceFirstAS }),
	option("neighbor.update-source", func(n *Neighbor, _ int) *Opt[Source] { return &n.Source }, codec[Source]{
		read: readSource,
		write: func(c grammar.Command, s Source) grammar.Command {
			return c.With("source", grammar.Peer{Addr: s.Addr, Name: s.Interface})
		},
	}),
	option("neighbor.timers", func(n *Neighbor, _ int) *Opt[Timers] { return &n.Timers }, codec[Timers]{
		read: func(e *edit, _ *Neighbor, c grammar.Command) (Timers, error) {
			t, err := readTimers(c)
			e.checkKeepalive(t, err)
			return t, err
		},
		write: writeTimers,
	}),
	number("neighbor.timers.connect", "seconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.ConnectRetry }),
	number("neighbor.timers.delayopen", "seconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.DelayOpen }),
	number("neighbor.timers.idle-hold", "seconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.IdleHold }),
	number("neighbor.timers.send-hold", "seconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.SendHold }),
	number("neighbor.timers.open-hold", "seconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.OpenHold }),
	jitter("neighbor.timers.connect-jitter", func(n *Neighbor, _ int) *Opt[Jitter] { return &n.ConnectJitter }),
	jitter("neighbor.timers.idle-hold-jitter", func(n *Neighbor, _ int) *Opt[Jitter] { return &n.IdleHoldJitter }),
	number("neighbor.timers.resolution", "milliseconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.Resolution }),
	number("neighbor.dscp", "dscp", func(n *Neighbor, _ int) *Opt[uint8] { return &n.DSCP }),
	flag("neighbor.collision-detect", func(n *Neighbor, _ int) *Opt[bool] { return &n.CollisionEstablished }),
	attributes("neighbor.path-attribute.discard", func(n *Neighbor, _ int) *Opt[wire.AttrSet] { return &n.DiscardAttrs }),
	attributes("neighbor.path-attribute.withdraw", func(n *Neighbor, _ int) *Opt[wire.AttrSet] { return &n.WithdrawAttrs }),
	number("neighbor.vlan-id", "vlan", func(n *Neighbor, _ int) *Opt[uint16] { return &n.VLAN }),
	flag("neighbor.capability.fqdn", func(n *Neighbor, _ int) *Opt[bool] { return &n.CapabilityFQDN }),
	nextHopCapability(),
	flag("neighbor.dont-capability-negotiate", func(n *Neighbor, _ int) *Opt[bool] { return &n.NoCapabilities }),
	rttLimit,
	strictFlag,
	overridesFlag,
	senderLoopFlag,
	gracefulFlag,
	neighborRestart,
	tcpMSS,
	hopCheck,
}

// text is an option with one argument that takes the rest of the line.
func text(id, arg string, find at[string]) statement {
	return option(id, find, codec[string]{
		read:  func(_ *edit, _ *Neighbor, c grammar.Command) (string, error) { return c.Args.Text(arg), nil },
		write: func(c grammar.Command, s string) grammar.Command { return c.With(arg, s) },
	})
}

func jitter(id string, find at[Jitter]) statement {
	return option(id, find, codec[Jitter]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (Jitter, error) {
			j := Jitter{Min: c.Args.Float("min"), Max: c.Args.Float("max")}
			if !(j.Min > 0 && j.Min <= j.Max && j.Max <= 1) {
				return j, fmt.Errorf("jitter %v %v: two factors, 0 < MIN <= MAX <= 1", j.Min, j.Max)
			}
			return j, nil
		},
		write: func(c grammar.Command, j Jitter) grammar.Command { return c.With("min", j.Min).With("max", j.Max) },
	})
}

// maxPassword is the longest key that TCP MD5 takes, in bytes.
const maxPassword = 80

func readPassword(_ *edit, _ *Neighbor, c grammar.Command) (Secret, error) {
	s := c.Args.Text("secret")
	if len(s) == 0 || len(s) > maxPassword {
		return Secret{}, fmt.Errorf("a password is 1 to %d bytes long, this one %d", maxPassword, len(s))
	}
	return NewSecret(s), nil
}

func readMultihop(_ *edit, _ *Neighbor, c grammar.Command) (uint8, error) {
	if !c.Args.Has("ttl") {
		return maxTTL, nil
	}
	return uint8(c.Args.Uint("ttl")), nil
}

func readSource(_ *edit, _ *Neighbor, c grammar.Command) (Source, error) {
	p := c.Args.Peer("source")
	s := Source{Addr: p.Addr.Unmap(), Interface: p.Name}
	switch {
	case !s.Addr.IsValid():
		return Source{Interface: s.Interface}, nil
	case s.Addr.IsUnspecified() || s.Addr.IsMulticast():
		return s, fmt.Errorf("%s is not an address of this router", s.Addr)
	}
	return s, nil
}

// checkKeepalive remarks on a keepalive that never comes into use: longer than a third of the hold time, or one of the two 0.
func (e *edit) checkKeepalive(t Timers, err error) {
	switch {
	case err != nil || t.Keepalive == 0 && t.Hold == 0:
	case t.Hold == 0:
		e.say(Notice, "hold time 0: no keepalives are sent, and no silence ends the session")
	case t.Keepalive == 0 || t.Keepalive > t.Hold/3:
		e.say(Notice, "keepalive in use is a third of the hold time: %d s, not %d s", t.Hold/3, t.Keepalive)
	}
}

// nextHopCapability is `capability extended-nexthop`, which an interface neighbor has unless its no form says otherwise.
func nextHopCapability() statement {
	s := flag("neighbor.capability.extended-nexthop", func(n *Neighbor, _ int) *Opt[bool] { return &n.CapabilityENHE })
	s.unset = func(e *edit, c grammar.Command) error {
		n, _, err := e.target(c)
		if err == nil {
			n.CapabilityENHE = Opt[bool]{Set: n.Kind == Interface}
		}
		return err
	}
	s.lines = func(v view) []grammar.Command {
		o := v.n.CapabilityENHE
		return one(o.Set, func() grammar.Command { return signed(v.about(s.id, v.mode()), o.Value) })
	}
	return s
}

// roles are the words of local-role by their number on the wire (RFC 9234 4.1).
var roles = [...]string{"provider", "rs-server", "rs-client", "customer", "peer"}

// String is the word of the role.
func (r Role) String() string {
	if int(r.Role) < len(roles) {
		return roles[r.Role]
	}
	return fmt.Sprintf("role %d", r.Role)
}

func readRole(_ *edit, _ *Neighbor, c grammar.Command) (Role, error) {
	r := Role{Strict: c.Args.Has("strict-mode")}
	for i, word := range roles {
		if word == c.Args.Text("role") {
			r.Role = uint8(i)
		}
	}
	return r, nil
}

func writeRole(c grammar.Command, r Role) grammar.Command {
	return c.With("role", r.String()).With("strict-mode", r.Strict)
}
