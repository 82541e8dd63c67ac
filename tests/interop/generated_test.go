package interop

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bgpsh/wire"
)

var (
	firstSeed = flag.Uint64("seed", 1, "the first seed of the generated configurations")
	seeds     = flag.Int("seeds", 1, "how many seeds of generated configurations, the first and those after it")
	reedits   = flag.Int("edits", 1, "how often the running daemons are edited and compared again")
	onlyPair  = flag.Int("pair", -1, "only this pair of each seed")
	hold      = flag.String("hold", "", "leave both daemons running where they differ, until there is this file")
)

// scenePairs is how many configurations a seed has.
const scenePairs = 5

// sceneEdits is how many changes the running daemons get at once.
const sceneEdits = 12

// TestGeneratedAsFRR gives FRR and us the same generated configurations of forty neighbors each and the same routes, and
// compares what every neighbor is sent, attribute by attribute: once all have announced, and again after they have withdrawn
// and changed a part. Where we differ on purpose is in differences.
//
// FRR does not choose again for a route that comes while it judges again what it keeps of neighbors with soft-reconfiguration, and the
// neighbors then have the old one for good: it is told everything anew before a difference counts, and that again with both daemons begun anew.
//
// A failure names seed and pair: go test ./tests/interop -interop -run GeneratedAsFRR -seed N -pair M
func TestGeneratedAsFRR(t *testing.T) {
	t.Parallel()
	checkDifferences(t)
	counts := newTally()
	t.Cleanup(func() { counts.report(t) })
	for seed := *firstSeed; seed < *firstSeed+uint64(*seeds); seed++ {
		t.Logf("seed %d", seed)
		for pair := range scenePairs {
			if *onlyPair < 0 || *onlyPair == pair {
				t.Run(fmt.Sprintf("seed %d pair %d", seed, pair), func(t *testing.T) {
					t.Parallel()
					differs := false
					t.Run("once", func(t *testing.T) { differs = newScene(seed, pair).run(t, counts, t.Logf) })
					if differs {
						t.Run("again", func(t *testing.T) { differs = newScene(seed, pair).run(t, counts, t.Errorf) })
					}
					counts.end(newScene(seed, pair).title(), differs)
				})
			}
		}
	}
}

// A side is one daemon with all neighbors of a scene.
type side struct {
	kind     string
	router   *router // ours
	frr      *frr
	others   *host
	speakers []*bgpSpeaker
}

// run brings both daemons up with the scene and compares them in each of its phases, up to the first with differences, which it reports.
func (s *scene) run(t *testing.T, counts *tally, report func(format string, args ...any)) (differs bool) {
	began := time.Now()
	sides := [2]*side{{kind: "frr"}, {kind: "ours"}}
	var wg sync.WaitGroup
	for _, d := range sides {
		l := newLab(t)
		dut := l.host("dut")
		d.others = l.host("others")
		l.link(dut, d.others)
		for i := range s.subjects {
			a := subjectAddr(i)
			if a.Is4() {
				d.others.run("ip", "addr", "add", a.String()+"/24", "dev", "dut1")
			} else {
				d.others.run("ip", "addr", "add", a.String()+"/64", "dev", "dut1", "nodad")
			}
		}
		if d.kind == "frr" {
			d.frr = dut.frr(s.text())
			refusals(t, d.frr.bgpd.log)
		} else {
			d.router = dut.bgpd(s.ourText())
			startupErrors(t, d.router)
		}
		wg.Go(func() { d.speakers = speakAll(t, d.others, s.subjects) })
	}
	wg.Wait()
	if t.Failed() {
		return false
	}
	defer func() {
		for _, d := range sides {
			for _, sp := range d.speakers {
				sp.conn.Close()
			}
		}
	}()
	t.Logf("%s: all sessions up after %.1f s", s.title(), time.Since(began).Seconds())
	for phase, name := range []string{"all announced", "some withdrawn and changed"} {
		for i, n := range s.subjects {
			for _, d := range sides {
				d.offer(t, i, n, n.routes[phase])
			}
		}
		if !s.compare(t, counts, name, phase, sides, report) {
			return true
		}
	}
	for round := range *reedits {
		s.change(t, s.composeEdits(sceneEdits), sides)
		if !s.compare(t, counts, fmt.Sprintf("edited %d", round+1), 1, sides, report) {
			return true
		}
	}
	return false
}

// change makes the same edits in both running daemons. FRR then needs to judge again what it has sent and what it was sent; ours
// gets nothing but the lines.
func (s *scene) change(t *testing.T, lines []string, sides [2]*side) {
	for _, d := range sides {
		if d.kind == "frr" {
			if out := d.frr.configure(lines); strings.TrimSpace(out) != "" {
				t.Logf("FRR says of the edits: %s", out)
			}
			continue
		}
		out, errs, err := d.router.try(slices.Concat([]string{"configure terminal"}, lines, []string{"end"})...)
		if err != nil {
			t.Logf("we say of the edits: %s%s %v", out, errs, err)
		}
	}
	t.Logf("%s: edits:\n%s", s.title(), strings.Join(lines, "\n"))
	// What it keeps (soft-reconfiguration) it does not judge again when it hears it again.
	sides[0].frr.vtysh("clear bgp * soft in", "clear bgp ipv6 unicast * soft in")
	s.retell(t, sides[0], 1)
	sides[0].frr.vtysh("clear bgp * soft out", "clear bgp ipv6 unicast * soft out")
}

// retell announces and withdraws again at one side all that was said there up to a phase.
func (s *scene) retell(t *testing.T, d *side, phase int) {
	for i, n := range s.subjects {
		d.offer(t, i, n, n.told(phase))
	}
}

// replay withdraws at one side all that was ever announced there, and then says all again, phase by phase: what has left by now comes
// once more, so that it can leave.
func (s *scene) replay(t *testing.T, d *side, phase int) {
	for i, n := range s.subjects {
		all := n.told(phase)
		for k := range all {
			all[k] = all[k].withdrawn()
		}
		d.offer(t, i, n, slices.Concat(all, slices.Concat(n.routes[:phase+1]...)))
	}
}

// told is the latest of the neighbor about each of its paths up to a phase.
func (n *subject) told(phase int) (now []offer) {
	for _, o := range slices.Concat(n.routes[:phase+1]...) {
		now = slices.DeleteFunc(now, func(old offer) bool { return old.prefix == o.prefix && old.id == o.id })
		now = append(now, o)
	}
	return now
}

// offer sends what neighbor i offers.
func (d *side) offer(t *testing.T, i int, n *subject, offers []offer) {
	b, err := messages(n.plan.family(), offers, &d.speakers[i].sends)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.speakers[i].conn.Write(b); err != nil {
		t.Logf("%s no longer hears %s: %v", d.kind, n.name, err)
	}
}

// ourText is the configuration for us, who look at the first AS of a path unless told otherwise: FRR 8.4 has no such statement.
func (s *scene) ourText() string {
	router := fmt.Sprintf("router bgp %d\n", sceneAS)
	return "frr defaults traditional\n" + strings.Replace(s.text(), router, router+" no bgp enforce-first-as\n", 1)
}

// backtrace names the functions in which FRR ended, the innermost first.
func backtrace(log string) string {
	text, _ := os.ReadFile(log)
	var names []string
	for l := range strings.Lines(string(text)) {
		if _, place, ok := strings.Cut(l, "bgpd("); ok && strings.Contains(l, " [0x") {
			name, _, _ := strings.Cut(place, "+")
			names = append(names, name)
		}
	}
	return strings.Join(names, " < ")
}

// refusals fails when FRR did not take a line.
func refusals(t *testing.T, log string) {
	text, _ := os.ReadFile(log)
	for l := range strings.Lines(string(text)) {
		if strings.Contains(l, "nknown command") || strings.Contains(l, "No such command") || strings.HasPrefix(l, "%") || strings.Contains(l, "line ") && strings.Contains(l, "ailure") {
			t.Errorf("FRR refuses a line: %s", l)
		}
	}
}

// startupErrors fails when we held a line for wrong.
func startupErrors(t *testing.T, r *router) {
	if out := r.sh("show startup-config errors"); strings.TrimSpace(out) != "" {
		t.Logf("we say of the configuration:\n%s", out)
	}
}

// speakAll brings all sessions up.
func speakAll(t *testing.T, h *host, subjects []*subject) []*bgpSpeaker {
	all := make([]*bgpSpeaker, len(subjects))
	var wg sync.WaitGroup
	for i, n := range subjects {
		wg.Go(func() {
			err := eventually(slow*60*time.Second, func() (err error) {
				all[i], err = speak(h, n.plan)
				return err
			})
			if err != nil {
				t.Errorf("%s: %v", n.about(), err)
			}
		})
	}
	wg.Wait()
	return all
}

// compare waits until both daemons have told all neighbors the same, or until nothing comes any more. FRR is told everything anew before
// that counts. It reports whether they agree.
func (s *scene) compare(t *testing.T, counts *tally, phase string, told int, sides [2]*side, report func(format string, args ...any)) (same bool) {
	// FRR gathers changes before it sends any, and longer on a busy machine: only a run that fails waits so long.
	const patience = 30 * time.Second
	began, again := time.Now(), false
	var found []difference
	var looked time.Time // when they were last compared
	settled := func() error {
		if sides[0].frr.bgpd.ended() {
			why := phase + ": FRR ended by itself in " + backtrace(sides[0].frr.bgpd.log)
			counts.leave(s.title(), why)
			t.Skipf("%s: %s", s.title(), why)
		}
		quiet := min(sides[0].idle(), sides[1].idle(), time.Since(began))
		if quiet < 2500*time.Millisecond {
			return fmt.Errorf("messages still come")
		}
		if time.Since(looked) > quiet {
			looked, found = time.Now(), s.differences(sides)
		}
		if len(found) > 0 && quiet > patience/3 && !again {
			again = true
			s.replay(t, sides[0], told)
		}
		if len(found) > 0 && quiet < patience {
			return fmt.Errorf("%d differences", len(found))
		}
		return nil
	}
	within(t, 4*time.Minute, phase, settled)
	compared := 0
	for i := range s.subjects {
		for _, paths := range sides[1].speakers[i].snapshot() {
			compared += len(paths)
		}
	}
	took := time.Since(began)
	counts.compared(phase, took, compared, s.excused)
	t.Logf("%s: %s: %d routes compared in %.1f s, %d differences", s.title(), phase, compared, took.Seconds(), len(found))
	s.tell(report, phase, found, sides[1].router)
	if len(found) > 0 && *hold != "" {
		fmt.Printf("FRR: vtysh --vty_socket %s\nours: bgpsh --socket %s\n", sides[0].frr.h.dir, sides[1].router.socket)
		within(t, time.Hour, "held", func() error { _, err := os.Stat(*hold); return err })
	}
	return len(found) == 0
}

// tell reports one difference of each kind at each neighbor: what differs is mostly one thing at many routes.
func (s *scene) tell(report func(format string, args ...any), phase string, found []difference, ours *router) {
	const most = 20
	kinds := map[string]int{}
	for _, d := range found {
		kinds[d.kind()]++
	}
	told := map[string]bool{}
	for _, d := range found {
		if k := d.kind(); !told[k] && len(told) < most {
			told[k] = true
			why := ""
			if d.prefix.IsValid() {
				why, _, _ = ours.try(fmt.Sprintf("show bgp explain %s to %s", d.prefix, d.to.name))
			}
			report("%s: %s\n (%d such) ours explains:\n%s", phase, s.report(d), kinds[k], why)
		}
	}
	if len(kinds) > most {
		report("... and %d more kinds", len(kinds)-most)
	}
}

// idle tells for how long no speaker has been sent anything.
func (d *side) idle() time.Duration {
	idle := time.Hour
	for _, sp := range d.speakers {
		sp.mu.Lock()
		idle = min(idle, time.Since(sp.last))
		sp.mu.Unlock()
	}
	return idle
}

// snapshot copies what the speaker has now: the paths of each prefix, in the order of their texts.
func (s *bgpSpeaker) snapshot() map[netip.Prefix][]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make(map[netip.Prefix][]string, len(s.routes))
	for path, text := range s.routes {
		out[path.prefix] = append(out[path.prefix], text)
	}
	for _, texts := range out {
		slices.Sort(texts)
	}
	return out
}

// A difference is one route that FRR and we do not send alike, or, without a prefix, one session that fared otherwise.
type difference struct {
	to        *subject
	prefix    netip.Prefix
	frr, ours string
}

// attributes splits what was sent, by the attribute's name.
func attributesByName(text string) map[string]string {
	out := map[string]string{}
	for _, a := range strings.Split(text, "; ") {
		name, value, _ := strings.Cut(a, " ")
		out[name] = value
	}
	return out
}

// differs gives the names of the attributes that differ. A route that one side did not send is told as "route", one that it sent so that
// nobody takes it as "malformed".
func (d *difference) differs() (names []string) {
	switch {
	case strings.HasPrefix(d.frr, malformed), strings.HasPrefix(d.ours, malformed):
		return []string{"malformed"}
	case d.frr == "" || d.ours == "":
		return []string{"route"}
	}
	a, b := attributesByName(d.frr), attributesByName(d.ours)
	for k, v := range a {
		if w, ok := b[k]; !ok || v != w {
			names = append(names, k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			names = append(names, k)
		}
	}
	slices.Sort(names)
	return names
}

// kind is what differs, at which neighbor.
func (d *difference) kind() string {
	side := ""
	if d.frr == "" || d.ours == "" {
		side = fmt.Sprint(d.frr == "")
	}
	return fmt.Sprintln(d.to.name, d.differs(), side)
}

// differences are those that no row of the table of differences explains.
func (s *scene) differences(sides [2]*side) (out []difference) {
	s.sent, s.ours, s.explained, s.excused = map[netip.Prefix]bool{}, sides[1].router, map[difference]string{}, map[difference]string{}
	for _, sp := range sides[1].speakers {
		for p := range sp.snapshot() {
			s.sent[p] = true
		}
	}
	for i, n := range s.subjects {
		a, b := sides[0].speakers[i], sides[1].speakers[i]
		ra, rb := a.snapshot(), b.snapshot()
		if n.counted > 0 && max(len(ra), len(rb)) >= n.counted {
			if len(ra) != len(rb) {
				if d := (difference{to: n, frr: fmt.Sprintf("count %d", len(ra)), ours: fmt.Sprintf("count %d", len(rb))}); !s.expected(d) {
					out = append(out, d)
				}
			}
			continue
		}
		all := map[netip.Prefix]bool{}
		for p := range ra {
			all[p] = true
		}
		for p := range rb {
			all[p] = true
		}
		for p := range all {
			expected := func(frr, ours string) bool { return s.expected(difference{n, p, frr, ours}) }
			for _, pair := range unlike(ra[p], rb[p], expected) {
				out = append(out, difference{n, p, pair[0], pair[1]})
			}
		}
		a.mu.Lock()
		b.mu.Lock()
		if a.ended != b.ended || len(b.broken) > 0 {
			out = append(out, difference{to: n, frr: a.ended, ours: b.ended + strings.Join(b.broken, ", ")})
		}
		a.mu.Unlock()
		b.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b difference) int {
		if a.to.i != b.to.i {
			return a.to.i - b.to.i
		}
		return a.prefix.Addr().Compare(b.prefix.Addr())
	})
	return out
}

// unlike pairs the paths of a prefix that only one side sends, and gives what is not expected of them: those that may differ so are
// pairs, with the same AS path before others. Of the rest some may be sent by one side alone, and the others are pairs, again by the
// AS path before they are as they come. What is left over has nothing beside it. One path of each side is always a pair.
func unlike(frr, ours []string, expected func(frr, ours string) bool) (out [][2]string) {
	if len(frr) == 1 && len(ours) == 1 {
		if frr[0] == ours[0] || expected(frr[0], ours[0]) {
			return nil
		}
		return [][2]string{{frr[0], ours[0]}}
	}
	frr, ours = slices.Clone(frr), slices.Clone(ours)
	join := func(alike func(a, b string) bool) {
		frr = slices.DeleteFunc(frr, func(a string) bool {
			i := slices.IndexFunc(ours, func(b string) bool { return alike(a, b) })
			if i >= 0 {
				if a != ours[i] && !expected(a, ours[i]) {
					out = append(out, [2]string{a, ours[i]})
				}
				ours = slices.Delete(ours, i, i+1)
			}
			return i >= 0
		})
	}
	join(func(a, b string) bool { return a == b })
	samePath := func(a, b string) bool { return attributesByName(a)["path"] == attributesByName(b)["path"] }
	join(func(a, b string) bool { return samePath(a, b) && expected(a, b) })
	join(expected)
	frr = slices.DeleteFunc(frr, func(a string) bool { return expected(a, "") })
	ours = slices.DeleteFunc(ours, func(b string) bool { return expected("", b) })
	join(samePath)
	join(func(string, string) bool { return true })
	for _, a := range frr {
		out = append(out, [2]string{a, ""})
	}
	for _, b := range ours {
		out = append(out, [2]string{"", b})
	}
	return out
}

// report writes a difference with all that bears on it: who announces the prefix, what is configured for them and for the receiver,
// and the lists and maps that these lines name.
func (s *scene) report(d difference) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s is sent %s\n FRR:  %s\n ours: %s\n to:   %s", s.title(), d.to.name, d.prefix, d.frr, d.ours, d.to.about())
	lines := d.to.allLines()
	for _, n := range s.subjects {
		for phase, offers := range n.routes {
			for _, o := range offers {
				if o.prefix == d.prefix {
					fmt.Fprintf(&b, "\n from: %s (%d) %s: %s", n.about(), phase, o.kind, attributesText(o.attrs))
					lines = append(lines, n.allLines()...)
				}
			}
		}
	}
	for _, l := range slices.Concat(s.family[wire.IPv4Unicast], s.family[wire.IPv6Unicast]) {
		if f := strings.Fields(l); d.prefix.IsValid() && (f[0] == "network" || f[0] == "aggregate-address") && netip.MustParsePrefix(f[1]).Overlaps(d.prefix) {
			fmt.Fprintf(&b, "\n here: %s", l)
			lines = append(lines, l)
		}
	}
	for _, l := range s.named(lines) {
		fmt.Fprintf(&b, "\n       %s", l)
	}
	fmt.Fprintf(&b, "\n go test ./tests/interop -interop -count=1 -v -run GeneratedAsFRR -seed %d -pair %d -edits %d", s.seed, s.pair, *reedits)
	return b.String()
}

// named are the lines of the lists and maps that some lines name, and of those that these name.
func (s *scene) named(lines []string) (out []string) {
	words := map[string]bool{}
	for {
		before := len(words)
		for _, l := range slices.Concat(lines, out) {
			for _, w := range strings.Fields(l) {
				words[w] = true
			}
		}
		if len(words) == before {
			return out
		}
		out = nil
		in := false
		for _, l := range s.lists {
			if !strings.HasPrefix(l, " ") && l != "exit" {
				in = words[listName(l)]
			}
			if in {
				out = append(out, l)
			}
		}
	}
}

// listName is the name that the line of a list or of the head of a map gives.
func listName(l string) string {
	f := strings.Fields(l)
	i := slices.IndexFunc(f, func(w string) bool { return w == "route-map" || strings.HasSuffix(w, "-list") }) + 1
	if f[i] == "standard" || f[i] == "expanded" {
		i++
	}
	return f[i]
}

// allLines are the neighbor's settings and those of its group.
func (n *subject) allLines() []string {
	if n.group == nil {
		return slices.Concat(n.session, n.inFamily)
	}
	return slices.Concat(n.session, n.inFamily, n.group.session, n.group.inFamily)
}
