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
	if all := s.Events(true, 0); len(all) != 1+routineEvents || all[routineEvents].Category != StateTransition || all[0].Type != "keepalive message" {
		t.Errorf("%d events kept after keepalives", len(all))
	}
	for range 3 * historyEvents {
		s.Note(&fsm.Note{Kind: fsm.NoteEvent, State: fsm.Established, Event: "route refresh message", Conn: 1}, nil)
	}
	if all := s.Events(true, 0); len(all) != historyEvents+routineEvents || all[len(all)-1].Type != "keepalive message" || all[0].Type != "route refresh message" {
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
			m.add(kept{at: at.UnixNano(), conn: uint32(i), length: uint16(len(b))}, b, historyBytes)
			stored := b[:min(len(b), keptBytes)]
			plain = append(plain, Message{Time: at, Conn: connName(uint32(i)), Type: messageType(b), Len: len(b), Bytes: stored})
			if i%97 != 0 && i < 2995 {
				continue
			}
			var got []Message
			m.newest(0, func(k *kept, b []byte) {
				got = append(got, Message{Time: time.Unix(0, k.at), Conn: connName(k.conn), Type: messageType(b), Len: int(k.length), Bytes: b})
			})
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

// Neither a flood of routes nor one of keepalives pushes out what tells why a session began and ended, and all of it comes
// in the order in which it was.
func TestSessionMessagesStay(t *testing.T) {
	j, _ := open(t, Config{})
	s := j.Session("3fff::b", "r2")
	c := s.Conn(1, fsm.Outbound, there)
	c.Opened(here, -1, 12)
	params := wire.Params{AS4: true, IPv6: true, AddPathIPv6: true}
	c.Sending(seedOpen(1, 1), nil)
	c.Received(seedOpen(2, 2), nil)
	update := make([]byte, 900)
	for i := range 16 {
		update[i] = 0xff
	}
	update[18] = byte(wire.TypeUpdate)
	for i := range 2000 {
		update[20] = byte(i)
		c.Received(update, &params)
		c.Received(wire.AppendKeepalive(nil), &params)
	}
	c.Sending(wire.AppendNotification(nil, wire.Notification{Code: 6, Subcode: 4}), &params)
	all := s.Messages(true, true, 0)
	first, last := all[len(all)-1], all[0]
	if first.Type != wire.TypeOpen || !first.Sent || all[len(all)-2].Type != wire.TypeOpen || last.Type != wire.TypeNotification {
		t.Fatalf("%d messages from %+v to %+v", len(all), first, last)
	}
	if first.Local != here || first.Remote != there || first.Params != unagreed || last.Params != params {
		t.Errorf("from %v to %v, read by %+v and %+v", first.Local, first.Remote, first.Params, last.Params)
	}
	counts := map[wire.Type]int{}
	for i, m := range all[1 : len(all)-2] {
		counts[m.Type]++
		if want := byte((1999 - i/2) & 0xff); m.Type == wire.TypeUpdate && i < 30 && m.Bytes[20] != want {
			t.Fatalf("message %d from the newest is number %d, want %d", i, m.Bytes[20], want)
		}
	}
	if counts[wire.TypeUpdate] != historyBytes/900 || counts[wire.TypeKeepalive] != keptKeepalives {
		t.Errorf("kept %v", counts)
	}
}

func TestMistakes(t *testing.T) {
	j, n := open(t, Config{})
	s := j.Session("10.0.12.2", "r2")
	c := s.Conn(1, fsm.Outbound, there)
	params := wire.Params{AS4: true, IPv4: true}
	attrs := []byte{0x40, 1, 1, 9 /* ORIGIN 9 */, 0x40, 2, 0, 0x40, 3, 4, 10, 0, 0, 1, 0x80, 4, 3, 0, 0, 1 /* short MED */}
	body := append([]byte{0, 0, 0, byte(len(attrs))}, append(attrs, 8, 10)...)
	message := append(bytes.Repeat([]byte{0xff}, 16), 0, byte(19+len(body)), 2)
	message = append(message, body...)
	u, err := wire.ParseUpdate(body, &params)
	if err != nil || u.Err() == nil {
		t.Fatal(err, u.Err())
	}
	for range 10 {
		n.now = n.now.Add(time.Second)
		c.Malformed(u.Err(), u.Errors, message, &params)
	}
	want := []MistakeCount{{wire.AttrOrigin, wire.Withdraw, 10}, {wire.AttrMED, wire.Withdraw, 10}}
	if diff := cmp.Diff(want, s.MistakeCounts()); diff != "" {
		t.Error(diff)
	}
	all := s.Mistakes()
	if len(all) != mistakeMessages || !all[0].Time.Equal(n.now) || !bytes.Equal(all[0].Bytes, message) || all[0].Params != params || all[0].Error.Text != u.Err().Text {
		t.Errorf("%d kept, the newest %+v", len(all), all[0])
	}
}
