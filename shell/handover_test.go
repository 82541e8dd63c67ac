package shell

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"bgpsh/ipc/api"
)

// unpacked is the text of a packed part; "" for what is none.
func unpacked(packed []byte) string {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return ""
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return ""
	}
	return string(text)
}

func TestLongFileReplacesInPackedParts(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex // the parts come on the server's goroutines
	got, parts := "", 0
	serveBench(b, api.ConfigBegin, func(api.BeginParams) (api.BeginResult, error) { return api.BeginResult{Transaction: 3}, nil })
	serveBench(b, api.ConfigAppend, func(p api.AppendParams) (api.AppendResult, error) {
		mu.Lock()
		defer mu.Unlock()
		got += unpacked(p.Packed)
		parts++
		return api.AppendResult{}, nil
	})
	b.answers(api.CommitResult{Lines: []api.LineResult{{Line: 7, Severity: api.SevError, Text: "wrong"}}})
	var lines strings.Builder
	lines.WriteString("!\r\n")
	for i := range 30000 {
		fmt.Fprintf(&lines, "ip prefix-list A seq %d permit any\n", i+1)
	}
	text := lines.String() + "end"
	file := filepath.Join(t.TempDir(), "r1.conf")
	if err := os.WriteFile(file, []byte(runningHead+text), 0o600); err != nil {
		t.Fatal(err)
	}
	status, _, errs := b.run("configure replace " + file)
	if status != statusFailed || errs != "line 7: % wrong\n" {
		t.Errorf("status %d, said %q", status, errs)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := strings.Repeat("\n", strings.Count(runningHead, "\n")) + text + "\n"; got != want || parts < 2 {
		t.Errorf("%d parts of %d bytes, not %d: %.100q", parts, len(got), len(want), got)
	}
}
