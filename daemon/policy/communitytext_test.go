package policy

import "testing"

// Extended communities are shown in FRR's words: with the bandwidth in the unit that fits, and a node target as an address.
func TestExtCommunityText(t *testing.T) {
	for _, c := range []struct {
		value         uint64
		written, show string
	}{
		{0x0002fde900000001, "rt 65001:1", "RT:65001:1"},
		{0x0103c0000201000a, "soo 192.0.2.1:10", "SoO:192.0.2.1:10"},
		{0x0202fa56ea000007, "rt 4200000000:7", "RT:4200000000:7"},
		{0x030b400000000064, "color 01:100", "Color:01:100"},
		{0x0109c00002010000, "nt 192.0.2.1:0", "NT:192.0.2.1"},
		{Bandwidth(65003, 100, true), "bandwidth 65003:12500000 (100.000 Mbps)", "LB:65003:12500000 (100.000 Mbps)"},
		{Bandwidth(65003, 2500, false), "bandwidth 65003:312500000 (2.500 Gbps)", "LB:65003:312500000 (2.500 Gbps)"},
		{0x4004fdeb42fa0000, "bandwidth 65003:125 (1.000 Kbps)", "LB:65003:125 (1.000 Kbps)"},
		{0x4004fdeb42c80000, "bandwidth 65003:100 (800 bps)", "LB:65003:100 (800 bps)"},
		{0x8006fdeb00000000, "UNK:128, 6", "UNK:128, 6"},
		{0x0204fdeb00000000, "UNK:2, 4", "UNK:2, 4"},
	} {
		if got := string(AppendExtCommunity(nil, c.value, false)); got != c.written {
			t.Errorf("%016x is written %q, want %q", c.value, got, c.written)
		}
		if got := string(AppendExtCommunity(nil, c.value, true)); got != c.show {
			t.Errorf("%016x is shown as %q, want %q", c.value, got, c.show)
		}
		if got, want := KnownExtCommunity(c.value), c.show[:3] != "UNK"; got != want {
			t.Errorf("%016x: known %v", c.value, got)
		}
	}
}
