package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// adviseListeners names the neighbors that no listener covers any more, at the line that changed the listeners, and new ones that
// none covers, at their own.
func (e *edit) adviseListeners(running *Config) {
	if e.config.Router == nil {
		return
	}
	var names []string
	for _, n := range e.config.Uncovered() {
		switch line, touched := e.touched[n.Name]; {
		case running.uncovered(n.Name):
		case e.listeners.Set:
			names = append(names, n.Name)
		case touched:
			e.results = append(e.results, LineResult{Line: line, Severity: Notice, Text: "no listener covers " + n.Name + ": it cannot connect to us"})
		}
	}
	var all []string
	if e.replaced && len(e.config.Router.Listen) > 0 {
		all = append(all, "replaces the listeners 0.0.0.0 and ::")
	}
	if len(names) > 0 {
		all = append(all, "no listener covers "+strings.Join(names, ", ")+" any more")
	}
	if len(all) > 0 {
		e.results = append(e.results, LineResult{Line: e.listeners.Value, Severity: Notice, Text: strings.Join(all, "; ")})
	}
}

// uncovered reports a neighbor that no listener covers.
func (c *Config) uncovered(name string) bool {
	return c.Router != nil && slices.ContainsFunc(c.Uncovered(), func(n *Neighbor) bool { return n.Name == name })
}

// Uncovered returns the neighbors whose connections no listener would accept: none listens on the address that they are
// configured to reach (update-source), or on any of their family.
func (c *Config) Uncovered() []*Neighbor {
	var out []*Neighbor
	for _, n := range c.Router.Sorted() {
		s := c.Effective(n)
		six := n.Kind == Interface || n.Addr.Is6()
		covered := false
		for _, l := range c.Router.ListenAddresses() {
			covered = covered || covers(l.Addr(), s.Source.Addr, six)
		}
		if !covered {
			out = append(out, n)
		}
	}
	return out
}

func covers(listener, source netip.Addr, six bool) bool {
	switch {
	case listener.Is6() != six:
		return false
	case listener.IsUnspecified() || !source.IsValid():
		return true
	}
	return listener == source
}

// adviseLinks tells of link-local neighbors that the transaction left without their interface.
func (e *edit) adviseLinks() {
	if e.config.Router == nil {
		return
	}
	for _, n := range e.config.Router.Sorted() {
		line, touched := e.touched[n.Name]
		if touched && n.Addr.Is6() && n.Addr.IsLinkLocalUnicast() && n.Link == "" {
			e.results = append(e.results, LineResult{
				Line: line, Severity: Notice, Text: n.Name + " is link-local: it stays down until its interface is named",
				Remedy: []string{fmt.Sprintf("router bgp %d", e.config.Router.AS), "neighbor " + n.Name + " interface IFNAME"},
			})
		}
	}
}

// advisePolicy tells for each external neighbor that the transaction left without policy, and that was not so before, which
// lines to type (RFC 8212).
func (e *edit) advisePolicy(running *Config) {
	if e.config.Router == nil {
		return
	}
	for _, n := range e.config.Router.Sorted() {
		missing := e.config.MissingPolicy(n)
		if len(missing) == 0 || running.lacksPolicy(n.Name) {
			continue
		}
		line, ok := e.touched[n.Name]
		if !ok {
			line, ok = e.touched[n.Group]
		}
		if !ok {
			line = e.line
		}
		e.results = append(e.results, LineResult{
			Line: line, Severity: Notice, Remedy: missing,
			Text: n.Name + " has no policy: no route passes before it has one (bgp ebgp-requires-policy)",
		})
	}
}

func (c *Config) lacksPolicy(name string) bool {
	if c.Router == nil || c.Router.Neighbors[name] == nil {
		return false
	}
	return len(c.MissingPolicy(c.Router.Neighbors[name])) > 0
}

// MissingPolicy returns the exact lines that would give an external neighbor the policies that RFC 8212 asks for, with the
// lines that enter their modes; none where nothing is missing.
func (c *Config) MissingPolicy(n *Neighbor) []string {
	s := c.Effective(n)
	if !s.External() || s.Member() || !s.RequiresPolicy {
		return nil
	}
	var out []string
	name := n.Name
	if c.Router.Neighbors[name] == nil && n.Group != "" { // a dynamic one: its peer-group speaks for it
		name = n.Group
	}
	for i, f := range s.Families {
		in, outward := f.PolicyIn || len(f.HeldIn) > 0, f.PolicyOut || len(f.HeldOut) > 0
		if !f.Active || in && outward {
			continue
		}
		out = append(out, "address-family "+familyWords[i])
		for _, d := range []struct {
			present bool
			dir     string
		}{{in, "in"}, {outward, "out"}} {
			if !d.present {
				out = append(out, "neighbor "+name+" allow any "+d.dir)
			}
		}
	}
	if len(out) > 0 {
		out = append([]string{fmt.Sprintf("router bgp %d", c.Router.AS)}, out...)
	}
	return out
}
