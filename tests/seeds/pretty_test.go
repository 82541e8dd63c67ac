package seeds

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bgpsh/ipc/logline"
)

// logPretty runs the shell's verb.
func logPretty(t *testing.T, log []byte) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(binDir, "bgpsh"), "log", "pretty")
	cmd.Stdin = bytes.NewReader(log)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The second seed, put back into JSON, comes out of the verb as it is, with the record that was cut off.
func TestSecondSeedIsPretty(t *testing.T) {
	seed := string(readFile(t, secondSeed))
	var log []byte
	for _, e := range readPretty(t, seed) {
		if e.cut {
			log = append(log, e.Msg...)
			continue
		}
		log = logline.AppendJSON(log, &e.Record)
	}
	if got := strings.TrimSuffix(logPretty(t, log), "\n"); got != seed {
		t.Errorf("the lines differ:\n%s", strings.Join(edits(strings.Split(seed, "\n"), strings.Split(got, "\n")), "\n"))
	}
}

// The first seed, whose records share one line, comes out with all its records, keys and values.
func TestFirstSeedMadePretty(t *testing.T) {
	log := readFile(t, firstSeed)
	want, got := readJSON(t, log, 1), readPretty(t, logPretty(t, log))
	if len(want) != len(got) {
		t.Fatalf("%d records of %d", len(got), len(want))
	}
	for i := range want {
		w, g := &want[i], &got[i]
		if w.Msg != g.Msg || w.Level != g.Level || w.Name != g.Name || w.Unit != g.Unit || w.Module != g.Module || w.Component != g.Component ||
			!w.Time.Truncate(time.Millisecond).Equal(g.Time) || !slices.Equal(w.sortedKeys(), g.keysOf()) {
			t.Errorf("record %d is\n%+v, not\n%+v", i+1, g.Record, w.Record)
		}
		for _, key := range g.keysOf() {
			if w.text(key) != g.text(key) {
				t.Errorf("record %d: %s = %s, not %s", i+1, key, g.text(key), w.text(key))
			}
		}
	}
}

// Decoded and encoded again the first seed is what it was, to the octet: the order of its keys is ours.
func TestFirstSeedHasOurOrderOfKeys(t *testing.T) {
	for i, raw := range splitJSON(t, readFile(t, firstSeed)) {
		checkOrder(t, i, raw)
	}
}

func checkOrder(t *testing.T, i int, raw json.RawMessage) {
	t.Helper()
	r, err := logline.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if again := strings.TrimSuffix(string(logline.AppendJSON(nil, &r)), "\n"); again != string(raw) {
		t.Errorf("record %d is\n%s, and then\n%s", i+1, raw, again)
	}
}
