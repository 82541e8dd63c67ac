package shell

import (
	"strings"
	"testing"
	"time"

	"bgpsh/ipc/api"
)

// restarting is a neighbor that is away while its IPv4 routes stay.
func restarting(n *api.Neighbor) {
	n.State, n.Capabilities, n.Connection = api.Active, nil, nil
	n.Restart = api.GracefulRestart{LocalMode: "Restart", LocalDefault: true, GlobalMode: "Restart", RemoteMode: "NotApplicable",
		RestartSec: 120, ReceivedSec: 600, StalePathSec: 360, DeferSec: 100, RestartMs: millis(599900)}
	n.Families[0] = api.NeighborFamily{Family: api.IPv4Unicast, Stale: 7, Kept: &api.Kept{LeftMs: millis(599900)}}
}

func text(write func(*page, *api.Neighbor), n *api.Neighbor) string {
	p := &page{}
	write(p, n)
	return p.String()
}

func TestRestartPage(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*api.Neighbor)
		want   string
	}{
		{"away", func(*api.Neighbor) {}, `    Local GR Mode: Restart*
    Remote GR Mode: NotApplicable
    R bit: False
    N bit: False
    Timers:
      Configured Restart Time(sec): 120
      Received Restart Time(sec): 600
      Restart Time Remaining(sec): 599
    IPv4 Unicast:
      Stale routes: 7
      Timers:
        Configured Stale Path Time(sec): 360
        Configured Selection Deferral Time(sec): 100
`},
		{"away for long", func(n *api.Neighbor) {
			n.Restart.RestartMs = nil
			n.Families[0].Kept = &api.Kept{LongLived: true, LongLivedMs: millis(3599000)}
		}, `    Local GR Mode: Restart*
    Remote GR Mode: NotApplicable
    R bit: False
    N bit: False
    Timers:
      Configured Restart Time(sec): 120
      Received Restart Time(sec): 600
    IPv4 Unicast:
      Stale routes: 7
      Timers:
        Configured Stale Path Time(sec): 360
        Long-lived Stale Time Remaining(sec): 3599
        Configured Selection Deferral Time(sec): 100
`},
		{"back, and we restarted too", func(n *api.Neighbor) {
			n.State, n.Restart.RestartMs, n.Restart.RemoteMode, n.Restart.RBit, n.Restart.NBit = api.Established, nil, "Restart", true, true
			n.Families[0] = api.NeighborFamily{Family: api.IPv4Unicast, Stale: 7, ForwardingBit: true, DeferralMs: millis(90000),
				Kept: &api.Kept{Back: true, LeftMs: millis(350000)}}
		}, `    Local GR Mode: Restart*
    Remote GR Mode: Restart
    R bit: True
    N bit: True
    Timers:
      Configured Restart Time(sec): 120
      Received Restart Time(sec): 600
    IPv4 Unicast:
      F bit: True
      End-of-RIB sent: No
      End-of-RIB sent after update: No
      End-of-RIB received: No
      Stale routes: 7
      Timers:
        Configured Stale Path Time(sec): 360
      Stale Path Remaining(sec): 350
        Configured Selection Deferral Time(sec): 100
        Selection Deferral Time Remaining(sec): 90
`},
	} {
		n := neighborScenario("10.0.0.2", 65002, restarting, c.change)
		if got := text(restartLines, n); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
		info := restartObject(n)
		var b strings.Builder
		if err := printJSON(&b, info); err != nil {
			t.Fatal(err)
		}
		page := text(neighborRestart, n)
		for said, in := range map[string][2]string{
			"The remaining time of restart timer is 599":   {page, "away"},
			`"restartTimerRemaining":599`:                  {b.String(), "away"},
			`"longLivedStaleTimerRemaining":3599`:          {b.String(), "away for long"},
			"The remaining time of stalepath timer is 350": {page, "back, and we restarted too"},
			`"stalePathTimerRemaining":350`:                {b.String(), "back, and we restarted too"},
			`"selectionDeferralTimerRemaining":90`:         {b.String(), "back, and we restarted too"},
		} {
			if strings.Contains(in[0], said) != (in[1] == c.name) {
				t.Errorf("%s: %q in\n%s", c.name, said, in[0])
			}
		}
	}
}

// A stale path says so, and when it leaves.
func TestStalePath(t *testing.T) {
	for _, c := range []struct {
		long        bool
		lines, json []string
	}{
		{false, []string{"  65002, (stale)\n", "      Time until Graceful Restart stale route deleted: 77\n"}, []string{`"stale":true,`, `"gracefulRestartSecondsRemaining":77`}},
		{true, []string{"  65002, (stale), (long-lived)\n", "      Time until Long-lived stale route deleted: 77\n"},
			[]string{`"stale":true,`, `"longLived":true`, `"llgrSecondsRemaining":77`}},
	} {
		path := api.Path{Stale: true, LongLived: c.long, StaleMs: millis(77 * time.Second.Milliseconds()), ASPath: "65002", Valid: true, NextHop: addr("10.0.0.2"), Peer: addr("10.0.0.2")}
		route := api.Route{Paths: []api.Path{path}}
		p, b := &page{}, &strings.Builder{}
		printPath(p, &route, &path, api.ASPlain)
		if err := printJSON(b, detailPath(&route, &path)); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.lines {
			if !strings.Contains(p.String(), want) {
				t.Errorf("%q is not in\n%s", want, p)
			}
		}
		for _, want := range c.json {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s is not in\n%s", want, b)
			}
		}
	}
}

// The summary says that announcements wait, and for whom.
func TestDeferralInSummary(t *testing.T) {
	var b strings.Builder
	printDeferral(&b, &api.Deferral{LeftMs: 118500, Waiting: []string{"10.0.0.2", "10.0.0.3"}})
	printDeferral(&b, nil)
	if want := "Announcements wait after a restart, 118 seconds more at most, for the routes of: 10.0.0.2, 10.0.0.3\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
	o := &object{}
	setDeferral(o, &api.Deferral{LeftMs: 118500, Waiting: []string{"10.0.0.2"}})
	b.Reset()
	if err := printJSON(&b, o); err != nil {
		t.Fatal(err)
	}
	if flat := strings.Join(strings.Fields(b.String()), ""); flat != `{"selectionDeferral":{"remaining":118,"waitingFor":["10.0.0.2"]}}` {
		t.Error(flat)
	}
}
