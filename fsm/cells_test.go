package fsm

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// A situation is a state, how it was reached, and what each trigger does in it. Together the situations are the whole table of
// the machine: every state with every trigger, most of them in more than one situation.
type situation struct {
	state    State
	settings string // of the configuration, see configure
	setup    string // lines of a script
	cells    []cell
}

// cell is one trigger, the line that causes it, and "STATE: ACTIONS | TIMERS THAT RUN" after it; "off" where the trigger is a
// timer that does not run.
type cell struct {
	on    trigger
	event string
	want  string
}

var table []situation

func (s *situation) result(t *testing.T, c cell) string {
	t.Helper()
	r, err := newScript(strings.Fields(s.settings)...)
	if err != nil {
		t.Fatal(err)
	}
	mustRun(t, r, s.setup)
	if got := r.p.State(); got != s.state {
		t.Fatalf("setup %q leads to %s, not %s", s.setup, got, s.state)
	}
	actions, err := r.run(c.event)
	if errors.Is(err, errNotRunning) {
		return "off"
	}
	if err != nil {
		t.Fatal(err)
	}
	checkNotes(t, s.state, actions)
	if got := r.p.State(); got == SessionSetup {
		t.Errorf("%s, %s: the machine rests in session setup", s.state, c.event)
	}
	return fmt.Sprintf("%s: %s | %s", r.p.State(), brief(actions), timersText(r.p, r.now))
}

// checkNotes checks that the transitions noted in a Step lead from one to the next, along edges that exist.
func checkNotes(t *testing.T, from State, actions []Action) {
	t.Helper()
	for _, a := range actions {
		if a.Kind != ActionNote || a.Note.Kind != NoteTransition {
			continue
		}
		if a.Note.From != from || a.Note.State != from {
			t.Errorf("transition from %s (state %s), the state was %s", a.Note.From, a.Note.State, from)
		}
		from = a.Note.To
	}
}

func TestCells(t *testing.T) {
	tested := map[[2]int]bool{}
	rows := 0
	for _, s := range table {
		for _, c := range s.cells {
			rows++
			tested[[2]int{int(s.state), int(c.on)}] = true
			if got := s.result(t, c); got != c.want {
				t.Errorf("%s after %q [%s], %s:\n got %s\nwant %s", s.state, s.setup, s.settings, c.event, got, c.want)
			}
		}
	}
	// SessionSetup begins and ends within one Step (result checks that), so no trigger ever finds it.
	for on := int(none) + 1; on < numTriggers; on++ {
		tested[[2]int{int(SessionSetup), on}] = true
		for state := range numStates {
			if !tested[[2]int{state, on}] {
				t.Errorf("no row for %s in %s", trigger(on), State(state))
			}
		}
	}
	summary = append(summary, fmt.Sprintf("%d of %d cells (state, event) in %d rows", len(tested), numStates*(numTriggers-1), rows))
	t.Log(summary[len(summary)-1])
}

// summary is what the tests ran. It is printed at the end; "go test" shows that without -v when it runs in this directory.
var summary []string

func TestMain(m *testing.M) {
	code := m.Run()
	for _, line := range summary {
		fmt.Println("fsm:", line)
	}
	os.Exit(code)
}
