package config

import (
	"strings"
	"testing"
)

// What lets go of a held-back line, and what does not.
func TestRelease(t *testing.T) {
	tests := []struct {
		name    string
		startup string // behind neighbor 10.0.0.1 remote-as internal, in router mode
		typed   string
		want    string // of 10.0.0.1
	}{
		{"a right line of the same statement", "neighbor 10.0.0.1 password", "neighbor 10.0.0.1 password x", ""},
		{"of a misspelt statement", "neighbor 10.0.0.1 pasword x", "neighbor 10.0.0.1 password x", ""},
		{"its no form", "neighbor 10.0.0.1 password", "no neighbor 10.0.0.1 password", ""},
		{"remote-as", "neighbor 10.0.0.1 remote-as foo", "neighbor 10.0.0.1 remote-as internal", ""},
		{"a right line of another statement", "neighbor 10.0.0.1 password", "neighbor 10.0.0.1 description x", "Idle"},
		{"of another neighbor", "neighbor 10.0.0.1 password", "neighbor 10.0.0.2 remote-as 65002\nneighbor 10.0.0.2 password x", "Idle"},
		{"one of two", "neighbor 10.0.0.1 password\nneighbor 10.0.0.1 ttl-security hops", "neighbor 10.0.0.1 password x", "Idle"},
		{"both of two", "neighbor 10.0.0.1 password\nneighbor 10.0.0.1 ttl-security hops", "neighbor 10.0.0.1 password x\nneighbor 10.0.0.1 ttl-security hops 1", ""},
		{"no and the bad line itself", "neighbor 10.0.0.1   pasword   x", "no neighbor 10.0.0.1 pasword x", ""},
		{"removing the neighbor", "neighbor 10.0.0.1 password", "no neighbor 10.0.0.1\nneighbor 10.0.0.1 remote-as 65001", ""},

		{"allow, same direction", "neighbor 10.0.0.1 allow 10.0.0.0/33 in", "neighbor 10.0.0.1 allow 10.0.0.0/23 in", ""},
		{"allow, other direction", "neighbor 10.0.0.1 allow 10.0.0.0/33 in", "neighbor 10.0.0.1 allow 10.0.0.0/23 out", "in4"},
		{"allow, other family", "neighbor 10.0.0.1 allow 10.0.0.0/33 in", "address-family ipv6 unicast\nneighbor 10.0.0.1 allow any in", "in4"},
		{"allow, one of both directions", "neighbor 10.0.0.1 allow any", "neighbor 10.0.0.1 allow any out", "in4"},
		{"allow, both directions", "neighbor 10.0.0.1 allow any", "neighbor 10.0.0.1 allow any out\nneighbor 10.0.0.1 allow any in", ""},

		{"no form of what is not supported", "neighbor 10.0.0.1 addpath-rx-paths-limit 5", "no neighbor 10.0.0.1 addpath-rx-paths-limit 5", ""},
		{"policy of ours beside what is not supported", "neighbor 10.0.0.1 addpath-rx-paths-limit 5", "neighbor 10.0.0.1 allow any in", "in4"},
		{"not supported", "neighbor 10.0.0.1 rpki strict", "no neighbor 10.0.0.1 rpki strict", ""},
		{"no router bgp", "neighbor 10.0.0.1 password", "exit\nno router bgp\nrouter bgp 65000\nneighbor 10.0.0.1 remote-as 65001", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, _, _ := Parse("s.conf", textLines("router bgp 65000\nneighbor 10.0.0.1 remote-as internal\n"+tt.startup), Options{})
			if standing(c, "10.0.0.1") == "" {
				t.Fatal("nothing is held back to begin with")
			}
			out := Apply(c, numbered(strings.Split(tt.typed, "\n")), Options{Context: []string{"router bgp 65000"}})
			if !out.Applied {
				t.Fatal(out.said())
			}
			if got := standing(out.Config, "10.0.0.1"); got != tt.want {
				t.Errorf("holds %q, want %q: %v", got, tt.want, out.Config.Held)
			}
			if standing(c, "10.0.0.1") == "" {
				t.Error("the running configuration changed under the transaction")
			}
		})
	}
}

func TestReleaseIsSaid(t *testing.T) {
	c, _, _ := Parse("s.conf", textLines("router bgp 65000\nneighbor 10.0.0.1 remote-as internal\nneighbor 10.0.0.1 password"), Options{})
	out := try(c, "router bgp 65000\nneighbor 10.0.0.1 password x")
	if got, want := out.said(), "notice: nothing is held back any more because of s.conf:3: neighbor 10.0.0.1 password"; got != want {
		t.Errorf("says %q", got)
	}
	if e := Worst(out.Changes)["10.0.0.1"]; e == None {
		t.Errorf("the neighbor, which was Idle, is not told to start: %v", out.Changes)
	}
}

// A wrong line typed live voids its transaction and holds nothing.
func TestWrongLineTypedHoldsNothing(t *testing.T) {
	c := parsed(t, "router bgp 65000\nneighbor 10.0.0.1 remote-as 65001")
	out := try(c, "router bgp 65000\nneighbor 10.0.0.1 password")
	if out.Applied || len(out.Config.Held) > 0 {
		t.Errorf("%v", out.Config.Held)
	}
}
