package config

import (
	"fmt"
	"strings"
	"time"
)

// How values read in the list of changes. A value that is not there reads as nothing.

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func optional(o Opt[bool]) string {
	if !o.Set {
		return ""
	}
	return onOff(o.Value)
}

func numberOrNone(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func pointerText(p *uint32) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

func duration(of func(*Settings) time.Duration) func(*Settings) string {
	return func(s *Settings) string {
		d := of(s)
		if d >= time.Second {
			return fmt.Sprintf("%d s", d/time.Second)
		}
		return fmt.Sprintf("%d ms", d/time.Millisecond)
	}
}

// text is String, and nothing where no AS is configured.
func (r RemoteAS) text() string {
	if r == (RemoteAS{}) {
		return ""
	}
	return r.String()
}

// String is the address or the interface.
func (s Source) String() string {
	if s.Addr.IsValid() {
		return s.Addr.String()
	}
	return s.Interface
}

// String is the two factors, nothing for no jitter.
func (j Jitter) String() string {
	if j == (Jitter{}) {
		return ""
	}
	return fmt.Sprintf("%v %v", j.Min, j.Max)
}

// String lists the choices that are on.
func (b BestPath) String() string {
	var on []string
	for _, c := range []struct {
		set  bool
		name string
	}{
		{b.AlwaysCompareMED, "always-compare-med"}, {b.DeterministicMED, "deterministic-med"},
		{b.MissingMEDWorst, "med missing-as-worst"}, {b.IgnoreASPath, "as-path ignore"}, {b.ConfedLength, "as-path confed"}, {b.CompareRouterID, "compare-routerid"},
	} {
		if c.set {
			on = append(on, c.name)
		}
	}
	if len(on) == 0 {
		return "default"
	}
	return strings.Join(on, ", ")
}

// String lists the kinds.
func (c Communities) String() string {
	var on []string
	for i, name := range communityTypes {
		if c&(1<<i) != 0 {
			on = append(on, name)
		}
	}
	if len(on) == 0 {
		return "none"
	}
	return strings.Join(on, ", ")
}

func shutdownText(s *Settings) string {
	switch {
	case !s.Shutdown:
		return ""
	case s.Text != "":
		return "message " + s.Text
	}
	return "on"
}

func heldText(held []Held) string {
	var all []string
	for _, h := range held {
		all = append(all, h.Place.String())
	}
	return strings.Join(all, ", ")
}

func roleText(o Opt[Role]) string {
	switch {
	case !o.Set:
		return ""
	case o.Value.Strict:
		return o.Value.String() + " strict-mode"
	}
	return o.Value.String()
}

func selfText(f *FamilySettings) string {
	switch {
	case f.NextHopSelfForce:
		return "force"
	case f.NextHopSelf:
		return "on"
	}
	return "off"
}

func communitiesText(list []uint32) string {
	words := make([]string, len(list))
	for i, c := range list {
		words[i] = fmt.Sprintf("%d:%d", c>>16, c&0xffff)
	}
	return strings.Join(words, " ")
}
