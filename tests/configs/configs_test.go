package configs

import (
	"context"
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bgpsh/daemon"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/transport"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

var rewrite = flag.Bool("rewrite", false, "write the expected warnings anew")

const folder = "../testdata/configs"

func files(t *testing.T) []string {
	t.Helper()
	all, _ := filepath.Glob(filepath.Join(folder, "*.conf"))
	if len(all) != 5 {
		t.Fatalf("there are %d configurations", len(all))
	}
	return all
}

// TestEveryLineIsUnderstood: no line of an FRR configuration is bad; what is said of its lines stands in the file beside it.
func TestEveryLineIsUnderstood(t *testing.T) {
	for _, path := range files(t) {
		report, bad, err := daemon.Check(path)
		if err != nil || bad {
			t.Errorf("%s: %v\n%s", path, err, strings.Join(report, "\n"))
		}
		have := strings.ReplaceAll(strings.Join(report, "\n"), folder+"/", "") + "\n"
		golden := strings.TrimSuffix(path, ".conf") + ".txt"
		if *rewrite {
			if err := os.WriteFile(golden, []byte(have), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if string(want) != have {
			t.Errorf("%s is not what is said now; run go test ./tests/configs -rewrite and look at the change:\n%s", golden, have)
		}
	}
}

// lab is a daemon on a network in memory.
type lab struct {
	t *testing.T
	*ipc.Client
}

func newLab(t *testing.T) *lab {
	t.Helper()
	dir := t.TempDir()
	network := transport.NewMem()
	network.Change(func(f *transport.Fabric) { f.Node("a").Attach("lan", "eth9", "100.64.0.1/24") })
	d, err := daemon.New(daemon.Config{
		StartupConfig: filepath.Join(dir, "startup.conf"), DataDir: dir, Socket: filepath.Join(dir, "s"), Network: network.Node("a"),
		Kernel: kernel.Fake(kernel.Interface{Name: "eth9", Index: 1, Up: true, Addrs: []netip.Prefix{netip.MustParsePrefix("100.64.0.1/24")}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- d.Run(ctx) }()
	client, err := ipc.Dial(t.Context(), filepath.Join(dir, "s"), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &lab{t, client}
}

// replace makes a file the running configuration and gives what runs then.
func (l *lab) replace(path string) (api.CommitResult, []string) {
	l.t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		l.t.Fatal(err)
	}
	var p api.ReplaceParams
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		p.Lines = append(p.Lines, api.Line{Number: i + 1, Text: line})
	}
	var r api.CommitResult
	var running api.Running
	if err := l.Call(l.t.Context(), api.ConfigReplace, p, &r); err != nil {
		l.t.Fatal(err)
	}
	if err := l.Call(l.t.Context(), api.ConfigRunning, nil, &running); err != nil {
		l.t.Fatal(err)
	}
	for _, line := range r.Lines {
		if line.Severity == api.SevError {
			l.t.Errorf("%s: line %d: %s", path, line.Line, line.Text)
		}
	}
	return r, running.Lines
}

// TestFromEachToEach replaces each configuration by each other and goes back: what runs is the same as before, and the same again is no change.
func TestFromEachToEach(t *testing.T) {
	l := newLab(t)
	all := files(t)
	runs := map[string][]string{}
	for _, path := range all {
		r, lines := l.replace(path)
		if !r.Applied || len(lines) < 10 {
			t.Errorf("%s: %+v", path, r)
		}
		runs[path] = lines
		if again, _ := l.replace(path); again.Changed {
			t.Errorf("%s again: %+v", path, again.Diff)
		}
	}
	for _, from := range all {
		l.replace(from)
		for _, to := range all {
			if from == to {
				continue
			}
			there, lines := l.replace(to)
			if !there.Applied || !slices.Equal(lines, runs[to]) {
				t.Errorf("from %s to %s:\n%s", from, to, strings.Join(lines, "\n"))
			}
			back, lines := l.replace(from)
			if !back.Applied || !slices.Equal(lines, runs[from]) {
				t.Errorf("back from %s to %s:\n%s", to, from, strings.Join(lines, "\n"))
			}
			if len(there.Diff) == 0 || len(there.Changes) == 0 {
				t.Errorf("from %s to %s: %d lines, %d effects", from, to, len(there.Diff), len(there.Changes))
			}
		}
	}
}

// TestRunningReadsBack: the running configuration of each is a configuration that gives itself, without a warning beyond those of its meaning.
func TestRunningReadsBack(t *testing.T) {
	l := newLab(t)
	for _, path := range files(t) {
		_, lines := l.replace(path)
		printed := filepath.Join(t.TempDir(), "running.conf")
		if err := os.WriteFile(printed, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, again := l.replace(printed); !slices.Equal(lines, again) {
			t.Errorf("%s prints\n%s\nwhich gives\n%s", path, strings.Join(lines, "\n"), strings.Join(again, "\n"))
		}
	}
}
