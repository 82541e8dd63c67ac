package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// FuzzParse reads any text as a configuration: it never fails as a whole, and what it gives, written and read again, is the same unless something
// is held back, which is written as a comment.
func FuzzParse(f *testing.F) {
	files, _ := filepath.Glob("testdata/frr/*.conf")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text[:min(len(text), 2000)]))
	}
	f.Add("router bgp 65000\n neighbor 10.0.0.2 remote-as 65001\n neighbor 10.0.0.2 pasword x\n address-family ipv4 unicast\n  neighbor 10.0.0.2 route-map M in\n")
	f.Add("route-map M permit 10\n match ip address prefix-list X\n set as-path prepend 1 1\nip prefix-list X permit 10.0.0.0/8 le 24\nrouter bgp 1\nrouter bgp 2\n")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 4000 {
			return
		}
		first, held, _ := Parse("a", strings.Split(text, "\n"), Options{})
		lines := first.Lines()
		second, wrong, _ := Parse("b", lines, Options{})
		if again := second.Lines(); len(held) == 0 && !slices.Equal(lines, again) {
			t.Errorf("written\n%s\nreads as\n%s\nwith %v", strings.Join(lines, "\n"), strings.Join(again, "\n"), wrong)
		}
	})
}
