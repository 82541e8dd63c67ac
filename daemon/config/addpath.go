package config

import (
	"fmt"

	"bgpsh/ipc/grammar"
)

// PathsKind says which paths of a prefix are sent with ADD-PATH (RFC 7911).
type PathsKind uint8

// The kinds of paths.
const (
	BestPathOnly PathsKind = iota
	AllPaths               // addpath-tx-all-paths
	PathPerAS              // addpath-tx-bestpath-per-AS: the best of each neighbor AS
	BestPaths              // addpath-tx-best-selected: the best few
)

// PathsOut is one of the `addpath-tx` statements.
type PathsOut struct {
	Kind  PathsKind
	Count uint8 // of BestPaths
}

// String is the statement, nothing for none.
func (p PathsOut) String() string {
	switch p.Kind {
	case AllPaths:
		return "all-paths"
	case PathPerAS:
		return "bestpath-per-AS"
	case BestPaths:
		return fmt.Sprint("best-selected ", p.Count)
	}
	return ""
}

// Statements of ADD-PATH, for neighborFamilyStatements.
var addPathStatements = []statement{
	pathsOut("neighbor.addpath-tx-all-paths", AllPaths),
	pathsOut("neighbor.addpath-tx-best-selected", BestPaths),
	pathsOut("neighbor.addpath-tx-bestpath-per-AS", PathPerAS),
	flag("neighbor.disable-addpath-rx", func(n *Neighbor, f int) *Opt[bool] { return &n.Families[f].NoPathsIn }),
}

// pathsOut is one of the statements that say which paths are sent; the last one counts, and the no form of another one
// changes nothing.
func pathsOut(id string, kind PathsKind) statement {
	find := func(n *Neighbor, f int) *Opt[PathsOut] { return &n.Families[f].PathsOut }
	s := option(id, find, codec[PathsOut]{
		read: func(_ *edit, _ *Neighbor, c grammar.Command) (PathsOut, error) {
			return PathsOut{Kind: kind, Count: uint8(c.Args.Uint("paths"))}, nil
		},
		write: func(c grammar.Command, p PathsOut) grammar.Command {
			if kind == BestPaths {
				return c.With("paths", p.Count)
			}
			return c
		},
	})
	plain, lines := s.unset, s.lines
	s.unset = func(e *edit, c grammar.Command) error {
		n, f, err := e.target(c)
		if err != nil {
			return err
		}
		if o := find(n, f); o.Set && o.Value.Kind != kind {
			e.say(Notice, "%s sends addpath-tx-%s: nothing changed", n.Name, o.Value)
			return nil
		}
		return plain(e, c)
	}
	s.lines = func(v view) []grammar.Command {
		if find(v.n, v.f).Value.Kind != kind {
			return nil
		}
		return lines(v)
	}
	return s
}
