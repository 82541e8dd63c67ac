package config

import (
	"fmt"
	"slices"

	"bgpsh/ipc/grammar"
)

// Statements about the sockets of sessions, and about what a neighbor may announce as next hop.
var (
	keepAlive = routerValue("bgp.tcp-keepalive", func(r *Router) *Opt[KeepAlive] { return &r.KeepAlive }, readKeepAlive, writeKeepAlive)
	tcpMSS    = number("neighbor.tcp-mss", "bytes", func(n *Neighbor, _ int) *Opt[uint16] { return &n.TCPMSS })
	hopCheck  = option("neighbor.next-hop-check", func(n *Neighbor, _ int) *Opt[HopCheck] { return &n.HopCheck }, codec[HopCheck]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (HopCheck, error) {
			return HopCheck(max(slices.Index(hopChecks[:], c.Args.Text("what")), 0)), nil
		},
		write: func(c grammar.Command, h HopCheck) grammar.Command { return c.With("what", hopChecks[h]) },
	})
)

// rttLimit is `shutdown rtt`; without a count one KEEPALIVE is enough, as in FRR.
var rttLimit = option("neighbor.shutdown.rtt", func(n *Neighbor, _ int) *Opt[RTTLimit] { return &n.RTTLimit }, codec[RTTLimit]{
	read: func(_ *edit, _ *Neighbor, c grammar.Command) (RTTLimit, error) {
		l := RTTLimit{Milliseconds: uint16(c.Args.Uint("milliseconds")), Count: 1}
		if c.Args.Has("count") {
			l.Count = uint8(c.Args.Uint("count"))
		}
		return l, nil
	},
	write: func(c grammar.Command, l RTTLimit) grammar.Command {
		c = c.With("milliseconds", l.Milliseconds)
		if l.Count > 1 {
			c = c.With("count", l.Count)
		}
		return c
	},
})

// String is the limit as it is typed, nothing for none.
func (l RTTLimit) String() string {
	switch {
	case l.Milliseconds == 0:
		return ""
	case l.Count > 1:
		return fmt.Sprint(l.Milliseconds, " count ", l.Count)
	}
	return fmt.Sprint(l.Milliseconds)
}

// hopChecks are the words of next-hop-check.
var hopChecks = [...]string{AnyHop: "", PeerHop: "peer", SubnetHop: "subnet"}

func readKeepAlive(c grammar.Command) (KeepAlive, error) {
	return KeepAlive{Idle: uint16(c.Args.Uint("idle")), Interval: uint16(c.Args.Uint("interval")), Probes: uint8(c.Args.Uint("probes"))}, nil
}

func writeKeepAlive(c grammar.Command, k KeepAlive) grammar.Command {
	return c.With("idle", k.Idle).With("interval", k.Interval).With("probes", k.Probes)
}

// String is the three numbers as they are typed, nothing for none.
func (k KeepAlive) String() string {
	if k == (KeepAlive{}) {
		return ""
	}
	return fmt.Sprint(k.Idle, " ", k.Interval, " ", k.Probes)
}
