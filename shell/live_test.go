package shell

import (
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

var eventTime = time.Date(2026, 11, 22, 10, 11, 12, 0, time.UTC)

func events(list ...api.Event) func(uint64) any {
	for i := range list {
		list[i].At = eventTime
	}
	return func(number uint64) any { return api.EventNews{Subscription: number, Events: list} }
}

func TestTerminalMonitor(t *testing.T) {
	d := newFake(t)
	set(d, &d.hello, api.Hello{Hostname: "r1", PID: 11})
	s := d.openScreen(50)
	s.wait("r1# ")
	s.typed("terminal monitor\r")
	s.wait("r1# ")
	s.typed("show ver")
	s.wait("show ver")
	d.news <- events(
		api.Event{Number: 7, Kind: api.EventSession, Neighbor: "10.0.12.2", State: api.Active, Was: api.Established, Reason: "hold timer expired"},
		api.Event{Number: 8, Kind: api.EventConfig, User: "root", Version: 3})
	s.wait("10:11:12.000 session 10.0.12.2 Active (was Established): hold timer expired\n10:11:12.000 config  changed by root, version 3\n")
	s.wait("r1# show ver") // what was being typed goes on
	s.typed("sion\r")
	s.wait("bgpd 1.0")
	s.wait("r1# ")

	// what comes while a command runs waits for its end
	s.typed("wait bgp converged\r")
	<-d.waits
	d.news <- events(api.Event{Number: 9, Kind: api.EventConfig, User: "eve", Version: 4})
	s.typed("\x03")
	s.wait("% interrupted\n")
	s.wait("changed by eve, version 4\n")
	s.wait("r1# ")

	// a daemon that restarts is asked for what came behind the last event
	path := d.server.Path()
	d.server.Close()
	s.wait("has closed the connection")
	again, err := ipc.NewServer(ipc.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d.server = again
	set(d, &d.hello, api.Hello{Hostname: "r1", PID: 11})
	set(d, &d.lost, 5)
	d.handle()
	go again.Serve()
	s.wait("% connected again: the same bgpd\n")
	s.wait("% terminal monitor goes on; 5 events were missed\n")
	d.news <- events(api.Event{Number: 20, Kind: api.EventRoute, Prefix: pfx("198.51.100.0/24"), Neighbor: "10.0.13.3", NextHop: addr("10.0.13.3"), ASPath: "65002", From: "10.0.12.2"})
	s.wait("10:11:12.000 route   198.51.100.0/24 from 10.0.13.3 next hop 10.0.13.3 path 65002 (was from 10.0.12.2)\n")
	s.wait("r1# ")
	s.typed("terminal no monitor\r")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
	all := strings.Join(d.asked(), "\n")
	for _, want := range []string{`watch [session config] "" invalid Prefix after now`, `watch [session config] "" invalid Prefix after 9`, "watch stop"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
}

func TestMonitorOfAScript(t *testing.T) {
	d := newFake(t)
	done := make(chan outcome)
	go func() {
		done <- d.commands("terminal monitor neighbor 10.0.12.2 prefix 10.0.0.0/8")
	}()
	d.news <- events(api.Event{Number: 1, Kind: api.EventRoute, Prefix: pfx("10.1.0.0/16"), Gone: true, From: "10.0.12.2"})
	d.news <- func(number uint64) any { return api.EventNews{Subscription: number, Lost: 3} }
	d.news <- events(api.Event{Number: 9, Kind: api.EventSession, Neighbor: "10.0.12.2", State: api.Established, Was: api.OpenConfirm})
	d.server.Close() // ends the script too
	got := <-done
	if all := strings.Join(d.asked(), "\n"); !strings.Contains(all, `watch [session config route] "10.0.12.2" 10.0.0.0/8`) {
		t.Errorf("asked %s", all)
	}
	want := "10:11:12.000 route   10.1.0.0/16 has no best path any more, was from 10.0.12.2\n" +
		"% 3 events were missed: they came faster than they could be shown\n" +
		"10:11:12.000 session 10.0.12.2 Established (was OpenConfirm)\n"
	if got.status != statusUnreachable || !strings.HasPrefix(want, got.out) {
		t.Errorf("%+v, want %s", got, want)
	}
}

func TestTerminalWatch(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(20)
	s.wait("r1# ")
	s.typed("watch clear bgp *\r")
	s.wait("% Only show commands can be watched, not: clear bgp *\n")
	s.typed("watch every 2 show bgp summary terse | include Established|65002\r")
	s.wait("(on change, at most every 2 seconds; q leaves)")
	s.wait("10.0.13.3")
	d.news <- func(number uint64) any { return api.ChangeNews{Subscription: number} }
	s.wait("(on change, at most every 2 seconds; q leaves)") // drawn anew
	s.typed("q")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
	if all := strings.Join(d.asked(), "\n"); !strings.Contains(all, "watch changes every 2000") || !strings.Contains(all, "watch stop") {
		t.Errorf("asked %s", all)
	}
}

func TestMarkChanges(t *testing.T) {
	before := []string{"Neighbor  Up/Down   Pfx", "10.0.0.1  00:00:59    7", "10.0.0.2  never       0", "Total 2"}
	now := []string{"Neighbor  Up/Down   Pfx", "10.0.0.1  00:01:00    8", "10.0.0.2  never       0", "10.0.0.3  never       0", "Total 3"}
	m := func(text string) string { return marked + text + colourOff }
	want := []string{now[0], "10.0.0.1  00:01:00    " + m("8"), now[2], m("10.0.0.3") + "  " + m("never") + "       " + m("0"), "Total " + m("3")}
	got := markChanges(before, now)
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
	if got := markChanges(nil, now); strings.Contains(strings.Join(got, ""), marked) {
		t.Error("the first output has marks")
	}
}

func sampleNews(number uint64, seconds int, in uint64) api.SampleNews {
	up := int64(266_400_000)
	return api.SampleNews{
		Subscription: number, At: eventTime.Add(time.Duration(seconds) * time.Second), Hostname: "r1", Version: "1.2", UptimeMs: 266_400_000 + int64(seconds)*1000,
		RouterID: netip.MustParseAddr("10.0.0.1"), AS: 65001, MemoryBytes: 100 << 20, CPUMs: int64(seconds) * 250,
		Loop:   api.LoopSample{Turns: uint64(seconds) * 100, BusyUs: int64(seconds) * 50_000, LongestUs: 2100},
		Tables: []api.TableSample{{Family: api.IPv4Unicast, Destinations: 10, Paths: 20, Version: in}},
		Neighbors: []api.SampleOfPeer{
			{Name: "10.0.12.2", RemoteAS: 65002, State: api.Established, SinceMs: &up, Received: 7, Sent: 3, MessagesIn: in, Description: "transit"},
			{Name: "10.0.13.3", RemoteAS: 65003, State: api.Active, Received: 9, Down: "connection refused"},
		},
	}
}

func TestTerminalTop(t *testing.T) {
	d := newFake(t)
	s := d.openScreen(20)
	s.wait("r1# ")
	s.typed("top\r")
	d.news <- func(number uint64) any { return sampleNews(number, 0, 100) }
	s.wait("r1, AS 65001, router ID 10.0.0.1, bgpd 1.2 up for 3d02h, 10:11:12\n")
	s.wait("Neighbors 2, 1 established; memory 100 MiB\nLongest turn of the loop 2.1 ms\n")
	d.news <- func(number uint64) any { return sampleNews(number, 2, 300) }
	s.wait("Neighbors 2, 1 established; memory 100 MiB\nCPU 25.0%; loop 5.0% busy, 100 turns/s of 500 us, longest 2.1 ms\n")
	s.wait("IPv4 Unicast: 10 prefixes, 20 paths, 100 changes/s\n")
	s.wait("> 10.0.12.2      65002 Established   3d02h00m        7        3    100      0    0    0  transit\n")
	s.wait("  10.0.13.3      65003 Active           never        9        0      0      0    0    0  connection ")
	// sorted by what was received, the second comes first; Enter opens it
	s.typed("r")
	s.wait("Description")
	s.wait("  10.0.13.3 ")
	s.typed("k")
	s.wait("> 10.0.13.3 ")
	s.typed("\r")
	s.wait("BGP neighbor is 10.0.13.3, remote AS 65002")
	s.typed("x")
	s.wait("Neighbors 2, 1 established")
	s.typed("qshow version\r") // typed ahead of the prompt it is meant for
	s.wait("bgpd 1.0")
	s.wait("r1# ")
	s.typed("\x04")
	s.ended()
}

// A fault of the shell gives the terminal back too.
func TestTerminalIsRestoredAfterAPanic(t *testing.T) {
	t.Setenv("SHELL_TEST_PANIC", "1")
	d := newFake(t)
	s := d.openScreen(20)
	s.wait("r1# ")
	s.typed("show version\r")
	s.wait("a fault of the test")
	if status := s.ended(); status != 2 {
		t.Errorf("status %d", status)
	}
}

// $PAGER gets what is longer than a page.
func TestTerminalWhereTheUserHasAPager(t *testing.T) {
	page := t.TempDir() + "/page"
	if err := os.WriteFile(page, []byte("#!/bin/sh\nhead -n 2 | sed 's/^/paged: /'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PAGER", page)
	d := newFake(t)
	s := d.openScreen(8)
	s.wait("r1# ")
	s.typed("show bgp ipv4 unicast\r")
	s.wait("paged: BGP table version is 14")
	s.wait("r1# ")
	s.typed("show version\r") // no more than a page
	if got := s.wait("bgpd 1.0"); strings.Contains(got, "paged") {
		t.Errorf("short output goes through the pager: %q", got)
	}
	s.wait("r1# ")
	s.typed("show bgp ipv4 unicast | no-more\r")
	if got := s.wait("Displayed  6 routes"); strings.Contains(got, "paged") {
		t.Errorf("paged: %q", got)
	}
	s.wait("r1# ")
	syscall.Kill(s.pid, syscall.SIGTERM)
	s.ended()
}
