package shell

import (
	"bytes"
	"testing"

	"bgpsh/ipc/api"
)

// `advertised-routes json` says where the default route is of default-originate, and with `detail` has the paths of each prefix.
func TestAdvertisedJSON(t *testing.T) {
	page := advertisedScenario()
	page.Family, page.DefaultOriginate = api.IPv4Unicast, true
	page.Routes[0].Paths[0].ExtCommunities = []string{"RT:65001:1", "LB:65001:125 (1.000 Kbps)"}
	var b bytes.Buffer
	doc := document(t, "plain", render(t, page, &routeJSON{w: &b, view: api.ViewAdvertised}, &b)).(map[string]any)
	if doc["bgpOriginatingDefaultNetwork"] != "0.0.0.0/0" || len(doc["advertisedRoutes"].(map[string]any)) != len(page.Routes) {
		t.Errorf("plain: %v", doc)
	}
	page.Family, page.DefaultOriginate = api.IPv6Unicast, false
	b.Reset()
	doc = document(t, "detail", render(t, page, &routeJSON{w: &b, view: api.ViewAdvertised, detail: true}, &b)).(map[string]any)
	if _, is := doc["bgpOriginatingDefaultNetwork"]; is {
		t.Error("no default route is originated")
	}
	route := doc["advertisedRoutes"].(map[string]any)["10.10.0.0/16"].(map[string]any)
	path := route["paths"].([]any)[0].(map[string]any)
	if route["prefix"] != "10.10.0.0/16" || path["extendedCommunity"].(map[string]any)["string"] != "RT:65001:1 LB:65001:125 (1.000 Kbps)" || path["origin"] != "IGP" {
		t.Errorf("detail: %v", route)
	}
}
