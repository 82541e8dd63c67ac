package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/wire"
)

// TestMain lets the test's program be run again as an asker.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == askWord {
		askAndExit()
	}
	os.Exit(m.Run())
}

// An asker whose question cannot be asked says why.
func TestAskerFails(t *testing.T) {
	for _, q := range []struct{ question, want string }{
		{"neighbors", "whom to ask"},
		{"weather SOCKET", "no such file"},
		{"program false", "exit status 1"},
	} {
		if _, err := newAsker(t.Context(), strings.Fields(q.question)); err == nil || !strings.Contains(err.Error(), q.want) {
			t.Errorf("%s: %v, want %q", q.question, err, q.want)
		}
	}
	a, err := newAsker(t.Context(), []string{askProgram, "true"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.end(); err != nil {
		t.Error(err)
	}
}

// TestOurs puts bgpd under every work, tiny and on loopback, and asks only whether each receiver ends with the right table and was
// told nothing twice.
func TestOurs(t *testing.T) {
	results := filepath.Join(t.TempDir(), "results")
	var out strings.Builder
	args := []string{"-targets", "ours", "-size", "tiny", "-loopback", "-results", results}
	for _, more := range [][]string{nil, {"-work", "policy2,policy10,swap10"}} {
		if err := run(t.Context(), append(args, more...), &out); err != nil {
			t.Fatalf("%v\n%s", err, out.String())
		}
	}
	records, err := readRecords(results)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range records {
		seen[r.Work+" "+r.Step] = true
		if !r.OK || r.Wrong+r.Duplicates+r.Strange+r.Back > 0 {
			t.Errorf("%s %s: %+v", r.Work, r.Step, r)
		}
	}
	for _, s := range steps {
		// ipv6 needs namespaces.
		if name := s.work + " " + s.step; !seen[name] && s.work != "ipv6" {
			t.Errorf("no record of %s", name)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func offersOf(n int) (list []*offer) {
	for i := range n {
		list = append(list, &offer{injector: i, as: 65001 + uint32(i), nextHop: netip.AddrFrom4([4]byte{10, 0, 0, byte(i)})})
	}
	return list
}

// holds is what a receiver should hold when these offers stand.
func holds(t *table, offers []*offer) expectation {
	return expectation{t.best(offers, daemonAS, nil), t.setOf}
}

// feed gives a receiver whole messages, with as in front of each path as a daemon puts it there.
func feed(t *testing.T, r *receiver, as uint32, o *offer) {
	t.Helper()
	var e wire.Editor
	for n, s := range r.table.sets {
		r.table.attrs(&e, o, n)
		e.PrependAS(as, 1)
		b, taken := wire.AppendReach(nil, e.Attrs(), r.table.family, r.table.list(nil, s.start, s.end), &wire.Encoding{AS4: true})
		if taken != s.end-s.start {
			t.Fatalf("%d of %d prefixes fit", taken, s.end-s.start)
		}
		r.update(b[wire.HeaderLen:])
	}
}

// The judge must find what is wrong, or a figure means nothing.
func TestReceiver(t *testing.T) {
	for _, f := range []wire.Family{wire.IPv4Unicast, wire.IPv6Unicast} {
		table := newTable(f, 500)
		offers := offersOf(3)
		if f == wire.IPv6Unicast {
			for i, o := range offers {
				o.nextHop = nextHop6(i)
			}
		}
		best := holds(table, offers)
		r := newReceiver(table, -1)
		if v := r.judge(best); v.wrong != 500 {
			t.Errorf("nothing told: %+v", v)
		}
		feed(t, r, daemonAS, offers[0])
		if v := r.judge(best); v.wrong != 0 {
			t.Errorf("the best told: %+v", v)
		}
		if v := r.judge(holds(table, offers[1:])); v.wrong != 500 {
			t.Errorf("the best has left: %+v", v)
		}
		feed(t, r, daemonAS, offers[0])
		if c := r.counts(); c.Duplicates != 500 || c.Announced != 1000 || c.Strange != 0 {
			t.Errorf("told twice: %+v", c)
		}
		feed(t, r, daemonAS+1, offers[0])
		if v := r.judge(best); v.wrong != 500 {
			t.Errorf("the path of another daemon: %+v", v)
		}
		for _, b := range table.withdrawals(offers[0]) {
			for len(b) > 0 {
				h, err := wire.ParseHeader(b, wire.MaxLen)
				if err != nil {
					t.Fatal(err)
				}
				r.update(b[wire.HeaderLen:h.Len])
				b = b[h.Len:]
			}
		}
		if v := r.judge(holds(table, nil)); v.wrong != 0 || r.counts().Withdrawn != 500 {
			t.Errorf("all withdrawn: %+v, %+v", v, r.counts())
		}
	}
}

// A session is not told what is best because of it; a daemon that does so is counted apart.
func TestToldBack(t *testing.T) {
	table := newTable(wire.IPv4Unicast, 200)
	offers := offersOf(2)
	for _, o := range offers {
		o.every = 2
	}
	best := holds(table, offers)
	own := table.count(offers[0])
	r := newReceiver(table, 0)
	if v := r.judge(best); v.wrong != 200-own || v.back != 0 {
		t.Errorf("nothing told: %+v, %d of its own", v, own)
	}
	var e wire.Editor
	for n, s := range table.sets {
		table.attrs(&e, offers[n%2], n)
		e.PrependAS(daemonAS, 1)
		b, _ := wire.AppendReach(nil, e.Attrs(), table.family, table.list(nil, s.start, s.end), &wire.Encoding{AS4: true})
		r.update(b[wire.HeaderLen:])
	}
	if v := r.judge(best); v.wrong != 0 || v.back != own {
		t.Errorf("all told: %+v, %d of its own", v, own)
	}
}

func TestMedians(t *testing.T) {
	at := func(target string, seconds float64, wrong int) record {
		return record{Work: "load2", Step: "load", Target: target, Prefixes: 1000, Seconds: seconds, CPU: seconds, OK: wrong == 0, Wrong: wrong}
	}
	cells := medians([]record{at("ours", 3, 0), at("bird", 8, 0), at("ours", 1, 0), at("ours", 2, 0), at("bird", 4, 0)})
	if len(cells) != 2 || cells[0].Seconds != 2 || cells[0].Runs != 3 || cells[1].Seconds != 6 {
		t.Fatalf("%+v", cells)
	}
	text := tablesOf(cells)
	for _, want := range []string{"2 neighbors announce the same 1k, 1 listens", "| 2.00 s, 2.00 cpu", "| 6.00 s (3.0x), 6.00 cpu (3.0x)"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if cells = medians([]record{at("ours", 3, 0), at("ours", 1, 7)}); cells[0].OK || cells[0].Wrong != 7 {
		t.Errorf("a failed run is forgotten: %+v", cells[0])
	}
}

func TestPercentiles(t *testing.T) {
	var list []time.Duration
	for i := range 1000 {
		list = append(list, time.Duration(1000-i)*time.Millisecond)
	}
	var r record
	if r.times(list); r.P50 != 501 || r.P99 != 991 || r.Max != 1000 || r.Count != 1000 {
		t.Errorf("%+v", r)
	}
}

func TestWritePage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	cells := medians([]record{{Work: "load2", Step: "load", Target: "ours", Prefixes: 1000, Seconds: 1, OK: true}})
	if err := os.WriteFile(path, []byte("before\n"+pageBegin+"old\n"+pageEnd+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writePage(path, cells); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	if want := "before\n" + pageBegin + tablesOf(cells) + pageEnd + "after\n"; string(text) != want {
		t.Errorf("%s", text)
	}
	os.WriteFile(path, []byte("no markers\n"), 0o644)
	if err := writePage(path, cells); err == nil {
		t.Error("a page without markers was written")
	}
}
