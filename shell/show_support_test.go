package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/ipc/api"
)

// TestTechSupportGoesOn: a section that the daemon refuses, or does not answer, says so, and the others follow; secrets are left out even for
// those who may see them.
func TestTechSupportGoesOn(t *testing.T) {
	d := newFake(t)
	set(d, &d.lines, []string{"!", "router bgp 65001", " neighbor 10.0.0.2 password planted", "!", "end"})
	hold := make(chan struct{})
	set(d, &d.statistics, func() { <-hold })
	file := filepath.Join(t.TempDir(), "tech.txt")
	got := d.run(Options{Timeout: 3 * time.Second, Commands: []string{"show tech-support save " + file}})
	close(hold)
	if got.status != 0 || !strings.Contains(got.out, "saved to "+file) {
		t.Fatalf("%+v", got)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"------ show version ------\nbgpd 1.0", " neighbor 10.0.0.2 password ****", "------ show bgp statistics ------\n% cannot reach bgpd",
		"------ show bgp neighbors 10.0.13.3 ------", "------ profile: heap ------", "End of technical support"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(string(text), "planted") {
		t.Error("shows a password")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// TestPromptTellsTheRole.
func TestPromptTellsTheRole(t *testing.T) {
	d := newFake(t)
	for role, want := range map[api.Role]string{api.Look: "r1> ", api.Change: "r1# "} {
		set(d, &d.hello, api.Hello{Hostname: "r1", Role: role})
		s := &Shell{timeout: time.Minute, sockets: []string{d.server.Path()}, place: place{mode: "exec"}}
		if _, err := s.hello(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.prompt(); got != want {
			t.Errorf("role %s: prompt %q, want %q", role, got, want)
		}
		s.disconnect()
	}
}

func TestUsersAndAudit(t *testing.T) {
	var b strings.Builder
	printAuditEntry(&b, &api.AuditEntry{At: time.Unix(0, 0), User: "ann", PID: 7, From: "pts/1", What: "commit", Change: 12, Detail: "ticket\x1b[2J",
		Lines: []string{"+hostname r2"}, More: 3})
	for _, want := range []string{"change 12 (commit): ticket", "by ann, pid 7, pts/1", "    +hostname r2\n", "and 3 lines more"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q: %s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a comment reaches the terminal as it is")
	}
	if got := editingText(&api.Editing{Candidate: true, Uncommitted: 2, From: "pts/1"}); got != "a candidate, 2 lines, from pts/1" {
		t.Error(got)
	}
}
