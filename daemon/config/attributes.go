package config

import (
	"fmt"
	"strings"

	"bgpsh/ipc/grammar"
	"bgpsh/wire"
)

// attributes is an option with a list of types of path attributes.
func attributes(id string, find at[wire.AttrSet]) statement {
	return option(id, find, codec[wire.AttrSet]{read: readAttributes, write: func(c grammar.Command, s wire.AttrSet) grammar.Command {
		return c.With("attribute", attrTypes(s))
	}})
}

// readAttributes refuses the types that every route needs, or that carry the routes themselves.
func readAttributes(_ *edit, _ *Neighbor, c grammar.Command) (out wire.AttrSet, err error) {
	for _, n := range c.Args.Uints("attribute") {
		switch t := wire.AttrType(n); t {
		case wire.AttrOrigin, wire.AttrASPath, wire.AttrNextHop, wire.AttrMPReach, wire.AttrMPUnreach:
			return out, fmt.Errorf("attribute %d (%s) is one that no route can be without", n, t)
		default:
			out.Add(t)
		}
	}
	return out, nil
}

// attrTypes are the types in a set, in their order.
func attrTypes(s wire.AttrSet) (out []string) {
	for t := range 256 {
		if s.Has(wire.AttrType(t)) {
			out = append(out, fmt.Sprint(t))
		}
	}
	return out
}

func attrsText(s wire.AttrSet) string { return strings.Join(attrTypes(s), " ") }
