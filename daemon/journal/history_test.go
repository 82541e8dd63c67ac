package journal

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"bgpsh/fsm"
	"bgpsh/wire"
)

func TestEvents(t *testing.T) {
	j, n := open(t, Config{})
	d := newDriver(j, &n.now, seedConfig(), "3fff::b", "r2")
	d.step(fsm.Event{Kind: fsm.ManualStart})
	id := d.dial
	d.conns[id].Opened(here, -1, 12)
	n.now = n.now.Add(time.Second)
	d.step(fsm.Event{Kind: fsm.Dialed, Conn: id})
	d.read(id, seedOpen(4200000002, 2))
	d.read(id, wire.AppendKeepalive(nil))
	d.step(fsm.Event{Kind: fsm.AdminReset, Text: "test"})
	show := func(all bool, limit int) (out []string) {
		for _, e := range d.s.Events(all, limit) {
			out = append(out, fmt.Sprintf("%v | %s | %v | %s | %s", e.Category, e.Type, e.State, e.Conn, e.Details))
		}
		slices.Reverse(out)
		return out
	}
	want := []string{
		"Admin | manual start | idle |  | ",
		"StateTransition | Idle -> Connect | connect |  | State transition",
		"Session | tcp connection confirmed | connect |  | ",
		"Session | connection accepted | connect | 03abec68 | outbound to [3fff::b]:10179",
		"StateTransition | Connect -> OpenSent | open sent |  | State transition",
		"Connection | open message | open sent | 03abec68 | received open message",
		"StateTransition | OpenSent -> OpenConfirm | open confirm |  | State transition",
		"Connection | keepalive message | open confirm | 03abec68 | received keepalive message",
		"StateTransition | OpenConfirm -> SessionSetup | session setup |  | State transition",
		"StateTransition | SessionSetup -> Established | established |  | State transition",
	}
	got := show(true, 0)
	if diff := cmp.Diff(want, got[:min(len(got), len(want))]); diff != "" {
		t.Error(diff)
	}
	for _, line := range show(false, 0) {
		if !slices.Contains(got, line) || bytes.Contains([]byte(line), []byte("message")) {
			t.Errorf("major event %q", line)
		}
	}
	if last := d.s.Events(true, 1); len(last) != 1 || last[0].Type != got[len(got)-1] && last[0].Time.Before(n.now) {
		t.Errorf("the newest is %+v", last)
	}
}

// No flood of small events pushes the transitions out.
func TestMajorEventsStay(t *testing.T) {
	j, _ := open(t, Config{})
	s := j.Session("10.0.0.1", "a")
	s.Note(&fsm.Note{Kind: fsm.NoteTransition, From: fsm.Idle, To: fsm.Connect}, nil)
	for range 3 * historyEvents {
		s.Note(&fsm.Note{Kind: fsm.NoteEvent, State: fsm.Established, Event: "keepalive message", Conn: 1}, nil)
	}
	if all := s.Events(true, 0); len(all) != historyEvents || all[historyEvents-1].Category == StateTransition {
		t.Errorf("%d events kept", len(all))
	}
	if major := s.Events(false, 0); len(major) != 1 || major[0].Type != "Idle -> Connect" {
		t.Errorf("major events are %+v", major)
	}
}

func same(a, b Message) bool {
	return a.Time.Equal(b.Time) && a.Conn == b.Conn && a.Type == b.Type && a.Len == b.Len && bytes.Equal(a.Bytes, b.Bytes)
}

// The circular buffer gives what a plain list gives.
func TestMessagesAgainstAPlainList(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var m messages
		var plain []Message
		for i := range 3000 {
			b := make([]byte, 19+rnd.IntN(1<<rnd.IntN(14)))
			for k := range b {
				b[k] = byte(i + k)
			}
			at := time.Unix(0, int64(i))
			m.add(at, uint32(i), b)
			kept := b[:min(len(b), historyBytes/4)]
			plain = append(plain, Message{Time: at, Conn: connName(uint32(i)), Type: messageType(b), Len: len(b), Bytes: kept})
			if i%97 != 0 && i < 2995 {
				continue
			}
			got := m.newest(0, false)
			if len(got) > historyMessages {
				t.Fatalf("%d messages", len(got))
			}
			sum := 0
			for k, g := range got {
				sum += len(g.Bytes)
				if want := plain[len(plain)-1-k]; !same(g, want) {
					t.Fatalf("seed %d, message %d, %d from the newest: got %d bytes of %d, want %d", seed, i, k, len(g.Bytes), g.Len, len(want.Bytes))
				}
			}
			if sum != m.used || sum > historyBytes || len(m.bytes) > historyBytes {
				t.Fatalf("%d bytes kept, %d counted, buffer %d", sum, m.used, len(m.bytes))
			}
			if next := len(plain) - 1 - len(got); next >= 0 && len(got) < historyMessages && sum+len(plain[next].Bytes) <= historyBytes-historyBytes/4 {
				t.Fatalf("only %d messages with %d bytes kept", len(got), sum)
			}
		}
	}
}

func TestMessages(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("3fff::b", "r2")
	c := s.Conn(1, fsm.Outbound, there)
	sent := [][]byte{seedOpen(1, 1), wire.AppendKeepalive(nil)}
	for _, b := range sent {
		c.Sending(b, nil)
		n.now = n.now.Add(time.Second)
	}
	c.Received(seedOpen(2, 2), nil)
	var got []string
	for _, m := range s.Messages(true, true, 0) {
		got = append(got, fmt.Sprintf("%v %v %d %s", m.Sent, m.Type, m.Len, m.Conn))
	}
	want := []string{"false OPEN 51 03abec68", "true KEEPALIVE 19 03abec68", "true OPEN 51 03abec68"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if one := s.Messages(true, false, 1); len(one) != 1 || !bytes.Equal(one[0].Bytes, sent[1]) {
		t.Errorf("the newest sent is %+v", one)
	}
	if two := s.Messages(true, true, 2); len(two) != 2 {
		t.Errorf("%d messages for a limit of 2", len(two))
	}
}
