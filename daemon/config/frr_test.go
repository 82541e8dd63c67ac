package config

import (
	"bytes"
	flags "flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flags.Bool("rewrite", false, "write the expected outputs anew")

// Configurations as FRR's operators write them (testdata/frr/*.conf) load without a bad line. The text beside each holds what is said of its
// lines and the running configuration that it gives. A transaction takes the file as the start does, and the running configuration reads
// back, also on top of itself.
func TestFRRFiles(t *testing.T) {
	files, _ := filepath.Glob("testdata/frr/*.conf")
	if len(files) == 0 {
		t.Fatal("no configurations")
	}
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			c, errs, warnings := Parse(name, textLines(string(text)), Options{})
			if len(errs) > 0 {
				t.Errorf("bad lines: %v", errs)
			}
			compare(t, strings.TrimSuffix(path, ".conf")+".txt", strings.Join(Report(errs, warnings), "\n")+"\n\n"+printed(c)+"\n")
			typed := try(&Config{}, string(text))
			if !typed.Applied || printed(typed.Config) != printed(c) || heldText(typed.Config.Held) == "" != (heldText(c.Held) == "") {
				t.Errorf("typed, it is another configuration:\n%s\n%s", typed.said(), printed(typed.Config))
			}
			for _, n := range c.Router.Sorted() {
				if a, b := standing(c, n.Name), standing(typed.Config, n.Name); a != b {
					t.Errorf("%s holds %q, typed %q", n.Name, a, b)
				}
			}
			for from, again := range map[string]Outcome{"nothing": try(&Config{}, printed(c)), "itself": try(c, printed(c))} {
				if !again.Applied || printed(again.Config) != printed(c) {
					t.Errorf("does not read back from %s: %s", from, again.said())
				}
			}
		})
	}
}

// compare holds a text against a file, or writes the file.
func compare(t *testing.T, path, have string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(have)) {
		t.Errorf("%s differs; run go test -rewrite and look at the change. Now:\n%s", path, have)
	}
}
