package main

import (
	"fmt"
	"strings"

	"bgpsh/wire"
)

// rules are lists and route maps, or filters, of equal meaning in the languages of the daemons.
type rules interface {
	// frr writes the definitions for FRR and for ours, which speak one language.
	frr(b *strings.Builder)
	bird(b *strings.Builder)
	// names are what is applied to routes that neighbor i announces and is sent; empty: nothing.
	names(i int) (in, out string)
}

// An expectation is what receivers should hold after a step: of each prefix one of the choices.
type expectation struct {
	best [][]choice
	of   []int32 // of each prefix: its index in best
}

// expect gives what receivers should hold when these offers stand, where nothing is refused or changed but by the daemon itself.
func (sc *scene) expect(offers []*offer) expectation {
	if sc.expected != nil {
		return sc.expected(offers)
	}
	return expectation{sc.table.best(offers, daemonAS, nil), sc.table.setOf}
}

// prefixText is a prefix as all daemons write it.
func prefixText(p wire.Prefix) string { return p.Netip(wire.IPv4Unicast).String() }

// itemised writes items with separators, a few to a line.
func itemised(b *strings.Builder, n int, item func(i int) string) {
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
			if i%8 == 0 {
				b.WriteString("\n  ")
			}
		}
		b.WriteString(item(i))
	}
}

// lines writes formatted lines.
func lines(b *strings.Builder) func(format string, args ...any) {
	return func(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }
}
