package fsm

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bgpsh/wire"
)

var rewrite = flag.Bool("rewrite", false, "write what the machine does now into the transcripts of testdata")

// TestTranscripts runs the scripts of testdata. A file begins with "config" and its settings; "> LINE" is a line of the script,
// with "NAME> LINE" where there are several machines, and what follows is all that the machine answers. "log" among the settings
// renders the answer as the log records of the seeds. Commit only differences that you understand.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			old, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got, err := play(string(old))
			if err != nil {
				t.Fatal(err)
			}
			if got == string(old) {
				return
			}
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s differs (-rewrite writes it anew):\n%s", file, difference(string(old), got))
		})
	}
	summary = append(summary, fmt.Sprintf("%d transcripts", len(files)))
}

// difference shows the first line that is not the same, with what stands around it.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("%d lines wanted, %d got", len(w), len(g))
}

// play runs a transcript's script and renders the transcript anew.
func play(text string) (string, error) {
	var out strings.Builder
	machines := map[string]*script{}
	render := map[string]func(Action, time.Time) string{}
	for i, line := range strings.Split(text, "\n") {
		name, command, isCommand := strings.Cut(line, "> ")
		switch words := strings.Fields(line); {
		case strings.HasPrefix(line, "config"):
			who, settings := strings.TrimPrefix(words[0], "config:"), words[1:]
			if who == "config" {
				who = ""
			}
			render[who] = plain
			if len(settings) > 0 && settings[0] == "log" {
				render[who], settings = logged, settings[1:]
			}
			s, err := newScript(settings...)
			if err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
			machines[who] = s
			fmt.Fprintln(&out, line)
		case isCommand && !strings.Contains(name, " "):
			s := machines[name]
			if s == nil {
				return "", fmt.Errorf("line %d: no machine %q", i+1, name)
			}
			fmt.Fprintln(&out, line)
			actions, err := s.run(command)
			if err != nil {
				return "", fmt.Errorf("line %d: %w", i+1, err)
			}
			for _, a := range actions {
				if r := render[name](a, s.now); r != "" {
					fmt.Fprintf(&out, "    %s\n", r)
				}
			}
		case strings.HasPrefix(line, "#") || line == "" && !strings.HasSuffix(out.String(), "\n\n"):
			fmt.Fprintln(&out, line)
		}
	}
	return strings.TrimRight(out.String(), "\n") + "\n", nil
}

// plain renders an action for transcripts of behaviour: notes with the state in brackets, everything else bare.
func plain(a Action, _ time.Time) string {
	if a.Kind != ActionNote {
		return actionText(a)
	}
	n := a.Note
	s := fmt.Sprintf("[%s] %s", n.State, n.Kind)
	switch n.Kind {
	case NoteTransition:
		return fmt.Sprintf("[%s] -> %s", n.From, n.To)
	case NoteEvent, NoteUnexpected, NoteUnknownConn:
		s += ": " + n.Event
	case NoteFailed:
		s += ": " + a.Reason.Kind.String()
		if a.Reason.Text != "" {
			s += fmt.Sprintf(" (%s)", a.Reason.Text)
		}
	case NoteCollision:
		s += fmt.Sprintf(": %d and %d", n.Conn, n.Other)
	case NoteResolved:
		s += fmt.Sprintf(": %d stays, %d goes", n.Conn, n.Other)
	case NoteIdleHold:
		s += fmt.Sprintf(" %v", n.Session.IdleHold.Remaining)
	}
	if n.Conn != 0 && n.Other == 0 {
		s += fmt.Sprintf(", conn %d", n.Conn)
	}
	if n.Text != "" {
		s += ", " + n.Text
	}
	return s
}

// logged renders an action as the record that the seeds have for it: state, message and clocks.
func logged(a Action, _ time.Time) string {
	n := a.Note
	var msg string
	switch {
	case a.Kind == ActionDial:
		return "spawned new connector thread"
	case a.Kind == ActionClose:
		return fmt.Sprintf("dropping connection (conn_id %d)", a.Conn)
	case a.Kind == ActionSend:
		return fmt.Sprintf("sending %s msg %x", strings.ToLower(a.Type.String())+" message", a.Bytes)
	case a.Kind == ActionRead:
		return "spawning recv loop"
	case a.Kind != ActionNote:
		return actionText(a)
	case n.Kind == NoteEvent && n.State >= OpenSent:
		msg = "received fsm event {" + n.Event + "}"
	case n.Kind == NoteEvent:
		msg = "received fsm event " + n.Event
	case n.Kind == NoteConnecting:
		msg = "starting connect attempt"
	case n.Kind == NoteTransition:
		msg = fmt.Sprintf("fsm transition %s -> %s", n.From, n.To)
	case n.Kind == NoteAccepted:
		msg = fmt.Sprintf("accepted %s connection", n.Direction)
	case n.Kind == NoteSending:
		msg = "sending keepalive"
	case n.Kind == NoteKeepaliveReceived:
		msg = fmt.Sprintf("keepalive received (conn_id: %d)", n.Conn)
	case n.Kind == NoteUnexpected:
		msg = fmt.Sprintf("unexpected admin fsm event %s, ignoring", n.Event)
	case n.Kind == NoteFailed && n.State == Established && a.Reason.Kind == ReasonBroken:
		msg = fmt.Sprintf("rx tcp connection fails (conn_id: %d), fsm transition to idle", n.Conn)
	case n.Kind == NoteFailed && a.Reason.Kind == ReasonDialFailed:
		return "connection attempt failed: " + a.Reason.Err.Error()
	default:
		msg = n.Kind.String()
	}
	s := fmt.Sprintf("%-13s %s | connect_retry %s idle_hold %s", n.State, msg, clock(n.Session.ConnectRetry), clock(n.Session.IdleHold))
	if n.Conn != 0 {
		s += fmt.Sprintf(" | keepalive %s hold %s delay_open %s", clock(n.Clock.Keepalive), clock(n.Clock.Hold), clock(n.Clock.DelayOpen))
	}
	return s
}

func clock(t Timer) string {
	state := "off"
	if t.Enabled {
		state = "on"
	}
	return fmt.Sprintf("%.3f/%s/%.3f", t.Interval.Seconds(), state, t.Remaining.Seconds())
}

// TestSeedOpens: the OPENs of the seeds, byte for byte.
func TestSeedOpens(t *testing.T) {
	marker := strings.Repeat("ff", 16)
	for _, c := range []struct {
		name, settings, want string
	}{
		{"seed 000", "as=4200000001 id=1 hold=6s families=v6 addpath",
			"003301045ba000060000000116021401040002000102004104fa56ea0145040001" + "0101"},
		{"seed 001", "as=64512 id=1 hold=6s families=v4 nexthop6 addpath",
			"003b0104fc000006000000011e021c01040001000102000506000100010002410400" + "00fc0045040001" + "0101"},
	} {
		s, err := newScript(strings.Fields(c.settings)...)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range mustRun(t, s, "start; dialed 1") {
			if a.Kind != ActionSend || a.Type != wire.TypeOpen {
				continue
			}
			if got := fmt.Sprintf("%x", a.Bytes); got != marker+c.want {
				t.Errorf("%s: got\n%s, want\n%s", c.name, got, marker+c.want)
			}
		}
	}
}
