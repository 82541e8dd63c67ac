package journal

import (
	"testing"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// What an UPDATE costs the reader when nobody listens: the check of the level and the copy into the history.
func BenchmarkReceivedSilent(b *testing.B) {
	j := Discard()
	c := j.Session("10.0.0.1", "a").Conn(1, fsm.Outbound, there)
	update := make([]byte, 200)
	update[18] = byte(wire.TypeUpdate)
	b.ReportAllocs()
	for b.Loop() {
		c.Received(update, nil)
	}
}

func BenchmarkTransition(b *testing.B) {
	for _, f := range []Format{JSON, Pretty, Text} {
		b.Run(string(f), func(b *testing.B) {
			j, err := Open(Config{Output: discard{}, Format: f, Level: logline.Info})
			if err != nil {
				b.Fatal(err)
			}
			s := j.Session("10.0.0.1", "a")
			n := &fsm.Note{Kind: fsm.NoteTransition, From: fsm.Idle, To: fsm.Connect}
			b.ReportAllocs()
			for b.Loop() {
				s.Note(n, nil)
			}
		})
	}
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }
