package daemon

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

var announced = netip.MustParsePrefix("198.51.100.0/24")

// why asks the daemon about the prefix that raw peers announce.
func (r *running) why(p api.ExplainParams) api.Explanation {
	r.t.Helper()
	if !p.Prefix.IsValid() && !p.Address.IsValid() {
		p.Prefix = announced
	}
	x, err := r.explain(r.t.Context(), nil, p)
	if err != nil {
		r.t.Fatal(err)
	}
	return x
}

// Each refusal says where and what: the values in the path, and the line that would change it.
func TestExplainedRefusals(t *testing.T) {
	loop := attrs(originIGP, []byte{0x40, 2, 10, 2, 2, 0, 0, 0xfd, 0xea, 0, 0, 0xfd, 0xe9}, hopOfPeer)
	good := attrs(originIGP, path65002, hopOfPeer)
	six := []string{"address-family ipv4 unicast", "no neighbor 10.0.0.2 allow any in"}
	for _, row := range []struct {
		name   string
		config []string
		attrs  []byte
		reason rib.Reason
		stage  api.Stage
		text   string
		lines  string
	}{
		{"loop", nil, loop, rib.ASLoop, api.StageLoop, "our AS 65001 is in AS path 65002 65001 once, not allowed (loop)", ""},
		{"first AS", nil, attrs(originIGP, []byte{0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xeb}, hopOfPeer), rib.FirstAS, api.StageFirstAS,
			"AS path 65003 does not begin with the neighbor's AS 65002 (enforce-first-as)", ""},
		{"own next hop", nil, attrs(originIGP, path65002, []byte{0x40, 3, 4, 10, 0, 0, 1}), rib.NextHop, api.StageNextHop,
			"next hop 10.0.0.1 is our own address", ""},
		{"loopback next hop", nil, attrs(originIGP, path65002, []byte{0x40, 3, 4, 127, 0, 0, 1}), rib.NextHop, api.StageNextHop,
			"next hop 127.0.0.1 is a loopback address, and the session is not over loopback", ""},
		{"malformed", nil, attrs([]byte{0x40, 1, 1, 9}, path65002, hopOfPeer), rib.Malformed, api.StageMalformed,
			"ORIGIN has value 9, expected 0, 1 or 2: treated as withdrawn (RFC 7606)", ""},
		{"missing policy", six, good, rib.MissingPolicy, api.StageMissingPolicy,
			"no policy for routes from 10.0.0.2, which RFC 8212 wants (bgp ebgp-requires-policy)",
			"router bgp 65001; address-family ipv4 unicast; neighbor 10.0.0.2 allow any in"},
		{"allow rules", append(slices.Clone(six), "neighbor 10.0.0.2 allow 192.0.2.0/24 in", "neighbor 10.0.0.2 allow 10.0.0.0/8 le 24 in"), good,
			rib.Filtered, api.StagePolicy, "none of 2 allow rules covers it", ""},
		{"held back", append(slices.Clone(six), "neighbor 10.0.0.2 allow 192.0.2.0/240 in"), good,
			rib.HeldBack, api.StageConfiguration, "a configuration error holds back routes from 10.0.0.2: ", ""},
		{"route map", append(slices.Clone(six), "neighbor 10.0.0.2 route-map IN in", "exit-address-family", "exit",
			"route-map IN permit 5", "match metric 7", "exit", "route-map IN deny 10", "match ip address prefix-list NETS", "exit",
			"ip prefix-list NETS seq 5 permit 198.51.100.0/24"), good,
			rib.Filtered, api.StagePolicy, "route-map IN deny 10 (match ip address prefix-list NETS)", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := memPair()
				a := passiveA(t, m, row.config...)
				defer a.end()
				p := rawSession(t, m)
				defer p.conn.Close()
				p.announce(row.attrs...)
				a.waitReason(int(row.reason))
				x := a.why(api.ExplainParams{From: "10.0.0.2"})
				if x.Best != nil || len(x.Paths) != 1 || x.Total != 1 || x.Refused != 1 || x.Paths[0].Outcome != api.OutcomeRefused {
					t.Fatalf("explained as %+v", x)
				}
				r := x.Paths[0].Refusal
				if r.Stage != row.stage || !strings.HasPrefix(r.Text, row.text) || strings.Join(r.Lines, "; ") != row.lines {
					t.Errorf("refused at %s: %q, lines %q", r.Stage, r.Text, r.Lines)
				}
				switch row.reason {
				case rib.Malformed:
					if r.Attribute != wire.AttrOrigin.String() || len(r.Message) == 0 || r.At.IsZero() {
						t.Errorf("the message is not shown: %+v", r)
					}
				case rib.HeldBack:
					if !strings.Contains(r.Text, "startup.conf:") || !strings.Contains(r.Text, "192.0.2.0/240") {
						t.Errorf("the line is not named: %q", r.Text)
					}
				}
				if row.name == "route map" && (len(r.Steps) != 2 || r.Steps[0].Clause != "match metric 7" || r.Steps[0].Matched || !r.Steps[1].Matched) {
					t.Errorf("came by %+v", r.Steps)
				}
			})
		})
	}
}

// What a neighbor is told, or why not, with the line that would change it.
func TestExplainedSending(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "exit", "router bgp 65001", "neighbor 10.0.0.3 remote-as 65003", "neighbor 10.0.0.3 passive",
			"address-family ipv4 unicast", "network 192.0.2.0/25", "network 203.0.113.0/24", "no neighbor 10.0.0.2 allow any out",
			"neighbor 10.0.0.2 allow 192.0.2.0/25 out")
		defer a.end()
		p := rawSession(t, m)
		defer p.conn.Close()
		p.announce(attrs(originIGP, path65002, hopOfPeer)...)
		a.waitReason(0)
		asked := func(prefix, to string) *api.Sending {
			x := a.why(api.ExplainParams{Prefix: netip.MustParsePrefix(prefix), To: to})
			if x.Sending == nil {
				t.Fatalf("%s to %s: %+v", prefix, to, x)
			}
			return x.Sending
		}
		a.until("nothing is left to send", func(r *rib.RIB) bool { return !r.Counters(1, wire.IPv4Unicast).Pending })
		if s := asked("192.0.2.0/25", "10.0.0.2"); s.Outcome != api.SendingSent || s.Path.ASPath != "65001" || s.Path.NextHop != netip.MustParseAddr("10.0.0.1") ||
			s.Rule != "allow 192.0.2.0/25" || s.Group == 0 {
			t.Errorf("own network: %+v %+v", s, s.Path)
		}
		for _, row := range []struct {
			prefix, to string
			outcome    api.SendingOutcome
			stage      api.Stage
			text       string
		}{
			{"203.0.113.0/24", "10.0.0.2", api.SendingWithheld, api.StagePolicy, "none of 1 allow rules covers it"},
			{"198.51.100.0/24", "10.0.0.2", api.SendingWithheld, api.StageSplitHorizon, "the best path comes from 10.0.0.2 itself (split horizon)"},
			{"198.51.100.0/25", "10.0.0.2", api.SendingWithheld, api.StageNoBest, "there is no best path to send"},
			{"198.51.100.0/24", "10.0.0.3", api.SendingNone, api.StageSession, "the session is down: passive, waiting for the peer to connect"},
			{"2001:db8::/32", "10.0.0.2", api.SendingNone, api.StageNegotiation, "10.0.0.2 is not activated in IPv6 Unicast"},
		} {
			s := asked(row.prefix, row.to)
			if s.Outcome != row.outcome || s.Refusal == nil || s.Refusal.Stage != row.stage || s.Refusal.Text != row.text || s.Path != nil {
				t.Errorf("%s to %s: %+v %+v", row.prefix, row.to, s, s.Refusal)
			}
		}
	})
}

// The best path and its rivals: the same decision as in the table, in the operator's words.
func TestExplainedDecision(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "exit", "router bgp 65001", "address-family ipv4 unicast", "network 198.51.100.0/24")
		defer a.end()
		p := rawSession(t, m)
		defer p.conn.Close()
		p.announce(attrs(originIGP, path65002, hopOfPeer)...)
		a.until("both paths", func(r *rib.RIB) bool {
			v, _ := r.Lookup(wire.IPv4Unicast, announced)
			return len(v.Paths) == 2
		})
		x := a.why(api.ExplainParams{})
		best, lost := &x.Paths[0], &x.Paths[1]
		if !best.Local || best.Outcome != api.OutcomeBest || best.Step != "Weight" || best.Own != "32768" || best.Other != "0" || best.Versus != "10.0.0.2" {
			t.Errorf("best is %+v", best)
		}
		if lost.Neighbor != "10.0.0.2" || lost.Outcome != api.OutcomeLost || lost.Step != "Weight" || lost.Own != "0" || lost.Versus != localName || lost.Rule != "allow any" {
			t.Errorf("the other is %+v", lost)
		}
		if only := a.why(api.ExplainParams{From: localName}); len(only.Paths) != 1 || !only.Paths[0].Local || only.Total != 2 {
			t.Errorf("from local: %+v", only)
		}
		inside := a.why(api.ExplainParams{Prefix: netip.MustParsePrefix("198.51.100.128/25"), From: "10.0.0.2"})
		if len(inside.Paths) != 0 || inside.Covering != announced || inside.CoveringFrom != localName || !slices.Equal(inside.Absent, []string{"10.0.0.2 has not sent all of its routes yet"}) {
			t.Errorf("not in table: %+v", inside)
		}
		if by := a.why(api.ExplainParams{Address: netip.MustParseAddr("198.51.100.77")}); by.Prefix != announced || len(by.Paths) != 2 {
			t.Errorf("by address: %+v", by)
		}
		for _, wrong := range []api.ExplainParams{{}, {Prefix: announced, Family: api.IPv6Unicast}, {Prefix: announced, Address: announced.Addr()}} {
			if _, err := a.explain(t.Context(), nil, wrong); codeOf(err) != ipc.CodeInvalidParams {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
		if _, err := a.explain(t.Context(), nil, api.ExplainParams{Prefix: announced, To: "10.9.9.9"}); codeOf(err) != api.CodeNotFound {
			t.Errorf("to nobody: %v", err)
		}
	})
}

// The history outlives the session, and tells who ended it.
func TestHistoryOutlivesTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memPair()
		a := passiveA(t, m, "neighbor 10.0.0.2 timers idle-hold 0")
		defer a.end()
		p := rawSession(t, m)
		p.message(wire.TypeUpdate, []byte{0, 9, 0, 0})
		p.expectNotification()
		p.conn.Close()
		a.waitReason(-1)
		again := rawSession(t, m)
		defer again.conn.Close()
		a.established("10.0.0.2", 1)
		h, err := a.sessionHistory(t.Context(), nil, api.SessionHistoryParams{Neighbor: "10.0.0.2", Events: true, Messages: true})
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for _, m := range h.Messages {
			counts[m.Type]++
		}
		if counts["OPEN"] != 4 || counts["NOTIFICATION"] != 1 || counts["UPDATE"] == 0 {
			t.Errorf("messages %v", counts)
		}
		why := slices.IndexFunc(h.Events, func(e api.SessionEvent) bool { return e.Event == "connection ends" })
		if why < 0 || !strings.Contains(h.Events[why].Details, "withdrawn routes length 9 exceeds the message") {
			t.Errorf("events %+v", h.Events)
		}
		reset := a.published().session("10.0.0.2").view.Load().reset
		if reset.OffendingType != "UPDATE" || reset.OffendingText != "malformed: withdrawn routes length 9 exceeds the message" {
			t.Errorf("last reset is %+v", reset)
		}
		if one, _ := a.sessionHistory(t.Context(), nil, api.SessionHistoryParams{Neighbor: "10.0.0.2", Messages: true, Limit: 1}); len(one.Messages) != 1 || one.MessagesKept != len(h.Messages) || one.Events != nil {
			t.Errorf("limit 1 gives %+v", one)
		}
		x, err := a.updateErrors(t.Context(), nil, api.UpdateErrorsParams{Neighbor: "10.0.0.2"})
		if err != nil || x.Resets != 1 || len(x.Counts) != 1 || x.Counts[0].Action != "session reset" || len(x.Messages) != 1 || len(x.Messages[0].Bytes) != wire.HeaderLen+4 {
			t.Errorf("errors %+v, %v", x, err)
		}
	})
}
