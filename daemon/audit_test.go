package daemon

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

func newTestAudit(t *testing.T, dir string) *audit {
	t.Helper()
	a := newAudit(osDisk{}, dir, newDaemonLog(nil))
	if err := a.load(); err != nil {
		t.Fatal(err)
	}
	return a
}

func auditOf(n int) api.AuditEntry {
	return api.AuditEntry{At: simStart.Add(time.Duration(n) * time.Second), User: "ann", What: "live", Change: uint64(n)}
}

// TestAuditOutlivesTheDaemon, also one that was killed in the middle of a line.
func TestAuditOutlivesTheDaemon(t *testing.T) {
	dir := t.TempDir()
	a := newTestAudit(t, dir)
	a.add(auditOf(1))
	a.order(simStart, author{user: "bob", source: "pts/1", pid: 77}, "clear", "neighbor 10.0.0.2 password hunter2planted")
	info, err := os.Stat(a.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := (osDisk{}).add(a.path, []byte(`{"at":"2026-01-01T00:`)); err != nil {
		t.Fatal(err)
	}
	a = newTestAudit(t, dir)
	a.add(auditOf(3))
	got := newTestAudit(t, dir).list(0)
	if len(got.Entries) != 3 || got.Entries[0].Change != 3 || got.Entries[1].PID != 77 || got.Entries[1].What != "clear" || got.Entries[2].Change != 1 {
		t.Errorf("entries: %+v", got.Entries)
	}
	if text, _ := os.ReadFile(a.path); strings.Contains(string(text), "hunter2planted") {
		t.Errorf("the audit log has a secret: %s", text)
	}
	if len(got.Damaged) != 0 {
		t.Errorf("damaged: %v", got.Damaged)
	}
	if n := len(a.list(2).Entries); n != 2 {
		t.Errorf("limited to 2: %d", n)
	}
}

func TestDamagedAuditIsSetAside(t *testing.T) {
	dir := t.TempDir()
	a := newTestAudit(t, dir)
	a.add(auditOf(1))
	a.add(auditOf(2))
	text, err := os.ReadFile(a.path)
	if err != nil {
		t.Fatal(err)
	}
	text[10] ^= 0x80
	if err := os.WriteFile(a.path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	a = newTestAudit(t, dir)
	a.add(auditOf(3))
	got := a.list(0)
	if len(got.Damaged) != 1 || len(got.Entries) != 1 {
		t.Fatalf("%+v", got)
	}
	if kept, err := os.ReadFile(got.Damaged[0]); err != nil || string(kept) != string(text) {
		t.Errorf("the damaged file is not kept: %v", err)
	}
}

func TestAuditIsBounded(t *testing.T) {
	dir := t.TempDir()
	a := newTestAudit(t, dir)
	big := auditOf(0)
	big.Lines = []string{strings.Repeat("x", 400<<10)}
	for range 80 {
		a.add(big)
	}
	names, err := filepath.Glob(a.path + "*")
	if err != nil || len(names) != auditFiles+1 {
		t.Errorf("%v, %v", names, err)
	}
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Size() > auditBytes {
			t.Errorf("%s: %v, %v", name, info.Size(), err)
		}
	}
	for range 2 * auditEntries {
		a.add(auditOf(1))
	}
	if n := len(a.list(0).Entries); n != auditEntries {
		t.Errorf("%d entries in memory", n)
	}
}

// TestFullDiskStopsNoChange: who has to repair a full disk is not kept from it, and the log says that the audit lacks something.
func TestFullDiskStopsNoChange(t *testing.T) {
	a := newAudit(&failingDisk{failAt: 1}, t.TempDir(), newDaemonLog(nil))
	a.add(auditOf(1))
	if got := a.list(0); len(got.Entries) != 1 {
		t.Errorf("%+v", got)
	}
}

// TestEveryChangeIsAudited goes through the ways in which the configuration changes.
func TestEveryChangeIsAudited(t *testing.T) {
	d := newDesk(t, t.TempDir(), "hostname r1")
	d.controller.audit = newTestAudit(t, t.TempDir())
	ann := d.open("ann")
	d.in(ann, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 password hunter2planted")
	if _, err := d.commit(ann, api.CandidateCommitParams{Comment: "ticket 1"}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.live("bob", "hostname r2"); err != nil {
		t.Fatal(err)
	}
	d.controller.step(d.now, writeRequest{who: author{user: "bob"}, reply: func(api.WriteResult, error) {}})
	got := d.controller.audit.list(0).Entries
	var rows []string
	for _, e := range got {
		rows = append(rows, fmt.Sprintf("%s %s %d %s", e.User, e.What, e.PID, strings.Join(e.Lines, "|")))
	}
	want := []string{"bob write 0 ", "bob live 0 -hostname r1|+hostname r2",
		"ann commit 0 +router bgp 65001|+ neighbor 10.0.0.2 remote-as 65002|+ neighbor 10.0.0.2 password ****"}
	if len(rows) < 3 || rows[0] != want[0] || rows[1] != want[1] || !strings.HasPrefix(rows[2], "ann commit 0 +router bgp 65001") {
		t.Errorf("have\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
	if strings.Contains(strings.Join(rows, ""), "hunter2planted") {
		t.Error("the audit log has a secret")
	}
}

// What one client has handed over leaves less for the others, until it commits, abandons it or is gone.
func TestDraftsOfAllClientsAreBounded(t *testing.T) {
	text := strings.Repeat("hostname r1\n", 100)
	drafts := drafts{limit: 2*len(text) + lineCost}
	ann, bob := &ipc.Caller{}, &ipc.Caller{}
	add := func(c *ipc.Caller, p api.AppendParams) error {
		_, err := drafts.add(c, p)
		return err
	}
	drafts.open = map[draftKey]*draft{{ann, 1}: {}, {bob, 1}: {}, {bob, 2}: {}}
	for _, c := range []*ipc.Caller{ann, bob} {
		if err := add(c, api.AppendParams{Transaction: 1, Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	err := add(bob, api.AppendParams{Transaction: 2, Lines: []api.Line{{Text: "!"}}})
	if codeOf(err) != api.CodeRefused || !strings.Contains(err.Error(), "of all clients") {
		t.Errorf("one line too many gives %v", err)
	}
	drafts.forget(ann)
	if err := add(bob, api.AppendParams{Transaction: 2, Text: text}); err != nil {
		t.Errorf("when the other client is gone: %v", err)
	}
}

func TestDraftsOfAClientAreBounded(t *testing.T) {
	r := start(t, Config{Network: memPair().Node("a"), Kernel: eth("10.0.0.1/24"), Socket: filepath.Join(t.TempDir(), "s")})
	defer r.end()
	c := dialDaemon(t, r)
	for i := range maxDrafts + 1 {
		err := c.Call(t.Context(), api.ConfigBegin, api.BeginParams{}, nil)
		if wrong := err != nil; wrong != (i == maxDrafts) {
			t.Fatalf("transaction %d: %v", i+1, err)
		}
		if i == maxDrafts && !strings.Contains(err.Error(), "no more are taken") {
			t.Error(err)
		}
	}
	if err := c.Call(t.Context(), api.ConfigAbandon, api.CommitParams{Transaction: 1}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Call(t.Context(), api.ConfigBegin, api.BeginParams{}, nil); err != nil {
		t.Error(err)
	}
}
