package config

import (
	"slices"
	"strings"
	"testing"
)

// Older spellings of FRR's are read, and written as FRR writes them.
func TestOlderSpellings(t *testing.T) {
	head := []string{"router bgp 65001", "neighbor 192.0.2.1 remote-as 65002"}
	for _, row := range []struct{ line, written string }{
		{"neighbor 192.0.2.1 next-hop-self all", "neighbor 192.0.2.1 next-hop-self force"},
		{"neighbor 192.0.2.1 enforce-multihop", "neighbor 192.0.2.1 disable-connected-check"},
		{"network 172.16.0.0", "network 172.16.0.0/16"},
	} {
		written := func(lines ...string) bool {
			c, wrong, _ := Parse("", append(slices.Clone(head), lines...), Options{})
			if len(wrong) > 0 {
				t.Errorf("%s: %v", row.line, wrong)
			}
			return slices.ContainsFunc(c.Lines(), func(l string) bool { return strings.TrimSpace(l) == row.written })
		}
		if !written(row.line) || written(row.line, "no "+row.line) || written(row.written, "no "+row.line) {
			t.Errorf("%q is not %q in each form", row.line, row.written)
		}
	}
}
