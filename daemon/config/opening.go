package config

import (
	"fmt"

	"bgpsh/ipc/grammar"
)

// Opening is what the router holds back for some time after its first session came up.
type Opening struct {
	UpdateDelay  Opt[UpdateDelay]
	AnnounceWait Opt[uint16] // seconds: `advertisement-delay`
	StartupMED   Opt[StartupMED]
}

// UpdateDelay is `update-delay`: nothing is announced until the neighbors have sent their tables.
type UpdateDelay struct {
	Max       uint16 // seconds at most; 0: off
	Establish uint16 // seconds after which only the neighbors that are up by then are waited for; at most Max
}

// String is what is typed behind update-delay.
func (u UpdateDelay) String() string {
	if u.Establish == u.Max {
		return fmt.Sprint(u.Max)
	}
	return fmt.Sprint(u.Max, " ", u.Establish)
}

// StartupMED is `bgp max-med on-startup`.
type StartupMED struct {
	Seconds uint32
	MED     uint32
}

const errEstablishWait frr = "Failed: update-delay less than the establish-wait!"

// openingStatements are for routerStatements.
var openingStatements = []statement{
	routerValue("bgp.update-delay", func(r *Router) *Opt[UpdateDelay] { return &r.UpdateDelay },
		func(c grammar.Command) (UpdateDelay, error) {
			u := UpdateDelay{Max: uint16(c.Args.Uint("seconds"))}
			if u.Establish = u.Max; c.Args.Has("establish") {
				u.Establish = uint16(c.Args.Uint("establish"))
			}
			if u.Establish > u.Max {
				return u, errEstablishWait
			}
			return u, nil
		},
		func(c grammar.Command, u UpdateDelay) grammar.Command {
			if c = c.With("seconds", u.Max); u.Establish != u.Max {
				c = c.With("establish", u.Establish)
			}
			return c
		}),
	routerValue("bgp.advertisement-delay", func(r *Router) *Opt[uint16] { return &r.AnnounceWait },
		func(c grammar.Command) (uint16, error) { return uint16(c.Args.Uint("seconds")), nil },
		func(c grammar.Command, v uint16) grammar.Command { return c.With("seconds", v) }),
	routerValue("bgp.max-med.on-startup", func(r *Router) *Opt[StartupMED] { return &r.StartupMED },
		func(c grammar.Command) (StartupMED, error) {
			med, err := readMaxMED(c)
			return StartupMED{Seconds: c.Args.Uint32("seconds"), MED: med}, err
		},
		func(c grammar.Command, s StartupMED) grammar.Command {
			return writeMaxMED(c.With("seconds", s.Seconds), s.MED)
		}),
	routerValue("bgp.bestpath.bandwidth", func(r *Router) *Opt[string] { return &r.Bandwidth },
		func(c grammar.Command) (string, error) { return c.Args.Text("what"), nil },
		func(c grammar.Command, what string) grammar.Command { return c.With("what", what) }),
}

// opening compares what is held back at the start.
func (d *differ) opening() {
	object := routerName(d.new.Router)
	text := func(o Opt[UpdateDelay]) string {
		if !o.Set {
			return ""
		}
		return o.Value.String()
	}
	a, b := d.old.Router, d.new.Router
	d.value(object, "update-delay", Live, text(a.UpdateDelay), text(b.UpdateDelay))
	d.value(object, "advertisement-delay", Live, optionalNumber(a.AnnounceWait), optionalNumber(b.AnnounceWait))
	d.value(object, "max-med on-startup", Live, startupText(a.StartupMED), startupText(b.StartupMED))
	d.value(object, "bestpath bandwidth", None, a.Bandwidth.Value, b.Bandwidth.Value)
}

func startupText(o Opt[StartupMED]) string {
	if !o.Set {
		return ""
	}
	return fmt.Sprintf("%d s, %d", o.Value.Seconds, o.Value.MED)
}

// advertisementInterval is for neighborStatements.
var advertisementInterval = number("neighbor.advertisement-interval", "seconds", func(n *Neighbor, _ int) *Opt[uint16] { return &n.Interval })
