package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// bench is a daemon that knows candidates alone. It answers one client at a time.
type bench struct {
	t      *testing.T
	server *ipc.Server

	mu     sync.Mutex
	calls  []string
	left   int // lines that differ, as candidate.show tells
	commit api.CommitResult
}

func newBench(t *testing.T) *bench {
	t.Helper()
	s, err := ipc.NewServer(ipc.Config{Path: filepath.Join(t.TempDir(), "s")})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, server: s, commit: api.CommitResult{Applied: true, Changed: true, Number: 7, Saved: "/etc/bgpsh/startup.conf"}}
	note := func(format string, args ...any) { b.calls = append(b.calls, fmt.Sprintf(format, args...)) }
	serveBench(b, api.ConfigEdit, func(p api.EditParams) (api.EditResult, error) {
		note("edit %v %s", p.Candidate, p.Source)
		return api.EditResult{Others: []api.Editor{{User: "bob", From: "pts/2", Candidate: true}}}, nil
	})
	serveBench(b, api.CandidateApply, func(p api.ApplyParams) (api.ApplyResult, error) {
		note("apply %q%s", p.Context, texts(p.Lines))
		b.left += len(p.Lines)
		if slices.ContainsFunc(p.Lines, func(l api.Line) bool { return strings.Contains(l.Text, "lost") }) {
			return api.ApplyResult{}, &ipc.Error{Code: api.CodeNoCandidate, Message: "no candidate is open"}
		}
		return api.ApplyResult{Applied: true}, nil
	})
	serveBench(b, api.CandidateShow, func(_ api.None) (api.Candidate, error) {
		note("show")
		return api.Candidate{Diff: make([]api.DiffLine, b.left), Lines: []string{"!", "end"}}, nil
	})
	serveBench(b, api.CandidateCommit, func(p api.CandidateCommitParams) (api.CommitResult, error) {
		note("commit check=%v minutes=%d %q", p.Check, p.Minutes, p.Comment)
		if b.commit.Applied {
			b.left = 0
		}
		return b.commit, nil
	})
	serveBench(b, api.ConfigApply, func(p api.ApplyParams) (api.ApplyResult, error) {
		note("live %q%s", p.Context, texts(p.Lines))
		return api.ApplyResult{Applied: true}, nil
	})
	serveBench(b, api.ConfigReplace, func(p api.ReplaceParams) (api.CommitResult, error) {
		note("replace %s from %s check=%v%s", p.Name, p.Source, p.Check, texts(p.Lines))
		return b.commit, nil
	})
	go s.Serve()
	t.Cleanup(func() { s.Close() })
	return b
}

// serveBench registers a call, which has the bench to itself.
func serveBench[P, R any](b *bench, name string, f func(P) (R, error)) {
	ipc.Handle(b.server, name, ipc.Change, func(_ context.Context, _ *ipc.Caller, p P) (R, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		return f(p)
	})
}

// asked are the calls of the last run.
func (b *bench) asked() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.calls
}

// answers sets what a commit or a replacement gives.
func (b *bench) answers(r api.CommitResult) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.commit = r
}

// run runs commands and gives the status and what came out.
func (b *bench) run(commands ...string) (status int, out, errs string) {
	b.t.Helper()
	b.mu.Lock()
	b.calls, b.left = nil, 0
	b.mu.Unlock()
	in, err := os.Open(os.DevNull)
	if err != nil {
		b.t.Fatal(err)
	}
	defer in.Close()
	var o, e bytes.Buffer
	status = Main(Options{Socket: b.server.Path(), Commands: commands, In: in, Out: &o, Err: &e, Getenv: func(name string) string {
		if name == "SSH_CONNECTION" {
			return "192.0.2.200 50123 192.0.2.1 22"
		}
		return ""
	}})
	return status, o.String(), e.String()
}

func TestLinesGoIntoTheCandidateWhereTheyStand(t *testing.T) {
	b := newBench(t)
	status, out, errs := b.run("configure", "hostname a", "router bgp 1", "neighbor 10.0.0.2 remote-as 2", "do show configuration candidate",
		"neighbor 10.0.0.2 passive", "address-family ipv6", "network 2001:db8::/32", "exit", "bgp router-id 1.1.1.1", "commit confirmed 5 comment why not", "end")
	want := []string{
		"edit true bgpsh -c, ssh 192.0.2.200",
		`apply [] | 0 hostname a | 0 router bgp 1 | 0 neighbor 10.0.0.2 remote-as 2`,
		"show",
		`apply ["router bgp 1"] | 0 neighbor 10.0.0.2 passive | 0 address-family ipv6 | 0 network 2001:db8::/32 | 0 exit | 0 bgp router-id 1.1.1.1`,
		`commit check=false minutes=5 "why not"`,
		"show",
	}
	if status != statusDone || !slices.Equal(b.asked(), want) {
		t.Errorf("status %d\n%s\ncalls\n%s", status, errs, strings.Join(b.asked(), "\n"))
	}
	if out != "!\nend\nCommitted as change 7, saved to /etc/bgpsh/startup.conf\n" || !strings.Contains(errs, "note: bob (pts/2) edits too and has a candidate of its own") {
		t.Errorf("out %q, errs %q", out, errs)
	}
}

func TestAnUncommittedCandidateFailsTheScript(t *testing.T) {
	b := newBench(t)
	if status, _, errs := b.run("configure", "hostname a", "router bgp 1"); status != statusFailed || !strings.Contains(errs, "% The candidate was left uncommitted: 2 changed lines are not applied\n") {
		t.Errorf("status %d, %q", status, errs)
	}
	if status, _, errs := b.run("configure", "commit check"); status != statusDone {
		t.Errorf("nothing changed: status %d, %q", status, errs)
	}
	if status, _, _ := b.run("configure terminal", "hostname a"); status != statusDone || b.asked()[0] != `live [] | 0 hostname a` {
		t.Errorf("without a candidate: status %d, %q", status, b.asked())
	}
}

func TestARefusedCommitSaysWhoWhenAndWhat(t *testing.T) {
	b := newBench(t)
	b.answers(api.CommitResult{Changed: true, Conflicts: []api.Conflict{{
		Object: "neighbor 10.0.0.2", Number: 4, User: "bob", From: "pts/2", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local),
		Theirs: []api.DiffLine{{Sign: "-", Depth: 1, Text: "neighbor 10.0.0.2 passive"}},
	}}})
	status, out, errs := b.run("configure", "hostname a", "commit")
	for _, line := range []string{
		"% Not committed: others have changed the same since: neighbor 10.0.0.2",
		"  neighbor 10.0.0.2: changed by bob (pts/2) at 2026-01-02 03:04:05, change 4",
		"    - neighbor 10.0.0.2 passive",
	} {
		if !strings.Contains(errs, line+"\n") {
			t.Errorf("%q is not in\n%s", line, errs)
		}
	}
	if status != statusFailed || out != "" {
		t.Errorf("status %d, out %q", status, out)
	}
	status, out, _ = b.run("configure", "hostname a", "commit json")
	if status != statusFailed || !strings.Contains(out, `"conflicts":[`) || !strings.Contains(out, `"applied":false`) {
		t.Errorf("json: status %d, %s", status, out)
	}
}

func TestACandidateThatIsGone(t *testing.T) {
	b := newBench(t)
	status, _, errs := b.run("configure", "hostname lost", "commit")
	if status != statusFailed || !strings.Contains(errs, "% The candidate ended with the connection to bgpd") {
		t.Errorf("status %d, %q", status, errs)
	}
	s := &Shell{sockets: []string{b.server.Path()}, timeout: 10 * time.Second, edits: true, place: place{mode: grammar.Router, context: []string{"router bgp 1"}, candidate: true},
		out: &bytes.Buffer{}, errs: &bytes.Buffer{}, answers: &bytes.Buffer{}}
	defer s.disconnect()
	if err := s.run(t.Context(), "neighbor 10.0.0.2 description lost"); err == nil || s.place.mode != grammar.Exec || s.place.candidate || s.edits {
		t.Errorf("%v, at %+v", err, s.place)
	}
}

func TestReplaceReadsAFileAsItIs(t *testing.T) {
	b := newBench(t)
	file := filepath.Join(t.TempDir(), "r1.conf")
	if err := os.WriteFile(file, []byte(runningHead+"!\r\nhostname a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.answers(api.CommitResult{Lines: []api.LineResult{{Line: 5, Severity: api.SevError, Text: "wrong"}, {Line: 6, Severity: api.SevWarning, Text: "skipped"}}})
	status, out, errs := b.run("configure replace " + file + " check")
	if want := fmt.Sprintf("replace %s from %s, ssh 192.0.2.200 check=true | 2  | 4 ! | 5 hostname a", file, file); status != statusFailed || b.asked()[0] != want {
		t.Errorf("status %d, calls\n%s\nwant\n%s", status, b.asked(), want)
	}
	if out != "" || errs != "line 5: % wrong\nline 6: warning: skipped\n" {
		t.Errorf("out %q, errs %q", out, errs)
	}
	b.answers(api.CommitResult{})
	if status, out, _ := b.run("configure replace " + file); status != statusDone || out != "% no change\n" {
		t.Errorf("no change: status %d, %q", status, out)
	}
	if status, out, _ := b.run("configure replace /nonexistent json"); status != statusFailed || strings.TrimSpace(out) != "{\n}" {
		t.Errorf("no file: status %d, %q", status, out)
	}
}

func TestPromptsOfACandidate(t *testing.T) {
	s := &Shell{hostname: "r1"}
	for _, c := range []struct {
		at   place
		want string
	}{
		{place{mode: grammar.Exec}, "r1# "},
		{place{mode: grammar.Config}, "r1(config)# "},
		{place{mode: grammar.Config, candidate: true}, "r1(candidate)# "},
		{place{mode: grammar.AF6, candidate: true}, "r1(candidate-router-af)# "},
	} {
		s.place = c.at
		if got := s.prompt(); got != c.want {
			t.Errorf("%+v prompts %q, want %q", c.at, got, c.want)
		}
	}
}

func TestACheckTellsWhatBecomesOfTheRoutes(t *testing.T) {
	b := newBench(t)
	b.answers(api.CommitResult{
		Changed: true, Diff: []api.DiffLine{{Sign: "+", Text: "x"}}, Changes: []api.ChangeResult{{Object: "10.0.0.2", Neighbor: true, Effect: api.EffectRefresh, What: "route-map in M"}},
		Trial: &api.PolicyTestResult{
			Neighbors: []api.PolicyTestNeighbor{{Neighbor: "10.0.0.2", Family: api.IPv4Unicast, Routes: 2, Refused: 1,
				Examples: []api.PolicyTestExample{{Prefix: netip.MustParsePrefix("198.51.1.0/24"), What: "refused", Rule: "route-map M deny 10"}}},
				{Neighbor: "10.0.0.3", Family: api.IPv4Unicast, Out: true, Routes: 1, Changed: 1}},
			Moves: 1, MoveExamples: []api.PolicyTestMove{{Prefix: netip.MustParsePrefix("198.51.1.0/24"), From: "10.0.0.2"}}, Incomplete: true,
		},
	})
	const want = `
On the routes there are:
10.0.0.2, IPv4 Unicast: 2 routes: 0 newly accepted, 1 newly refused, 0 changed
  198.51.1.0/24      refused by route-map M deny 10
10.0.0.3 out, IPv4 Unicast: 1 route: 0 newly accepted, 0 newly refused, 1 changed
Best paths that would move: 1
  198.51.1.0/24      from 10.0.0.2 to none
This took too long: not all routes were looked at
`
	if status, out, _ := b.run("configure", "hostname a", "commit check"); !strings.Contains(out, want) {
		t.Errorf("status %d\n%s", status, out)
	}
	_, out, _ := b.run("configure", "hostname a", "commit check json")
	var doc struct{ Trial api.PolicyTestResult }
	if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Trial.Moves != 1 || doc.Trial.Neighbors[0].Refused != 1 {
		t.Errorf("%v: %s", err, out)
	}
}
