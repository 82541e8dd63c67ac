package daemon

import (
	"os"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc/api"
)

func TestDifferencesOfTheHistory(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	d.live("ann", "hostname r2")
	d.live("ann", "hostname r3")
	one, two := uint64(1), uint64(2)
	for _, c := range []struct {
		p    api.DiffParams
		want string
	}{
		{api.DiffParams{From: &one}, "-hostname r1 +hostname r3"},
		{api.DiffParams{From: &one, To: &two}, "-hostname r1 +hostname r2"},
		{api.DiffParams{Startup: true}, "-hostname r1 +hostname r3"},
	} {
		r, err := d.difference(c.p)
		var got []string
		for _, l := range r.Lines {
			got = append(got, l.Sign+l.Text)
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%+v gives %v %q", c.p, err, got)
		}
	}
	none := uint64(77)
	if _, err := d.difference(api.DiffParams{From: &none}); codeOf(err) != api.CodeNotFound {
		t.Errorf("no such change gives %v", err)
	}
}

func TestHistoryOutlivesTheDaemon(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	ann := d.open("ann")
	d.in(ann, "router bgp 65001", "neighbor 10.0.0.2 password sesame")
	d.committed(ann, api.CandidateCommitParams{Comment: "secret"})
	d.live("eve", "hostname lost")
	d.start(d.now.Add(time.Hour))
	h, _ := d.historyOf(api.HistoryParams{})
	var kinds []string
	for _, e := range h.Changes {
		kinds = append(kinds, string(e.Kind))
	}
	if got := strings.Join(kinds, " "); got != "startup live commit startup" {
		t.Errorf("the history has %s", got)
	}
	d.start(d.now)
	if len(d.history.changes) != 4 {
		t.Errorf("a start with what the daemon ended with is a change: %d", len(d.history.changes))
	}
	ann = d.open("ann")
	d.rollback(ann, 1)
	if d.editors[ann].candidate.config.Router.Neighbors["10.0.0.2"].Password.Set {
		t.Error("the first configuration had no password")
	}
	d.rollback(ann, 0)
	if got := d.editors[ann].candidate.config.Router.Neighbors["10.0.0.2"].Password.Value.Reveal(); got != "sesame" {
		t.Errorf("the password came back as %q", got)
	}
	e, _ := d.historyOf(api.HistoryParams{Number: 2})
	for _, l := range e.Changes[0].Lines {
		if strings.Contains(l.Text, "sesame") {
			t.Errorf("the history tells %q", l.Text)
		}
	}
}

func TestDamagedHistoryIsSetAside(t *testing.T) {
	d := newDesk(t, t.TempDir(), deskLines...)
	d.live("ann", "hostname r2")
	d.live("ann", "hostname r3")
	file := d.history.file(2)
	text := content(t, file)
	if err := os.WriteFile(file, []byte(text[:len(text)-5]), 0o600); err != nil {
		t.Fatal(err)
	}
	d.start(d.now)
	if len(d.history.aside) != 1 || content(t, file+asideSuffix) != text[:len(text)-5] || d.history.find(2) != nil || d.history.find(3) == nil {
		t.Errorf("set aside %q", d.history.aside)
	}
	if notices := d.published.Load().aside; len(notices) != 1 {
		t.Errorf("nobody is told: %q", notices)
	}
	d.live("ann", "hostname r4")
	if last := d.history.last(); last.Number != 5 { // the start found another configuration than change 3's
		t.Errorf("the next change is %d", last.Number)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	h := history{disk: hasty{}, dir: dir, next: 1}
	a, b := &config.Config{Hostname: "a"}, &config.Config{Hostname: "b"}
	for range maxChanges + 20 {
		if err := h.add(&change{Kind: api.ChangeLive}, config.Compare(a, b), b); err != nil {
			t.Fatal(err)
		}
		a, b = b, a
	}
	names, _ := osDisk{}.list(dir)
	if len(h.changes) != maxChanges || len(names) != maxChanges || h.changes[0].Number != 21 {
		t.Errorf("%d changes, %d files, from %d", len(h.changes), len(names), h.changes[0].Number)
	}
	h.changes[0].size = maxHistoryBytes + 1
	h.add(&change{Kind: api.ChangeLive}, config.Compare(a, b), b)
	if h.changes[0].Number != 22 || len(h.changes) != maxChanges {
		t.Errorf("a huge one stays: %d changes from %d", len(h.changes), h.changes[0].Number)
	}
}
