package rib

import (
	"fmt"
	"strings"
)

// Text tells what is in b for a report, up to limit prefixes: a line for each stretch with equal attributes, which stand in it as bytes.
func (b *Batch) Text(limit int) string {
	var t strings.Builder
	fmt.Fprintf(&t, "batch of %d prefixes, generation %d, policy %d\n", len(b.items), b.Generation, b.PolicyVersion)
	begin := int32(0)
	for _, r := range b.runs {
		items := b.items[min(int(begin), len(b.items)):min(int(r.end), len(b.items))]
		begin = r.end
		if r.set == withdrawals {
			fmt.Fprintf(&t, "%s withdrawn:", r.family)
		} else {
			s := b.sets[r.set]
			fmt.Fprintf(&t, "%s announced, %s, attributes %x, after policy %x:", r.family, s.reason, b.before(&s), b.after(&s))
		}
		for _, n := range items {
			if limit--; limit < 0 {
				t.WriteString(" ...\n")
				return t.String()
			}
			fmt.Fprintf(&t, " %s", n.Prefix.Netip(r.family))
			if n.ID != 0 {
				fmt.Fprintf(&t, " path %d", n.ID)
			}
		}
		t.WriteByte('\n')
	}
	return t.String()
}
