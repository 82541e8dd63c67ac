package config

import (
	"fmt"
	"slices"
	"strings"

	"bgpsh/ipc/grammar"
)

// identityStatements make and remove neighbors and peer-groups, in the order of printing.
var identityStatements = []statement{
	{id: "neighbor", unset: unsetNeighbor},
	{id: "peer-group", set: setGroup, unset: unsetGroup, lines: func(v view) []grammar.Command {
		return one(v.n.Kind == Group, func() grammar.Command {
			return grammar.Make("peer-group", grammar.Router).With("group", v.n.Name)
		})
	}},
	{id: "neighbor.interface", set: setInterface, unset: unsetNeighbor, lines: interfaceLines},
	{id: "neighbor.remote-as", set: setRemoteAS, unset: unsetRemoteAS, lines: func(v view) []grammar.Command {
		inline := v.n.Kind == Interface && (v.n.Group == "" || v.narrows())
		return one(v.n.RemoteAS.Set && !inline, func() grammar.Command {
			return v.n.RemoteAS.Value.write(v.about("neighbor.remote-as", grammar.Router))
		})
	}},
	{id: "neighbor.peer-group", set: setMember, unset: unsetMember, lines: func(v view) []grammar.Command {
		apart := v.n.Kind == Address || v.n.Kind == Interface && v.narrows()
		return one(apart && v.n.Group != "", func() grammar.Command {
			return v.about("neighbor.peer-group", grammar.Router).With("group", v.n.Group)
		})
	}},
}

// linkLocal is `neighbor fe80::2 interface eth0`, which FRR prints among the values, and boundTo the same of any other address, which the
// interface binds our calls to.
var (
	linkLocal = onLink("neighbor.link-local", setLinkLocal, isLinkLocal)
	boundTo   = onLink("neighbor.address-interface", setBoundTo, func(n *Neighbor) bool { return !isLinkLocal(n) })
)

func isLinkLocal(n *Neighbor) bool { return n.Addr.Is6() && n.Addr.IsLinkLocalUnicast() }

// onLink is the statement that names the interface of some neighbors with an address.
func onLink(id string, set func(*edit, grammar.Command) error, of func(*Neighbor) bool) statement {
	return statement{
		id: id, set: set,
		unset: func(e *edit, c grammar.Command) error {
			n, _, err := e.target(c)
			if err == nil {
				n.Link = ""
			}
			return err
		},
		lines: func(v view) []grammar.Command {
			return one(v.n.Kind == Address && v.n.Link != "" && of(v.n), func() grammar.Command {
				return v.about(id, grammar.Router).With("interface", v.n.Link)
			})
		},
	}
}

// setBoundTo is of neighbors that are there, as in FRR.
func setBoundTo(e *edit, c grammar.Command) error {
	n, _, err := e.target(c)
	if err == nil {
		n.Link = c.Args.Text("interface")
	}
	return err
}

// narrows reports a member whose own AS is one of those that its peer-group's remote-as allows. Its remote-as stands before its
// membership, because it can be set only then.
func (v view) narrows() bool {
	g := v.c.Router.Groups[v.n.Group]
	return v.n.RemoteAS.Set && g != nil && g.RemoteAS.Set
}

// write adds the value to a command; the bare keyword stays with the caller's statement.
func (r RemoteAS) write(c grammar.Command) grammar.Command {
	if r.Kind == Exactly {
		return c.With("as", r.AS)
	}
	return c.With("kind", r.String())
}

// String is the value as it is typed.
func (r RemoteAS) String() string {
	switch r.Kind {
	case Internal:
		return "internal"
	case External:
		return "external"
	case Auto:
		return "auto"
	}
	return fmt.Sprint(r.AS)
}

func readRemoteAS(c grammar.Command) (RemoteAS, error) {
	switch c.Args.Text("kind") {
	case "internal":
		return RemoteAS{Kind: Internal}, nil
	case "external":
		return RemoteAS{Kind: External}, nil
	case "auto", "any":
		return RemoteAS{Kind: Auto}, nil
	}
	as := c.Args.Uint32("as")
	return RemoteAS{AS: as}, checkAS(as)
}

// namesAS reports that the command carries a remote-as.
func namesAS(c grammar.Command) bool { return c.Args.Has("as") || c.Args.Has("kind") }

func interfaceLines(v view) []grammar.Command {
	if v.n.Kind != Interface {
		return nil
	}
	c := v.about("neighbor.interface", grammar.Router).With("v6only", v.n.V6Only)
	switch {
	case v.n.Group != "" && !v.narrows():
		c = c.With("peer-group", true).With("group", v.n.Group)
	case v.n.RemoteAS.Set:
		c = v.n.RemoteAS.Value.write(c.With("remote-as", true))
	}
	return []grammar.Command{c}
}

func setGroup(e *edit, c grammar.Command) error {
	r, name := e.config.Router, c.Args.Text("group")
	if r.Neighbors[name] != nil {
		return fmt.Errorf("%s is an interface neighbor: a peer-group needs another name", name)
	}
	if r.Groups[name] == nil {
		r.Groups[name] = &Neighbor{Name: name, Kind: Group}
	}
	e.touched[name] = e.line
	return nil
}

func unsetGroup(e *edit, c grammar.Command) error {
	g := e.config.Router.Groups[c.Args.Text("group")]
	if g == nil {
		return withRemedy(errNoGroup, "neighbor "+c.Args.Text("group")+" peer-group")
	}
	e.removeGroup(g)
	return nil
}

// removeGroup removes a peer-group with its members, as FRR does.
func (e *edit) removeGroup(g *Neighbor) {
	e.removeMembers(g, "peer-group "+g.Name)
	e.config.Router.dropRanges(g.Name)
	e.remove(g)
}

func (e *edit) removeMembers(g *Neighbor, with string) {
	var names []string
	for _, n := range e.config.Router.Sorted() {
		if n.Group == g.Name {
			e.remove(n)
			names = append(names, n.Name)
		}
	}
	if len(names) > 0 {
		e.say(Notice, "removed with %s: %s", with, strings.Join(names, ", "))
	}
}

func unsetNeighbor(e *edit, c grammar.Command) error {
	name := nameOf(c.Args.Peer("peer"))
	switch n := e.lookup(name); {
	case n == nil:
		e.release(func(h Held) bool { return h.Neighbor == name })
		e.say(Notice, "%s is no neighbor", name)
	case n.Kind == Group:
		e.removeGroup(n)
	default:
		e.remove(n)
	}
	return nil
}

func setRemoteAS(e *edit, c grammar.Command) error {
	as, err := readRemoteAS(c)
	if err != nil {
		return err
	}
	p := c.Args.Peer("peer")
	n := e.lookup(nameOf(p))
	switch {
	case n == nil && !p.Addr.IsValid():
		return withRemedy(errNoName,
			"neighbor "+p.Name+" peer-group", "neighbor "+p.Name+" interface")
	case n == nil:
		if n, err = e.add(p); err != nil {
			return err
		}
	}
	return e.assignAS(n, as)
}

func (e *edit) assignAS(n *Neighbor, as RemoteAS) error {
	switch {
	case n.RemoteAS == Some(as):
		return nil
	case e.group(n).RemoteAS.Set:
		return fmt.Errorf("%w %s", errMemberAS, n.Group)
	}
	n.RemoteAS = Some(as)
	if n.Kind != Group {
		return nil
	}
	for _, m := range e.config.Router.Sorted() {
		if m.Group == n.Name {
			if err := e.narrow(m, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// narrow judges the own remote-as of a member of g, which has one too. A number stays where the group's word, such as external,
// allows it, and external stays in a group of auto: without it the neighbor would accept more than was asked. An own one that says less than the
// group's gives way.
func (e *edit) narrow(n, g *Neighbor) error {
	own, all, as := n.RemoteAS.Value, g.RemoteAS.Value, e.config.Router.AS
	internal := func(r RemoteAS) bool { return r.Kind == Internal || r.Kind == Exactly && r.AS == as }
	switch {
	case !n.RemoteAS.Set:
		return nil
	case own.Kind != Auto && all.Kind != Auto && internal(own) != internal(all):
		return errMixed
	case own.Kind == Exactly && all.Kind != Exactly, all.Kind == Auto && own.Kind != Auto:
		return nil
	case own != all:
		e.say(Notice, "%s remote-as %s gives way to that of peer-group %s: %s", n.Name, own, g.Name, all)
	}
	n.RemoteAS = Opt[RemoteAS]{}
	return nil
}

// unsetRemoteAS removes an address neighbor, and the members of a group, which cannot be without an AS; an interface neighbor
// stays.
func unsetRemoteAS(e *edit, c grammar.Command) error {
	n, _, err := e.target(c)
	if err != nil {
		return err
	}
	switch n.Kind {
	case Group:
		if n.RemoteAS.Set {
			e.removeMembers(n, "the remote-as of peer-group "+n.Name)
		}
		n.RemoteAS = Opt[RemoteAS]{}
	case Interface:
		n.RemoteAS = Opt[RemoteAS]{}
	default:
		e.remove(n)
	}
	return nil
}

func setMember(e *edit, c grammar.Command) error {
	p := c.Args.Peer("peer")
	g, err := e.findGroup(c)
	if err != nil {
		return err
	}
	n := e.lookup(nameOf(p))
	switch {
	case n == nil && !p.Addr.IsValid():
		return withRemedy(errNoNeighbor, "neighbor "+p.Name+" interface peer-group "+g.Name)
	case n == nil && !g.RemoteAS.Set:
		return noGroupAS(nameOf(p), g)
	case n == nil:
		if n, err = e.add(p); err != nil {
			return err
		}
	}
	return e.join(n, g)
}

func (e *edit) findGroup(c grammar.Command) (*Neighbor, error) {
	name := c.Args.Text("group")
	g := e.config.Router.Groups[name]
	if g == nil {
		return nil, withRemedy(errNoGroup, "neighbor "+name+" peer-group")
	}
	return g, nil
}

// join makes n a member of g.
func (e *edit) join(n, g *Neighbor) error {
	switch {
	case n.Kind == Group:
		return fmt.Errorf("%s is a peer-group and cannot be a member of another", n.Name)
	case n.Group != "" && n.Group != g.Name:
		return withRemedy(errOtherGroup,
			"no neighbor "+n.Name+" peer-group "+n.Group)
	}
	n.Group = g.Name
	if g.RemoteAS.Set {
		return e.narrow(n, g)
	}
	return nil
}

func unsetMember(e *edit, c grammar.Command) error {
	n, _, err := e.target(c)
	if err != nil {
		return err
	}
	g, err := e.findGroup(c)
	switch {
	case err != nil:
		return err
	case n.Group != g.Name:
		return fmt.Errorf("%s is not a member of peer-group %s", n.Name, g.Name)
	}
	n.Group = ""
	if g.RemoteAS.Set && n.Kind == Address && !n.RemoteAS.Set {
		e.remove(n)
		e.say(Notice, "removed with its membership, which gave its remote-as: %s", n.Name)
	}
	return nil
}

func setInterface(e *edit, c grammar.Command) error {
	p := c.Args.Peer("peer")
	n := e.lookup(p.Name)
	switch {
	case n != nil && n.Kind == Group:
		return fmt.Errorf("%s is a peer-group: an interface neighbor needs the name of an interface", p.Name)
	case n == nil:
		var err error
		if n, err = e.add(p); err != nil {
			return err
		}
	}
	n.V6Only = c.Args.Has("v6only")
	return e.joinOrAssign(n, c)
}

// joinOrAssign takes the peer-group and the remote-as that the interface forms may carry.
func (e *edit) joinOrAssign(n *Neighbor, c grammar.Command) error {
	if c.Args.Has("group") {
		g, err := e.findGroup(c)
		if err != nil {
			return err
		}
		if err := e.join(n, g); err != nil {
			return err
		}
	}
	if !namesAS(c) {
		return nil
	}
	as, err := readRemoteAS(c)
	if err != nil {
		return err
	}
	return e.assignAS(n, as)
}

func setLinkLocal(e *edit, c grammar.Command) error {
	p := c.Args.Peer("peer")
	n := e.lookup(nameOf(p))
	if n == nil {
		if err := e.mayCreate(c); err != nil {
			return err
		}
		var err error
		if n, err = e.add(p); err != nil {
			return err
		}
	}
	n.Link = c.Args.Text("interface")
	return e.joinOrAssign(n, c)
}

// mayCreate refuses an address neighbor that neither the line nor its peer-group gives an AS.
func (e *edit) mayCreate(c grammar.Command) error {
	switch {
	case namesAS(c):
		return nil
	case !c.Args.Has("group"):
		_, _, err := e.target(c)
		return err
	}
	g, err := e.findGroup(c)
	if err == nil && !g.RemoteAS.Set {
		return noGroupAS(nameOf(c.Args.Peer("peer")), g)
	}
	return err
}

func noGroupAS(name string, g *Neighbor) error {
	return withRemedy(errNoGroupAS,
		"neighbor "+name+" remote-as AS", "neighbor "+g.Name+" remote-as AS")
}

// members returns the neighbors of a peer-group, in the order of printing.
func (r *Router) members(group string) []*Neighbor {
	return slices.DeleteFunc(r.Sorted(), func(n *Neighbor) bool { return n.Group != group })
}
