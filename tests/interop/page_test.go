package interop

import (
	"flag"
	"os"
	"strings"
	"sync"
	"testing"
)

const pageFile = "../../docs/interop.md"

// page guards the file: tests that run side by side hold it to what they found, each its own section.
var page sync.Mutex

// holdPage compares a section of docs/interop.md with what it is to say, or writes it. The head is the section's first line, with
// its marks; a new one goes to the end. A run of some of the tests that were to fill it tells nothing.
func holdPage(t *testing.T, head, text string) {
	t.Helper()
	if strings.Contains(flag.Lookup("test.run").Value.String(), "/") {
		t.Log("a part of the tests: docs/interop.md is not looked at")
		return
	}
	page.Lock()
	defer page.Unlock()
	old, err := os.ReadFile(pageFile)
	if err != nil {
		t.Fatal(err)
	}
	sections, found := strings.SplitAfter(string(old), "\n\n## "), false
	for i, s := range sections {
		s = strings.TrimSuffix(s, "\n\n## ")
		if i > 0 {
			s = "## " + s
		}
		sections[i] = strings.TrimSpace(s)
		if first, _, _ := strings.Cut(sections[i], "\n"); first == head {
			sections[i], found = head+"\n\n"+strings.TrimSpace(text), true
		}
	}
	if !found {
		sections = append(sections, head+"\n\n"+strings.TrimSpace(text))
	}
	want := strings.Join(sections, "\n\n") + "\n"
	if want == string(old) {
		return
	}
	if *rewrite && !t.Failed() {
		if err := os.WriteFile(pageFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("docs/interop.md is to say below %q:\n%s", head, text)
}
