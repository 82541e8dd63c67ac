package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	firstSeed  = "../../tests/testdata/seeds/000_9664f6612315139e.txt"
	secondSeed = "../../tests/testdata/seeds/001_1eee8ca1797a4cef.txt"
)

// seedDrop is a record of the first seed as the viewer of the second one lays
// it out.
const seedDrop = `| 87 | 2026-03-02T08:41:58.496Z | TRAC | slog-rs (bgp): dropping connection ([3fff::a]:49362, [3fff::b]:10179) (conn_id c2ef66b6)
connection = ([3fff::a]:49362, [3fff::b]:10179)
connection_id = c2ef66b6
connection_local = [3fff::a]:49362
connection_peer = [3fff::b]:10179
direction = outbound
dropped = false
module = neighbor
unit = connection_tcp
|
| 88 | `

func TestLogPretty(t *testing.T) {
	const cut = `{"msg":"received fsm event","v":0,"level":20,"time":"2026-01-29T18:50:23.068711648Z","event":"re`
	const two = `{"msg":"a","level":30,"time":"2026-01-29T18:50:23Z","name":"bgpd"} {"msg":"b","level":40,"time":"2026-01-29T18:50:23Z","name":"bgpd"}`
	for _, c := range []struct {
		args, stdin, out, err string
		status                int
	}{
		{firstSeed, "", seedDrop, "", 0},
		{"- ", two, "| 1 | 2026-01-29T18:50:23.000Z | INFO | bgpd: a\n|\n| 2 | 2026-01-29T18:50:23.000Z | WARN | bgpd: b\n|\n", "", 0},
		{"", cut, "| 1 | | " + cut + " |\n", "", 0},
		{"", "2026-01-29 some other program\n" + cut, "| 1 | | 2026-01-29 some other program |\n| 2 | | {", "", 0},
		{"", `{"level":"info","msg":"of another program"}`, `| 1 | | {"level":"info","msg":"of another program"} |`, "", 0},
		{secondSeed, "", "| 1 | | | 1 | 2026-01-29T18:50:22.067Z | INFO |", "", 0}, // not JSON
		{"", "", "", "", 0},
		{"--help", "", "usage: bgpsh log pretty", "", 0},
		{"none", "", "", "% open none: no such file or directory\n", 1},
		{t.TempDir(), "", "", "is a directory", 1},
		{"--json", "", "", "unknown flag", 2},
		{"a b", "", "", "one FILE at most", 2},
	} {
		var out, errs bytes.Buffer
		status := prettyLog(strings.Fields(c.args), strings.NewReader(c.stdin), &out, &errs)
		if status != c.status || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) || (errs.Len() > 0) != (status != 0) {
			t.Errorf("log pretty %s: status %d, want %d\n%s\n%s", c.args, status, c.status, out.String(), errs.String())
		}
	}
}

// A log is followed as it grows: each record is there before the next one is written.
func TestLogPrettyFollows(t *testing.T) {
	in, feed := io.Pipe()
	seen, out := io.Pipe()
	ended := make(chan int)
	go func() {
		ended <- prettyLog(nil, in, out, io.Discard)
		out.Close()
	}()
	for _, name := range []string{"a", "b"} {
		if _, err := feed.Write([]byte(`{"msg":"` + name + `","level":30,"time":"2026-01-29T18:50:23Z","name":"bgpd"}` + "\n")); err != nil {
			t.Fatal(err)
		}
		want := "bgpd: " + name + "\n|\n"
		var got []byte
		for one := make([]byte, 1); !bytes.HasSuffix(got, []byte(want)); got = append(got, one...) {
			if _, err := seen.Read(one); err != nil {
				t.Fatalf("%v after %q", err, got)
			}
		}
	}
	feed.Close()
	if status := <-ended; status != 0 {
		t.Errorf("status %d", status)
	}
}

func TestClosedPipeIsNoError(t *testing.T) {
	dir := t.TempDir()
	messages := filepath.Join(dir, "messages")
	if err := os.WriteFile(messages, bytes.Repeat([]byte("ffffffffffffffffffffffffffffffff001304\n"), 10000), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(out io.Writer, errs io.Writer) int{
		"log pretty": func(out, errs io.Writer) int { return prettyLog([]string{firstSeed}, nil, out, errs) },
		"decode":     func(out, errs io.Writer) int { return decode([]string{messages}, nil, out, errs) },
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		var errs bytes.Buffer
		if status := run(w, &errs); status != 0 || errs.Len() > 0 {
			t.Errorf("%s: status %d, %s", name, status, errs.String())
		}
		w.Close()
	}
}

func TestWordsOfLog(t *testing.T) {
	for words, want := range map[string]bool{"log pretty": true, "log pretty x": true, "log level debug": false, "log": false, "show log pretty": false} {
		if isLog(strings.Fields(words)) != want {
			t.Errorf("%q", words)
		}
	}
}
