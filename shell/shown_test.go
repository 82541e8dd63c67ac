package shell

import (
	"net/netip"
	"strings"
	"testing"

	"bgpsh/ipc/api"
)

// A neighbor is shown by its host name before its address where the router asks for that, a community by its alias.
func TestNamesBesideNumbers(t *testing.T) {
	p := &api.PeerSummary{PeerRef: api.PeerRef{Name: "10.0.0.2", Hostname: "edge7"}}
	if got := rowName(p); got != "10.0.0.2" {
		t.Errorf("row %q", got)
	}
	p.ShowName, p.Dynamic = true, true
	if got := rowName(p); got != "*edge7(10.0.0.2)" {
		t.Errorf("row %q", got)
	}
	path := api.Path{Neighbor: "10.0.0.2", Hostname: "edge7", ShowName: true, NextHop: netip.MustParseAddr("10.0.0.2"), RouterID: netip.MustParseAddr("10.0.0.9"),
		Communities: []string{"65002:7", "no-export"}, Aliases: map[string]string{"65002:7": "customer"}}
	out := &page{}
	printPath(out, &api.Route{Prefix: netip.MustParsePrefix("192.0.2.0/24")}, &path, api.ASPlain)
	if text := out.String(); !strings.Contains(text, "10.0.0.2 from edge7(10.0.0.2) (10.0.0.9)") || !strings.Contains(text, "Community: customer no-export") {
		t.Errorf("shown as\n%s", text)
	}
	o := &object{}
	setCommunities(o, &path)
	var b strings.Builder
	if err := printJSON(&b, o); err != nil || !strings.Contains(b.String(), `"customer no-export"`) || !strings.Contains(b.String(), `"noExport"`) {
		t.Errorf("%v: %s", err, b.String())
	}
}
