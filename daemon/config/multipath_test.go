package config

import (
	"maps"
	"strings"
	"testing"
)

func init() {
	maps.Copy(examples, map[string][]example{
		"bgp.bestpath.as-path.multipath-relax": {{line: "bgp bestpath as-path multipath-relax"},
			{line: "bgp bestpath as-path multipath-relax no-as-set", prints: "bgp bestpath as-path multipath-relax", no: "no bgp bestpath as-path multipath-relax"}},
		"bgp.bestpath.peer-type": {{line: "bgp bestpath peer-type multipath-relax"}},
		"maximum-paths":          {{line: "maximum-paths 4", no: "no maximum-paths"}, {line: "maximum-paths 256", prints: "-", no: "-"}},
		"maximum-paths.ibgp": {{line: "maximum-paths ibgp 1", no: "no maximum-paths ibgp"},
			{line: "maximum-paths ibgp 8 equal-cluster-length", no: "no maximum-paths ibgp"},
			{line: "maximum-paths ibgp 256 equal-cluster-length", no: "no maximum-paths ibgp"}},
	})
}

func TestMultipath(t *testing.T) {
	c := parsed(t, `
router bgp 65000
 maximum-paths 2
 bgp bestpath as-path multipath-relax
 address-family ipv6 unicast
  maximum-paths ibgp 3 equal-cluster-length
`)
	if got := c.Multipath(IPv4); got != (Multipath{External: 2, Internal: 256, Relax: true}) {
		t.Errorf("IPv4: %+v", got)
	}
	if got := c.Multipath(IPv6); got != (Multipath{External: 256, Internal: 3, Relax: true, EqualClusterLen: true}) {
		t.Errorf("IPv6: %+v", got)
	}
	bare := parsed(t, "router bgp 65000\n")
	var said []string
	for _, change := range Diff(bare, c) {
		said = append(said, change.String())
	}
	if text := strings.Join(said, "\n"); strings.Count(text, "multipath IP") != 2 || strings.Count(text, ": live") != 2 {
		t.Errorf("the difference says:\n%s", text)
	}
}
