package config

import (
	"bgpsh/ipc/grammar"
)

// A statement ties one statement of the grammar to the model: what its plain form sets, what its no form unsets, and which
// lines of it the model's values make. The lists of statements below stand in the order in which FRR prints them, so that one
// table serves reading and printing.
type statement struct {
	id    string
	set   func(e *edit, c grammar.Command) error
	unset func(e *edit, c grammar.Command) error // nil: the grammar has no such form
	lines func(v view) []grammar.Command         // nil: the model's values print under another statement
}

// view is what a statement's lines are asked of: the whole, a neighbor or group where the statement is about one, and a
// family (an index in Families) where it is of one, else noFamily.
type view struct {
	c *Config
	n *Neighbor
	f int
}

const noFamily = -1

// mode is the grammar's mode in which the view's statements stand.
func (v view) mode() grammar.Mode {
	if v.f == noFamily {
		return grammar.Router
	}
	return familyModes[v.f]
}

var familyModes = [2]grammar.Mode{grammar.AF4, grammar.AF6}

// table finds a statement by its grammar id.
var table = buildTable(listenStatements, topStatements, globalStatements, routerKnobsFirst, confederationStatements, routerStatements, routerKnobsLast, openingStatements, restartStatements, identityStatements, neighborStatements, familyStatements, neighborFamilyStatements, multipathKnobs, familyLastStatements,
	listStatements, mapStatements, attachStatements, delayStatements)

func buildTable(lists ...[]statement) map[string]*statement {
	t := map[string]*statement{}
	for _, list := range lists {
		for i := range list {
			t[list[i].id] = &list[i]
		}
	}
	return t
}

// one is a list of a single command, or of none.
func one(set bool, make func() grammar.Command) []grammar.Command {
	if !set {
		return nil
	}
	return []grammar.Command{make()}
}

// at finds a value of a neighbor; f is an index in Families and means something for values of a family only.
type at[T any] func(n *Neighbor, f int) *Opt[T]

// about is the command of a neighbor's statement, with its peer.
func (v view) about(id string, mode grammar.Mode) grammar.Command {
	return grammar.Make(id, mode).With("peer", v.n.peer())
}

// peer is how the grammar writes the neighbor's name.
func (n *Neighbor) peer() grammar.Peer {
	if n.Kind == Address {
		return grammar.Peer{Addr: n.Addr}
	}
	return grammar.Peer{Name: n.Name}
}

// codec translates a value of a neighbor from and to the arguments of its statement. read may refuse the value.
type codec[T any] struct {
	read  func(e *edit, n *Neighbor, c grammar.Command) (T, error)
	write func(c grammar.Command, value T) grammar.Command
}

// option is a statement that sets one value of a neighbor; its no form makes the value unset, so that the peer-group's or the
// profile's holds again.
func option[T any](id string, find at[T], k codec[T]) statement {
	return statement{
		id: id,
		set: func(e *edit, c grammar.Command) error {
			n, f, err := e.target(c)
			if err != nil {
				return err
			}
			v, err := k.read(e, n, c)
			if err != nil {
				return err
			}
			*find(n, f) = Some(v)
			return nil
		},
		unset: func(e *edit, c grammar.Command) error {
			n, f, err := e.target(c)
			if err != nil {
				return err
			}
			*find(n, f) = Opt[T]{}
			return nil
		},
		lines: func(v view) []grammar.Command {
			o := find(v.n, v.f)
			return one(o.Set, func() grammar.Command { return k.write(v.about(id, v.mode()), o.Value) })
		},
	}
}

// number is an option with one unsigned argument, whose range the grammar keeps.
func number[T uint8 | uint16 | uint32](id, arg string, find at[T]) statement {
	return option(id, find, codec[T]{
		read:  func(_ *edit, _ *Neighbor, c grammar.Command) (T, error) { return T(c.Args.Uint(arg)), nil },
		write: func(c grammar.Command, v T) grammar.Command { return c.With(arg, uint64(v)) },
	})
}

// flag is an option without argument that is off by default: its no form returns to the peer-group's, as in FRR.
func flag(id string, find at[bool]) statement {
	return option(id, find, codec[bool]{
		read:  func(*edit, *Neighbor, grammar.Command) (bool, error) { return true, nil },
		write: func(c grammar.Command, _ bool) grammar.Command { return c },
	})
}

// onByDefault is a flag that is on by default: both forms are kept and printed.
func onByDefault(id string, find at[bool]) statement {
	s := flag(id, find)
	s.unset = func(e *edit, c grammar.Command) error {
		n, f, err := e.target(c)
		if err != nil {
			return err
		}
		*find(n, f) = Some(false)
		return nil
	}
	s.lines = func(v view) []grammar.Command {
		o := find(v.n, v.f)
		return one(o.Set, func() grammar.Command { return signed(v.about(id, v.mode()), o.Value) })
	}
	return s
}

func signed(c grammar.Command, plain bool) grammar.Command {
	if plain {
		return c
	}
	return c.Negated()
}

// knob is a switch of the router. Both forms are kept; what equals the profile's default does not print, as in FRR.
func knob(id string, find func(*Knobs) *Opt[bool], def func(Defaults) bool) statement {
	turn := func(on bool) func(*edit, grammar.Command) error {
		return func(e *edit, _ grammar.Command) error {
			*find(&e.config.Router.Knobs) = Some(on)
			return nil
		}
	}
	return statement{
		id:    id,
		set:   turn(true),
		unset: turn(false),
		lines: func(v view) []grammar.Command {
			o := find(&v.c.Router.Knobs)
			return one(o.Set && o.Value != def(v.c.Profile.Defaults()), func() grammar.Command {
				return signed(grammar.Make(id, grammar.Router), o.Value)
			})
		},
	}
}

// routerValue is a statement that sets one value of the router.
func routerValue[T any](id string, find func(*Router) *Opt[T], read func(c grammar.Command) (T, error), write func(c grammar.Command, v T) grammar.Command) statement {
	return statement{
		id: id,
		set: func(e *edit, c grammar.Command) error {
			v, err := read(c)
			if err == nil {
				*find(e.config.Router) = Some(v)
			}
			return err
		},
		unset: func(e *edit, _ grammar.Command) error { *find(e.config.Router) = Opt[T]{}; return nil },
		lines: func(v view) []grammar.Command {
			o := find(v.c.Router)
			return one(o.Set, func() grammar.Command { return write(grammar.Make(id, grammar.Router), o.Value) })
		},
	}
}
