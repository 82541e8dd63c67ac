package shell

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

func TestExitStatuses(t *testing.T) {
	d := newFake(t)
	for _, c := range []struct {
		line   string
		status int
		out    string // begins with
		err    string // holds
	}{
		{"show version", 0, "bgpd 1.0", ""},
		{"show bgp summary", 0, "\nIPv4 Unicast Summary (VRF default):", ""},
		{"show bgp sumary", 1, "", "% Unknown command: show bgp sumary\n"},
		{"show bgp", 0, "\nFor address family: IPv4 Unicast\nBGP table version is 14", ""},
		{"show bgp neighbors 10.0.12.222", 1, "", "% No such neighbor in this view/vrf: 10.0.12.222\n"},
		{"show bgp neighbors 10.0.12.222 json", 1, "{\n  \"bgpNoSuchNeighbor\":true\n}\n", "% No such neighbor"},
		{"show bgp ipv4 unicast 9.9.9.0/24", 1, "", "% Network not in table: 9.9.9.0/24\n"},
		{"show bgp ipv4 unicast 9.9.9.0/24 json", 1, "{\n}\n", "% Network not in table"},
		{"show bgp 198.51.100.7", 0, "BGP routing table entry for 198.51.100.0/24", ""},
		{"show bgp ipv6 unicast 9.9.9.0/24", 1, "", "% Cannot specify IPv4 address or prefix with IPv6 AFI"},
		{"show bgp vrf RED summary", 1, "", "% BGP instance not found: RED\n"},
		{"show bgp vrf RED summary json", 1, "{\n}\n", "% BGP instance not found"},
		{"show bgp vrf all ipv4 unicast summary json", 0, "{\n  \"default\":{\n    \"routerId\"", ""},
		{"show bgp l2vpn evpn summary json", 0, "{\n  \"default\":{\n  }\n}\n", ""},
		{"show bgp ipv6 unicast neighbors 10.0.13.3 routes", 1, "", "% No such neighbor or address family"},
		{"clear bgp 10.0.12.222", 1, "", `% BGP: Unknown neighbor - "10.0.12.222"`},
		{"clear bgp 10.0.13.3", 0, "10.0.13.3: reset (was Established 3d02h, 2 routes)\n", ""},
		{"clear bgp 10.0.13.3 json", 0, "{\n  \"cleared\":{\n    \"10.0.13.3\":{\n      \"effect\":\"reset\",", ""},
		{"show running-config json", 0, "{\n  \"version\":0,\n  \"unsaved\":false,\n  \"lines\":[\n    \"!\",", ""},
		{"show running-config no-header", 0, "!\nhostname r1\n", ""},
		{"show bgp ipv4 summary json", 0, "{\n  \"ipv4Unicast\":{\n    \"routerId\"", ""},
		{"show bgp json native", 0, "{\n\"schemaVersion\": 1,\n\"ipv4Unicast\":{\n  \"schemaVersion\": 1,", ""},
		{"show bgp dampening parameters json", 1, "{\n}\n", "% Not supported yet: show bgp dampening parameters json"},
		{"show bgp summary terse", 0, "\nIPv4 Unicast Summary (VRF default):\nBGP router identifier 10.0.0.1, local AS number 65000 vrf-id 0\n\nNeighbor", ""},
		{"show bgp summary wide | include LocalAS", 0, "Neighbor        V         AS    LocalAS   MsgRcvd", ""},
		{"write memory", 0, "Configuration saved to /etc/bgpsh/startup.conf, the old one is /etc/bgpsh/startup.conf.1\n", ""},
		{"show running-config", 0, "Building configuration...\n\nCurrent configuration:\n!\nhostname r1\n!\nend\n", ""},
		{"router bgp 65001", 1, "", "% Unknown command: router bgp 65001"},
		{"debug bgp zebra", 1, "", "% Not supported yet: debug bgp zebra"},
		{"show version | exclude x | count", 0, "Count: ", ""},
		{"show version | frobnicate x", 1, "", "% Unknown action 'frobnicate'"},
		{"show version | include [", 1, "", "% Not a regular expression: ["},
	} {
		got := d.commands(c.line)
		if got.status != c.status || !strings.HasPrefix(got.out, c.out) || c.out == "" && got.out != "" ||
			!strings.Contains(got.err, c.err) || c.err == "" && got.err != "" {
			t.Errorf("%s: status %d\nout %.300s\nerr %s", c.line, got.status, got.out, got.err)
		}
	}
}

func TestWithoutBGPListingsAreEmpty(t *testing.T) {
	d := newFake(t)
	set(d, &d.noBGP, true)
	const begin = "  begin with: configure terminal, router bgp ASN\n"
	for line, want := range map[string]outcome{
		"show bgp summary":                   {0, "% BGP instance not found\n", begin},
		"show bgp summary json":              {0, "{\n}\n", ""},
		"show bgp json":                      {0, "{\n}\n", ""},
		"show bgp neighbors":                 {0, "% BGP instance not found\n", begin},
		"show bgp neighbors 10.0.0.2":        {1, "", "% BGP instance not found\n  router bgp ASN\n"},
		"show bgp neighbors 10.0.0.2 routes": {1, "", "% BGP instance not found\n  router bgp ASN\n"},
	} {
		if got := d.commands(line); got != want {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

func TestNoDaemonIsStatus3(t *testing.T) {
	d := newFake(t)
	got := d.run(Options{Socket: d.server.Path() + ".none", Words: []string{"show", "version", "json"}})
	if got.status != 3 || got.out != "{\n}\n" || !strings.Contains(got.err, d.server.Path()+".none: no such file or directory; start bgpd") {
		t.Errorf("%+v", got)
	}
}

func TestNoAnswerIsStatus3(t *testing.T) {
	d := newFake(t)
	hold := make(chan struct{})
	set(d, &d.apply, func(api.ApplyParams) (api.ApplyResult, error) { <-hold; return api.ApplyResult{}, nil })
	got := d.run(Options{Timeout: 300 * time.Millisecond, Commands: []string{"configure terminal", "hostname x"}})
	close(hold)
	if got.status != 3 || !strings.Contains(got.err, "no answer within 300ms") {
		t.Errorf("%+v", got)
	}
}

func TestWordsAreOneCommand(t *testing.T) {
	got := newFake(t).run(Options{Words: strings.Fields("show bgp ipv4 unicast summary")})
	if got.status != 0 || !strings.HasPrefix(got.out, "BGP router identifier 10.0.0.1") {
		t.Errorf("%+v", got)
	}
}

func TestConfigurationIsOneTransaction(t *testing.T) {
	d := newFake(t)
	got := d.commands("conf t", "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002", "address-family ipv4 unicast", "network 10.0.0.0/8",
		"exit", "neighbor 10.0.0.2 description a | include b", "end", "show version")
	want := []string{`apply [] | 0 router bgp 65001 | 0 neighbor 10.0.0.2 remote-as 65002 | 0 address-family ipv4 unicast | 0 network 10.0.0.0/8 | 0 exit` +
		` | 0 neighbor 10.0.0.2 description a | include b`, "version"}
	if got.status != 0 || !slices.Equal(d.asked(), want) {
		t.Errorf("%+v\nasked %q\nwant  %q", got, d.asked(), want)
	}
}

func TestABadLineAnywhereRunsNothing(t *testing.T) {
	d := newFake(t)
	got := d.run(Options{Files: []string{d.file("show version\nrouter bgp 65001\n neighbor 10.0.0.2 remote-as\n neighbor 10.0.0.2 tymers 1 3\n!\nend\nsh vrsion\n")}})
	var heads []string
	for _, line := range strings.Split(got.err, "\n") {
		if strings.HasPrefix(line, "line ") {
			heads = append(heads, line)
		}
	}
	want := []string{"line 3: % Command incomplete: neighbor 10.0.0.2 remote-as", "line 4: % Unknown command: neighbor 10.0.0.2 tymers 1 3", "line 7: % Unknown command: sh vrsion"}
	if got.status != 1 || got.out != "" || !slices.Equal(heads, want) || len(d.asked()) != 0 {
		t.Errorf("%+v\n%q\nasked %q", got, heads, d.asked())
	}
}

func TestShowInsideSeesTheStateBefore(t *testing.T) {
	d := newFake(t)
	got := d.run(Options{}, "configure terminal\nrouter bgp 65001\ndo show running-config\nshow version\nneighbor 10.0.0.2 remote-as 1\nend\nshow running-config\n")
	want := []string{"running", "version", `apply [] | 2 router bgp 65001 | 5 neighbor 10.0.0.2 remote-as 1`, "running"}
	if got.status != 0 || !slices.Equal(d.asked(), want) {
		t.Errorf("%+v\nasked %q", got, d.asked())
	}
}

func TestFRRConfigurationLoadsAsItIs(t *testing.T) {
	d := newFake(t)
	set(d, &d.apply, func(p api.ApplyParams) (api.ApplyResult, error) {
		return api.ApplyResult{Applied: true, Lines: []api.LineResult{{Line: 4, Input: "frr version 8.4.4", Severity: api.SevWarning, Text: "not for bgpd, skipped"}}}, nil
	})
	got := d.run(Options{}, runningHead+"frr version 8.4.4\nhostname r1\n!\ninterface eth0\n ip address 10.0.0.1/8\nexit\n!\nrouter bgp 65001\n bmp targets X\n  bmp mirror\n exit\n neighbor 10.0.0.2 remote-as 1\nexit\nend\n")
	if got.status != 0 || got.err != "line 4: warning: not for bgpd, skipped\n" || len(d.asked()) != 1 || !strings.Contains(d.asked()[0], "| 15  neighbor 10.0.0.2 remote-as 1") {
		t.Errorf("%+v\nasked %q", got, d.asked())
	}
}

func TestFirstFailingCommandEndsTheRun(t *testing.T) {
	d := newFake(t)
	set(d, &d.apply, func(p api.ApplyParams) (api.ApplyResult, error) {
		if len(p.Lines) > 1 {
			return api.ApplyResult{Lines: []api.LineResult{{Line: p.Lines[1].Number, Input: p.Lines[1].Text, Severity: api.SevError, Text: "Specify remote-as or peer-group commands first"}}}, nil
		}
		return api.ApplyResult{Applied: true}, nil
	})
	got := d.commands("conf t", "hostname a", "end", "conf t", "router bgp 1", "neighbor 10.0.0.2 description x", "end", "show version")
	if got.status != 1 || len(d.asked()) != 2 || got.err != "% Specify remote-as or peer-group commands first\n  in: neighbor 10.0.0.2 description x\n" {
		t.Errorf("%+v\nasked %q", got, d.asked())
	}
	got = d.run(Options{}, "hostname a\nend\nrouter bgp 1\nneighbor 10.0.0.2 description x\n")
	if got.status != 1 || got.err != "line 4: % Specify remote-as or peer-group commands first\n" {
		t.Errorf("%+v", got)
	}
}

func TestAnswersNameWhatChanged(t *testing.T) {
	d := newFake(t)
	set(d, &d.apply, func(api.ApplyParams) (api.ApplyResult, error) {
		return api.ApplyResult{Applied: true,
			Lines: []api.LineResult{{Line: 1, Severity: api.SevNotice, Text: "10.11.0.1/16 taken as 10.11.0.0/16"}, {Line: 2, Severity: api.SevNotice, Text: "no policy", Remedy: []string{"neighbor X allow any in"}}},
			Changes: []api.ChangeResult{{Object: "10.0.13.3", Neighbor: true, Effect: api.EffectReset, State: "Active"}, {Object: "10.0.13.4", Effect: api.EffectRefresh},
				{Object: "10.0.13.5", Effect: api.EffectLive, What: "description"}}}, nil
	})
	const answers = "10.11.0.1/16 taken as 10.11.0.0/16\nno policy\n  neighbor X allow any in\n10.0.13.3: reset (was Active)\n10.0.13.4: refreshed\n"
	if got := d.commands("conf t", "hostname a", "hostname b"); got.out != answers || got.err != "" {
		t.Errorf("%+v", got)
	}
	got := d.commands("conf t", "hostname a", "end", "show bgp summary json")
	if document(t, "json beside answers", got.out); got.err != answers {
		t.Errorf("%+v", got)
	}
}

func TestLongConfigurationGoesInParts(t *testing.T) {
	d := newFake(t)
	asked := make(chan []api.Line, 1)
	set(d, &d.apply, func(p api.ApplyParams) (api.ApplyResult, error) {
		asked <- p.Lines
		return api.ApplyResult{Applied: true}, nil
	})
	var text strings.Builder
	text.WriteString("router bgp 65001\naddress-family ipv4 unicast\n")
	for i := range 40000 {
		fmt.Fprintf(&text, " network 10.%d.%d.0/24\n", i/250, i%250)
	}
	got := d.run(Options{Files: []string{d.file(text.String())}})
	applied := <-asked
	if got.status != 0 || len(applied) != 40002 || applied[40001].Number != 40002 || len(d.asked()) < 2 {
		t.Errorf("status %d, %s, %d lines in %d parts", got.status, got.err, len(applied), len(d.asked()))
	}
}

func TestOpenInputRunsLineByLine(t *testing.T) {
	d := newFake(t)
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	answer, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan int)
	go func() { done <- Main(Options{Socket: d.server.Path(), In: in, Out: out, Err: out}) }()
	heard := bufio.NewScanner(answer)
	hear := func(want string) {
		for heard.Scan() {
			if strings.HasPrefix(heard.Text(), want) {
				return
			}
		}
		t.Fatalf("heard no line that begins with %q, %v", want, heard.Err())
	}
	feed.WriteString("show version\n")
	hear("bgpd 1.0") // before the input ends
	feed.WriteString("show bgp neighbors 10.9.9.9\n")
	hear("line 2: % No such neighbor")
	feed.Close()
	if status := <-done; status != 1 {
		t.Errorf("status %d", status)
	}
	out.Close()
}

func TestListingsGoOnOverPages(t *testing.T) {
	d := newFake(t)
	set(d, &d.routes, func(p api.RoutesParams) (api.RoutesPage, error) {
		page := *tableScenario()
		n := 0
		fmt.Sscan(p.After, &n)
		page.Routes = page.Routes[n : n+2]
		if n < 4 {
			page.Next = fmt.Sprint(n + 2)
		}
		return page, nil
	})
	got := d.commands("show bgp ipv4 unicast")
	same(t, "pages", golden(t, "table-v4.txt"), got.out)
	doc := document(t, "pages", d.commands("show bgp ipv4 unicast json").out).(map[string]any)
	if len(doc["routes"].(map[string]any)) != 6 {
		t.Errorf("%v", doc)
	}
}

func TestAListingThatBreaksOffIsStillOneDocument(t *testing.T) {
	d := newFake(t)
	set(d, &d.routes, func(p api.RoutesParams) (api.RoutesPage, error) {
		if p.After != "" || p.Family == api.IPv6Unicast {
			return api.RoutesPage{}, &ipc.Error{Code: api.CodeStopping, Message: "bgpd is stopping"}
		}
		page := *tableScenario()
		page.Next = "more"
		return page, nil
	})
	for _, line := range []string{"show bgp ipv4 unicast json", "show bgp json", "show bgp json native", "show bgp ipv6 unicast json"} {
		got := d.commands(line)
		document(t, line, got.out)
		if got.status != 1 || !strings.Contains(got.err, "% bgpd is stopping") {
			t.Errorf("%s: %+v", line, got)
		}
	}
}

// brokenWriter is a reader that has gone.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Err: syscall.EPIPE}
}

func TestClosedPipeIsNoError(t *testing.T) {
	d := newFake(t)
	var errs strings.Builder
	if status := Main(Options{Socket: d.server.Path(), Commands: []string{"show bgp"}, Out: brokenWriter{}, Err: &errs}); status != 0 || errs.String() != "" {
		t.Errorf("status %d, %s", status, errs.String())
	}
}

func TestPipes(t *testing.T) {
	d := newFake(t)
	set(d, &d.lines, []string{"!", "router bgp 1", " neighbor a", "  deep", " neighbor b", "exit", "end"})
	for pipe, want := range map[string]string{
		"include neighbor":               " neighbor a\n neighbor b\n",
		"exclude ^ |^$|!|ing|Curr":       "router bgp 1\nexit\nend\n",
		"begin neighbor b":               " neighbor b\nexit\nend\n",
		"section neighbor a":             " neighbor a\n  deep\n",
		"section router | include deep":  "  deep\n",
		"section router | count":         "Count: 4 lines\n",
		"begin router | include a$|deep": " neighbor a\n  deep\n",
	} {
		if got := d.commands("show running-config | " + pipe); got.out != want {
			t.Errorf("%s: %q", pipe, got.out)
		}
	}
	document(t, "| json", d.commands("show bgp summary | json").out)
}

func TestErrorsOfTheDaemonKeepTheirRemedy(t *testing.T) {
	d := newFake(t)
	set(d, &d.apply, func(api.ApplyParams) (api.ApplyResult, error) {
		return api.ApplyResult{}, &ipc.Error{Code: api.CodeConflict, Message: "changed by ann", Data: api.ErrorData{Remedy: "look first"}}
	})
	if got := d.commands("conf t", "hostname a"); got.status != 1 || got.err != "% changed by ann\n  look first\n" {
		t.Errorf("%+v", got)
	}
}

func TestAModeThatIsGoneLeadsBackToConfiguration(t *testing.T) {
	d := newFake(t)
	set(d, &d.apply, func(api.ApplyParams) (api.ApplyResult, error) {
		return api.ApplyResult{}, &ipc.Error{Code: api.CodeGone, Message: "gone"}
	})
	s := &Shell{sockets: []string{d.server.Path()}, timeout: time.Second * 10, place: place{mode: grammar.Router, context: []string{"router bgp 65001"}}}
	defer s.disconnect()
	err := s.run(t.Context(), "neighbor 10.0.0.2 remote-as 1")
	if err == nil || !strings.HasPrefix(err.Error(), "router bgp 65001 has been removed by someone else") || s.place.mode != grammar.Config || len(s.place.context) != 0 {
		t.Errorf("%v, at %+v", err, s.place)
	}
}

func TestPlaces(t *testing.T) {
	at := place{mode: grammar.Exec}
	for _, c := range []struct {
		line    string
		mode    grammar.Mode
		context string
	}{
		{"configure terminal", grammar.Config, ""},
		{"router bgp 1", grammar.Router, "router bgp 1"},
		{" address-family ipv4 unicast", grammar.AF4, "router bgp 1, address-family ipv4 unicast"},
		{"  network 10.0.0.0/8", grammar.AF4, "router bgp 1, address-family ipv4 unicast"},
		{"address-family ipv6", grammar.AF6, "router bgp 1, address-family ipv6"},
		{"do show version", grammar.AF6, "router bgp 1, address-family ipv6"},
		{"neighbor 10.0.0.2 remote-as 1", grammar.Router, "router bgp 1"}, // a parent's statement
		{"address-family ipv4", grammar.AF4, "router bgp 1, address-family ipv4"},
		{"exit-address-family", grammar.Router, "router bgp 1"},
		{"hostname x", grammar.Config, ""},
		{"router bgp", grammar.Router, "router bgp"},
		{"end", grammar.Exec, ""},
		{"exit", "", ""},
	} {
		command, err := grammar.Match(at.mode, c.line)
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		at = at.after(command, c.line)
		if at.mode != c.mode || strings.Join(at.context, ", ") != c.context {
			t.Errorf("behind %q: %+v", c.line, at)
		}
	}
}
