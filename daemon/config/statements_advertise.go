package config

import (
	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// Statements about which routes a neighbor is sent beside policy: under a condition, or not of its own site.
var (
	advertiseMap = option("neighbor.advertise-map", func(n *Neighbor, f int) *Opt[Conditional] { return &n.Families[f].Advertise }, codec[Conditional]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (Conditional, error) {
			return Conditional{c.Args.Text("name"), c.Args.Text("conditionMap"), c.Args.Text("condition") == unlessWord}, nil
		},
		write: func(c grammar.Command, a Conditional) grammar.Command {
			return c.With("name", a.Map).With("condition", a.word()).With("conditionMap", a.Condition)
		},
	})
	siteOfOrigin = option("neighbor.soo", func(n *Neighbor, f int) *Opt[string] { return &n.Families[f].Site }, codec[string]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (string, error) {
			v, err := policy.ParseExtCommunity("soo", c.Args.Text("site"))
			return siteText(v), err
		},
		write: func(c grammar.Command, site string) grammar.Command { return c.With("site", site) },
	})
)

// The words for the two kinds of condition.
const (
	ifWord     = "exist-map"
	unlessWord = "non-exist-map"
)

func (a Conditional) word() string {
	if a.Unless {
		return unlessWord
	}
	return ifWord
}

// String is the statement's end as it is typed, nothing for none.
func (a Conditional) String() string {
	if a.Map == "" {
		return ""
	}
	return a.Map + " " + a.word() + " " + a.Condition
}

// siteText is a site of origin as it is typed, nothing for none.
func siteText(v uint64) string {
	if v == 0 {
		return ""
	}
	return string(policy.AppendExtCommunity(nil, v, false)[len("soo "):])
}

// siteOf reads what siteText wrote.
func siteOf(text string) uint64 {
	v, err := policy.ParseExtCommunity("soo", text)
	if err != nil {
		return 0
	}
	return v
}
