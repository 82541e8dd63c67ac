package grammar

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestCompletion asks for the lines of testdata/complete.txt, which begin with a mode, and holds what is offered.
func TestCompletion(t *testing.T) {
	file, err := os.Open("testdata/complete.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var out strings.Builder
	for s := bufio.NewScanner(file); s.Scan(); {
		question, ok := strings.CutPrefix(s.Text(), "? ")
		if !ok {
			continue
		}
		fmt.Fprintf(&out, "? %s\n", question)
		mode, line, _ := strings.Cut(question, " ")
		for _, c := range Complete(Mode(mode), strings.TrimSuffix(line, "$")) {
			fmt.Fprintf(&out, "    %-28s %-12s %s\n", c.Word, c.Kind, c.Help)
		}
	}
	golden(t, "testdata/complete.txt", out.String())
}

// TestCompletionIsAccepted checks that each offered keyword is one that Match takes at its place: behind the offer there is a way on.
func TestCompletionIsAccepted(t *testing.T) {
	for _, mode := range allModes {
		for _, c := range Complete(mode, "") {
			if c.Kind != KindWord {
				continue
			}
			if _, err := Match(mode, c.Word); err != nil && err.(*Error).Kind == Unknown {
				t.Errorf("%s: %q is offered and unknown", mode, c.Word)
			}
			if len(Complete(mode, c.Word+" ")) == 0 {
				t.Errorf("%s: nothing is offered behind %q", mode, c.Word)
			}
		}
	}
}
