package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// victim is a daemon that is killed while it writes.
type victim struct {
	t    *testing.T
	dir  string
	cmd  *exec.Cmd
	gone chan struct{}
	*ipc.Client
}

// start runs it again on what the last kill left.
func (v *victim) start() {
	v.t.Helper()
	socket := filepath.Join(v.dir, "s")
	v.cmd = exec.Command(filepath.Join(binDir, "bgpd"), "--startup-config", filepath.Join(v.dir, "startup.conf"), "--data-dir", filepath.Join(v.dir, "data"),
		"--socket", socket, "--log-file", filepath.Join(v.dir, "log"), "--log-level", "warn")
	if err := v.cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	gone := make(chan struct{})
	v.gone = gone
	cmd := v.cmd
	go func() { defer close(gone); cmd.Wait() }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		client, err := ipc.Dial(v.t.Context(), socket, nil)
		if err == nil && client.Call(v.t.Context(), api.DaemonVersion, nil, nil) == nil {
			v.Client = client
			return
		}
		select {
		case <-tick.C:
		case <-gone:
			v.t.Fatal("the daemon does not start again: ", v.log())
		case <-limit:
			v.t.Fatal("the daemon does not answer: ", v.log())
		}
	}
}

func (v *victim) log() string {
	text, _ := os.ReadFile(filepath.Join(v.dir, "log"))
	return string(text)
}

// work changes and saves the hostname in turn by a commit, by a commit that is confirmed, and by a live line and write, until the daemon dies. It
// gives the number of the last one that was answered; the one behind it may have been saved or not.
//
// Once there have been so many answers, kill comes: at some moment of what follows.
func (v *victim) work(ctx context.Context, from, answers int, kill func()) (answered int) {
	must := func(method string, params, result any) bool { return v.Call(ctx, method, params, result) == nil }
	if !must(api.ConfigEdit, api.EditParams{Candidate: true}, nil) {
		return from
	}
	for n := from + 1; ; n++ {
		if n == from+1+answers {
			kill()
		}
		line := []api.Line{{Text: fmt.Sprintf("hostname h%d", n)}}
		var commit api.CommitResult
		ok := false
		switch n % 3 {
		case 0:
			ok = must(api.ConfigApply, api.ApplyParams{Lines: line}, nil) && must(api.ConfigWrite, nil, nil) && must(api.CandidateDiscard, nil, nil)
		case 1:
			ok = must(api.CandidateApply, api.ApplyParams{Lines: line}, nil) && must(api.CandidateCommit, nil, &commit) && commit.Applied
		case 2:
			ok = must(api.CandidateApply, api.ApplyParams{Lines: line}, nil) &&
				must(api.CandidateCommit, api.CandidateCommitParams{Minutes: 10}, &commit) && commit.Applied && must(api.ConfigConfirm, nil, nil)
		}
		if !ok {
			return n - 1
		}
	}
}

// saved is the number of the hostname in the startup file, which must be whole.
func (v *victim) saved(round int) (n int) {
	v.t.Helper()
	text, err := os.ReadFile(filepath.Join(v.dir, "startup.conf"))
	if err != nil {
		v.t.Fatal(err)
	}
	c, wrong, _ := config.Parse("startup.conf", strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"), config.Options{})
	if _, err := fmt.Sscanf(c.Hostname, "h%d", &n); err != nil || len(wrong) > 0 || len(c.Router.Neighbors) != 200 || !strings.HasSuffix(string(text), "end\n") {
		v.t.Fatalf("kill %d: the startup file has %d bytes: %v %v", round, len(text), err, wrong)
	}
	return n
}

// TestKilledWhileItWrites kills the daemon at any moment, again and again: what was answered is saved, no file is half, and the history goes on
// without a gap.
func TestKilledWhileItWrites(t *testing.T) {
	v := &victim{t: t, dir: t.TempDir()}
	text := fmt.Sprintf("hostname h0\nrouter bgp 65001\n bgp listen-address 127.%d.255.1 port 1790\n", process)
	for i := range 200 {
		text += fmt.Sprintf(" neighbor 198.18.0.%d remote-as 65002\n neighbor 198.18.0.%d shutdown\n", i+1, i+1)
	}
	if err := os.WriteFile(filepath.Join(v.dir, "startup.conf"), []byte(text+"end\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	saved := 0
	for round := range 20 {
		v.start()
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		process := v.cmd.Process
		answered := v.work(ctx, saved, 1+rng.IntN(3), func() {
			time.AfterFunc(time.Duration(rng.IntN(40))*time.Millisecond, func() { process.Kill() })
		})
		cancel()
		process.Kill()
		<-v.gone
		v.Close()
		if saved = v.saved(round); saved != answered && saved != answered+1 {
			t.Fatalf("kill %d: h%d was answered, h%d is saved", round, answered, saved)
		}
	}
	v.start()
	var h api.History
	if err := v.Call(t.Context(), api.ConfigHistory, nil, &h); err != nil {
		t.Fatal(err)
	}
	for i, c := range h.Changes {
		if c.Number != h.Changes[0].Number-uint64(i) {
			t.Errorf("change %d is the %d. from change %d back", c.Number, i, h.Changes[0].Number)
		}
	}
	if strings.Contains(v.log(), "set aside") || len(h.Changes) < saved || saved == 0 {
		t.Errorf("%d changes, of which %d are saved; the log:\n%s", len(h.Changes), saved, v.log())
	}
	litter, _ := filepath.Glob(filepath.Join(v.dir, "*"))
	hidden, _ := filepath.Glob(filepath.Join(v.dir, ".*"))
	if len(litter)+len(hidden) > 6 { // log, s, its lock, data, startup.conf, its .1 and at most one unfinished file
		t.Errorf("left behind: %q %q", litter, hidden)
	}
	v.cmd.Process.Kill()
	<-v.gone
	v.Close()
}
