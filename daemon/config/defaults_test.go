package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// sample has a neighbor of each kind.
const sample = `
router bgp 65000
 neighbor eth0 interface remote-as external
 neighbor 192.0.2.1 remote-as 65001
 neighbor 192.0.2.2 remote-as internal
 neighbor 2001:db8::1 remote-as 65001
`

// defaultRows tell what the program does for each row of docs/defaults.md.
var defaultRows = map[string]func(*Config) string{
	"reject AS sets":                   session(func(s Settings) any { return onOff(s.RejectASSets) }),
	"routes between reflector clients": func(c *Config) string { return onOff(c.ClientToClient()) },
	"external session without its interface": session(func(s Settings) any {
		return map[bool]string{true: "ends", false: "goes on"}[s.FastFailover]
	}),
	"warning of maximum-prefix":                    func(*Config) string { return fmt.Sprint(limitThreshold, "%") },
	"dynamic neighbors":                            func(c *Config) string { return fmt.Sprint(c.Router.DynamicLimit()) },
	"own AS in paths, allowas-in without a number": func(*Config) string { return fmt.Sprint(allowedTimes) },
	"families of an IPv4 neighbor":                 func(c *Config) string { return familiesOf(c, "192.0.2.1") },
	"families of an IPv6 neighbor":                 func(c *Config) string { return familiesOf(c, "2001:db8::1") },
	"families of an interface neighbor":            func(c *Config) string { return familiesOf(c, "eth0") },
	"log neighbor changes":                         session(func(s Settings) any { return onOff(s.LogChanges) }),
	"external neighbors need a policy":             session(func(s Settings) any { return onOff(s.RequiresPolicy) }),
	"network import-check":                         func(c *Config) string { return onOff(c.importCheck()) },
	"neighbors shown by host name":                 session(func(s Settings) any { return onOff(s.ShowHostname) }),
	"deterministic-med":                            func(c *Config) string { return onOff(c.BestPath().DeterministicMED) },
	"other choices of the best path":               func(c *Config) string { return otherChoices(c.BestPath()) },
	"equally good paths in use": func(c *Config) string {
		return fmt.Sprint(max(c.Multipath(IPv4).External, c.Multipath(IPv4).Internal))
	},
	"local preference":                   func(c *Config) string { return fmt.Sprint(c.DefaultLocalPref()) },
	"keepalive":                          session(func(s Settings) any { return s.Keepalive }),
	"hold time":                          session(func(s Settings) any { return s.HoldTime }),
	"smallest hold time accepted":        session(func(s Settings) any { return s.MinHoldTime }),
	"connect retry":                      session(func(s Settings) any { return s.ConnectRetry }),
	"idle hold":                          session(func(s Settings) any { return s.IdleHold }),
	"idle hold, doubled at most to":      session(func(s Settings) any { return s.IdleHoldMax }),
	"delay open":                         session(func(s Settings) any { return s.DelayOpen.String() }),
	"wait for the OPEN":                  session(func(s Settings) any { return s.OpenHold }),
	"send hold":                          session(func(s Settings) any { return s.SendHold }),
	"graceful restart":                   session(func(s Settings) any { return s.RestartMode.String() }),
	"restart time asked for":             session(func(s Settings) any { return s.RestartTime }),
	"stale routes stay at most":          session(func(s Settings) any { return s.StalePath }),
	"announcements wait after a restart": func(c *Config) string { return c.Router.SelectDefer().String() },
	"routes stay over a NOTIFICATION":    session(func(s Settings) any { return onOff(s.Notification) }),
	"forwarding goes on over a restart":  session(func(s Settings) any { return onOff(s.Preserve) }),
	"long-lived stale routes":            session(func(s Settings) any { return s.LongLived }),
	"hard administrative reset":          session(func(s Settings) any { return onOff(!s.SoftReset) }),
	"jitter of connect retry":            session(func(s Settings) any { return s.ConnectJitter }),
	"jitter of idle hold":                session(func(s Settings) any { return s.IdleHoldJitter }),
	"grain of displayed times":           session(func(s Settings) any { return s.Resolution }),
	"listening on": func(c *Config) string {
		return strings.ReplaceAll(strings.TrimSuffix(fmt.Sprint(c.Router.ListenAddresses())[1:], "]"), " ", ", ")
	},
	"port of the neighbor":        session(func(s Settings) any { return s.Port }),
	"passive":                     session(func(s Settings) any { return onOff(s.Passive) }),
	"TTL to an external neighbor": session(func(s Settings) any { return s.TTL }),
	"TTL to an internal neighbor": func(c *Config) string { return fmt.Sprint(effective(c, "192.0.2.2").TTL) },
	"external neighbor on a connected subnet": session(func(s Settings) any {
		return map[bool]string{true: "required", false: "not required"}[s.ConnectedCheck]
	}),
	"DSCP":                                 session(func(s Settings) any { return s.DSCP }),
	"enforce-first-as":                     session(func(s Settings) any { return onOff(s.EnforceFirstAS) }),
	"collision detection when established": session(func(s Settings) any { return onOff(s.CollisionEstablished) }),
	"host name capability":                 session(func(s Settings) any { return map[bool]string{false: "internal neighbors"}[s.CapabilityFQDN.Set] }),
	"extended next hop capability":         func(c *Config) string { return extendedNextHop(c) },
	"communities sent":                     session(func(s Settings) any { return s.Families[IPv4].SendCommunity }),
	"next hop self":                        session(func(s Settings) any { return onOff(s.Families[IPv4].NextHopSelf) }),
}

func session(value func(Settings) any) func(*Config) string {
	return func(c *Config) string {
		switch v := value(effective(c, "192.0.2.1")).(type) {
		case time.Duration:
			switch {
			case v == 0:
				return "none"
			case v < time.Second:
				return fmt.Sprintf("%d ms", v.Milliseconds())
			}
			return fmt.Sprintf("%d s", v/time.Second)
		case Jitter:
			if v == (Jitter{}) {
				return "none"
			}
			return v.String()
		case string:
			if v == "0s" {
				return "0 s"
			}
			return v
		default:
			return fmt.Sprint(v)
		}
	}
}

func familiesOf(c *Config, name string) string {
	var on []string
	for _, f := range effective(c, name).Families {
		if f.Active {
			on = append(on, f.Family.String())
		}
	}
	return strings.Join(on, ", ")
}

func otherChoices(b BestPath) string {
	b.DeterministicMED = false
	return onOff(b != BestPath{})
}

func extendedNextHop(c *Config) string {
	if effective(c, "eth0").CapabilityENHE && !effective(c, "2001:db8::1").CapabilityENHE {
		return "interface neighbors"
	}
	return "otherwise"
}

func TestDefaultsPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/defaults.md")
	if err != nil {
		t.Fatal(err)
	}
	profiles := []*Config{
		parsed(t, sample), parsed(t, "frr defaults traditional\n"+sample), parsed(t, "frr defaults datacenter\n"+sample),
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(string(page), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if len(cells) != 6 || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| value") {
			continue
		}
		name := strings.TrimSpace(cells[0])
		seen[name] = true
		value := defaultRows[name]
		if value == nil {
			t.Errorf("row %q: nothing checks it", name)
			continue
		}
		for i, c := range profiles {
			if got, want := value(c), strings.TrimSpace(cells[2+i]); got != want {
				t.Errorf("%s, %s: the page says %q, the program %q", name, c.Profile, want, got)
			}
		}
	}
	for name := range defaultRows {
		if !seen[name] {
			t.Errorf("%q: no row in the page", name)
		}
	}
}
