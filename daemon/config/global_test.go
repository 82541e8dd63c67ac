package config

import (
	"strings"
	"testing"
)

// What FRR has at the top level for all its instances counts for the router, whether its line comes before or behind it.
func TestTopLevelOfAllInstances(t *testing.T) {
	const all = "bgp graceful-shutdown\nbgp update-delay 60 30\nbgp route-map delay-timer 7\nbgp session-dscp 46\n"
	for name, text := range map[string]string{
		"before":            all + "router bgp 65000\n neighbor 192.0.2.1 remote-as 65001\n",
		"behind":            "router bgp 65000\n neighbor 192.0.2.1 remote-as 65001\nexit\n" + all,
		"and taken back":    "bgp session-dscp 10\n" + all + "router bgp 65000\n neighbor 192.0.2.1 remote-as 65001\nexit\nno bgp session-dscp\nbgp session-dscp 46\n",
		"a router that was": "bgp session-dscp 10\nrouter bgp 65009\nexit\nno router bgp\n" + all + "router bgp 65000\n neighbor 192.0.2.1 remote-as 65001\n",
	} {
		for how, c := range map[string]*Config{"a file": parsed(t, text), "a transaction": applyTo(t, &Config{}, text)} {
			s := c.Router.Neighbors["192.0.2.1"]
			if s == nil || !c.Router.Knobs.GracefulShutdown.Value || c.Router.UpdateDelay.Value.String() != "60 30" || c.Router.MapDelay.Value != 7 || c.Router.DSCP.Value != 46 || c.Router.AS != 65000 {
				t.Errorf("%s, %s: %s", name, how, printed(c))
			}
		}
	}
}

// What is taken back before the router's line does not count for it.
func TestTopLevelTakenBackEarly(t *testing.T) {
	const text = "bgp graceful-shutdown\nbgp session-dscp 46\nno bgp graceful-shutdown\nrouter bgp 65000\n"
	for how, c := range map[string]*Config{"a file": parsed(t, text), "a transaction": applyTo(t, &Config{}, text)} {
		if c.Router.Knobs.GracefulShutdown.Value || c.Router.DSCP.Value != 46 {
			t.Errorf("%s: %s", how, printed(c))
		}
	}
}

// Where no router comes, they are about nothing, and that is said.
func TestTopLevelWithoutRouter(t *testing.T) {
	out := try(&Config{}, "bgp graceful-shutdown")
	if out.Applied || !strings.Contains(out.said(), "No BGP process is configured") {
		t.Errorf("typed: applied %v, %s", out.Applied, out.said())
	}
	if out := try(&Config{}, "no bgp graceful-shutdown"); out.Applied || !strings.Contains(out.said(), "No BGP process is configured") {
		t.Errorf("its no form: applied %v, %s", out.Applied, out.said())
	}
	c, errs, _ := Parse("x", textLines("hostname r1\nbgp session-dscp 46\nbgp update-delay 60\nhostname r2\n"), Options{})
	if c.Router != nil || c.Hostname != "r2" || len(errs) != 1 || errs[0].Place.Line != 3 || errs[0].Place.Text != "bgp update-delay 60" {
		t.Errorf("a file: %+v, %v", c, errs)
	}
	if out := try(&Config{}, "bgp update-delay 10 20\nrouter bgp 65000"); out.Applied || !strings.Contains(out.said(), string(errEstablishWait)) {
		t.Errorf("a wrong one: applied %v, %s", out.Applied, out.said())
	}
}

// `ip router-id` is the router's identifier unless it has one of its own, whichever comes first, and for itself no statement of BGP.
func TestRouterIDOfAll(t *testing.T) {
	const global, router, own = "ip router-id 10.0.0.7\n", "router bgp 65000\n", " bgp router-id 10.0.0.9\n"
	for _, c := range []struct{ text, want string }{
		{global + router, "10.0.0.7"}, {router + "exit\n" + global, "10.0.0.7"}, {"router-id 10.0.0.7\n" + router, "10.0.0.7"},
		{global + router + own, "10.0.0.9"}, {router + own + "exit\n" + global, "10.0.0.9"},
		{global + "no ip router-id\n" + router, "invalid IP"}, {router + own + "exit\nno ip router-id 10.0.0.7\n", "10.0.0.9"},
		{global + "ip router-id 10.0.0.8\n" + router, "10.0.0.8"}, {"ip router-id 10.0.0.7 vrf RED\nipv6 router-id ::1\n" + router, "invalid IP"},
	} {
		for how, got := range map[string]*Config{"a file": parsed(t, c.text), "a transaction": applyTo(t, &Config{}, c.text)} {
			if got.Router.RouterID.String() != c.want {
				t.Errorf("%s: %q: %s, want %s", how, c.text, got.Router.RouterID, c.want)
			}
		}
	}
	if out := try(&Config{}, global); !out.Applied || out.Config.Router != nil {
		t.Errorf("without BGP: %s", out.said())
	}
	if out := try(&Config{}, "ip router-id 0.0.0.0\n"); out.Applied {
		t.Error("0.0.0.0 is taken")
	}
}
