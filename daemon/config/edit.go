package config

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"bgpsh/ipc/grammar"
)

// edit is one change of a configuration in progress: the copy that the lines work on, and what there is to say about them.
type edit struct {
	config  *Config // the copy
	options Options
	line    Line // being applied
	results []LineResult
	touched map[string]Line // the last line that was about a neighbor, peer-group, network or aggregate, by its name
	before  Neighbor        // as the neighbor was that the line is about
	listEdit
	// listeners is the line that changed them, the first one where it replaced the default pair.
	listeners Opt[Line]
	replaced  bool
	early     early
}

func newEdit(c *Config, o Options) *edit {
	return &edit{config: c.Clone(), options: o, touched: map[string]Line{}}
}

// A remedy is an error with the exact lines that would put it right.
type remedy struct {
	error
	lines []string
}

func (r remedy) Unwrap() error { return r.error }

func withRemedy(err error, lines ...string) error { return remedy{err, lines} }

func remedyOf(err error) []string {
	var r remedy
	if errors.As(err, &r) {
		return r.lines
	}
	return nil
}

// without drops from a remedy what would only take back the refused line itself.
func without(err error, line string) error {
	var r remedy
	if !errors.As(err, &r) {
		return err
	}
	return withRemedy(r.error, slices.DeleteFunc(r.lines, func(l string) bool { return strings.HasPrefix(line, l) })...)
}

// frr is an error in FRR's words, which scripts match.
type frr string

// Error is the text.
func (t frr) Error() string { return string(t) }

const (
	errNoNeighbor frr = "Specify remote-as or peer-group commands first"
	errNoGroup    frr = "Configure the peer-group first"
	errNoGroupAS  frr = "Specify remote-as or peer-group remote-as first"
	errNoName     frr = "Create the peer-group or interface first"
	errOtherGroup frr = "Cannot change peer-group. Deconfigure first"
	errMemberAS   frr = "Peer-group member cannot override remote-as of peer-group"
	errNoRouter   frr = "No BGP process is configured"
	errMixed      frr = "Peer-group members must be all internal or all external"
	errLocal      frr = "Can not configure the local system as neighbor"
	errRole       frr = "External roles can be set only on eBGP session"
	errTTL        frr = "ebgp-multihop and ttl-security cannot be configured together"
)

// running is the refusal of a second router.
func running(r *Router) error { return frr(fmt.Sprintf("BGP is already running; AS is %d", r.AS)) }

// say adds a result to the line being applied.
func (e *edit) say(s Severity, format string, args ...any) {
	e.results = append(e.results, LineResult{Line: e.line, Severity: s, Text: fmt.Sprintf(format, args...)})
}

// apply performs one command of ours on the copy.
func (e *edit) apply(c grammar.Command) error {
	s := table[c.ID]
	switch {
	case s == nil:
		return fmt.Errorf("%s is not a configuration line", c)
	case c.Mode != grammar.Config && c.Mode != grammar.RouteMap && e.config.Router == nil:
		return withRemedy(errNoRouter, "router bgp AS")
	}
	do := s.set
	if c.No {
		do = s.unset
	}
	if do == nil {
		return fmt.Errorf("%s has no such form", c)
	}
	name := nameOf(c.Args.Peer("peer"))
	if name == "" || c.Mode == grammar.RouteMap { // a map that matches a neighbor changes none
		return do(e, c)
	}
	undo := e.snapshot(name)
	if err := cmp.Or(do(e, c), e.consistentAll(name)); err != nil {
		undo()
		return without(err, "no "+c.String())
	}
	e.touched[name] = e.line
	return nil
}

// snapshot remembers the neighbors that a line about name may change, so that a wrong line leaves nothing behind. There is one at a time.
func (e *edit) snapshot(name string) (undo func()) {
	r := e.config.Router
	was := r.Neighbors[name]
	if was != nil {
		e.before = was.copied()
	}
	var neighbors, groups map[string]*Neighbor
	if g := r.Groups[name]; g != nil {
		neighbors, groups = map[string]*Neighbor{}, map[string]*Neighbor{name: g.clone()}
		for _, n := range r.Neighbors {
			if n.Group == name {
				neighbors[n.Name] = n.clone()
			}
		}
	}
	return func() {
		delete(r.Neighbors, name)
		delete(r.Groups, name)
		if was != nil {
			r.Neighbors[name] = e.before.clone()
		}
		maps.Copy(r.Neighbors, neighbors)
		maps.Copy(r.Groups, groups)
	}
}

// nameOf is the key under which a neighbor or peer-group stands.
func nameOf(p grammar.Peer) string {
	if p.Addr.IsValid() {
		return p.Addr.Unmap().WithZone("").String()
	}
	return p.Name
}

// family is the index of a command's family, noFamily where it has none.
func family(c grammar.Command) int {
	switch c.Family() {
	case "ipv4":
		return IPv4
	case "ipv6":
		return IPv6
	}
	return noFamily
}

// lookup finds a neighbor or peer-group by name.
func (e *edit) lookup(name string) *Neighbor {
	r := e.config.Router
	if n := r.Neighbors[name]; n != nil {
		return n
	}
	return r.Groups[name]
}

// target is the neighbor or peer-group that a command is about, and the index of its family.
func (e *edit) target(c grammar.Command) (*Neighbor, int, error) {
	name := nameOf(c.Args.Peer("peer"))
	n := e.lookup(name)
	if n == nil {
		return nil, 0, withRemedy(errNoNeighbor, "neighbor "+name+" remote-as AS")
	}
	return n, family(c), nil
}

// group is the peer-group of n, or an empty one.
func (e *edit) group(n *Neighbor) *Neighbor {
	if g := e.config.Router.Groups[n.Group]; g != nil {
		return g
	}
	return &Neighbor{}
}

// add makes a neighbor under the name of p, which is an address or, for an interface neighbor, the name of an interface.
func (e *edit) add(p grammar.Peer) (*Neighbor, error) {
	n := &Neighbor{Name: nameOf(p), Kind: Interface, Link: p.Name}
	if p.Addr.IsValid() {
		n.Kind, n.Addr, n.Link = Address, p.Addr.Unmap().WithZone(""), p.Addr.Zone()
		if err := e.checkAddress(n.Addr); err != nil {
			return nil, err
		}
	}
	if e.config.Router.Knobs.DefaultShutdown.Value {
		n.Shutdown = Some("")
	}
	e.config.Router.Neighbors[n.Name] = n
	return n, nil
}

func (e *edit) checkAddress(a netip.Addr) error {
	switch {
	case a.IsUnspecified(), a.IsMulticast(), a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return fmt.Errorf("%s is not the address of a neighbor", a)
	case e.options.IsLocal != nil && e.options.IsLocal(a), e.listensAt(a):
		return errLocal
	}
	return nil
}

// listensAt reports an address of this router by the word of the configuration. On loopback it is the only word there is: all of
// 127.0.0.0/8 is the host's, and another daemon's as well as ours.
func (e *edit) listensAt(a netip.Addr) bool {
	return slices.ContainsFunc(e.config.Router.Listen, func(l netip.AddrPort) bool { return l.Addr().Unmap().WithZone("") == a })
}

// remove deletes a neighbor and what is held back because of its lines.
func (e *edit) remove(n *Neighbor) {
	r := e.config.Router
	if n.Kind == Group {
		delete(r.Groups, n.Name)
	} else {
		delete(r.Neighbors, n.Name)
	}
	e.release(func(h Held) bool { return h.Neighbor == n.Name })
}

// release drops the held-back lines that match, and returns them.
func (e *edit) release(match func(Held) bool) []Held {
	var kept, gone []Held
	for _, h := range e.config.Held {
		if match(h) {
			gone = append(gone, h)
		} else {
			kept = append(kept, h)
		}
	}
	e.config.Held = kept
	return gone
}
