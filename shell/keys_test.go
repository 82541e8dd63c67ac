package shell

import (
	"fmt"
	"strings"
	"testing"
)

// show gives events as text: kinds by letter, with what they carry.
func showEvents(events []keyEvent) string {
	var all []string
	for _, e := range events {
		switch e.kind {
		case keyText:
			all = append(all, fmt.Sprintf("%q", e.bytes))
		case keyCode:
			all = append(all, fmt.Sprintf("<%x>", e.bytes))
		case keyPaste:
			all = append(all, fmt.Sprintf("paste%q+%q", e.lines, e.rest))
		default:
			all = append(all, map[keyKind]string{keyHelp: "help", keyQuery: "query", keyEnter: "enter", keyUndo: "undo", keyLeave: "leave"}[e.kind])
		}
	}
	return strings.Join(all, " ")
}

func splitAll(chunks ...string) []keyEvent {
	var k keySplitter
	var events []keyEvent
	for _, c := range chunks {
		k.feed([]byte(c))
		for {
			e, ok := k.next(false)
			if !ok {
				break
			}
			events = append(events, e)
		}
	}
	return events
}

var keyCases = []struct{ typed, want string }{
	{"show\r", `"show" enter`},
	{"a\nb", `"a" enter "b"`},
	{"sh?", `"sh" help`},
	{"\x16?", "query"},
	{"\x16\x01x", `"x"`},
	{"é\x7f", `"é" <7f>`},
	{"\x1b[A\x1b[1;5C\x1bOB", "<1b5b41> <1b5b313b3543> <1b4f42>"},
	{"\x1b[99zx", `"x"`}, // a sequence that nobody knows is no text
	{"\x1b[[Ax", `"x"`},
	{"\x1bb", ``},
	{"\x01\x04\x1a\t", "<01> undo leave <09>"},
	{pasteBegin + "one" + pasteEnd + "x", `"one" "x"`},
	{pasteBegin + "?" + pasteEnd, "query"},
	{pasteBegin + "a?b\tc" + pasteEnd, `"a?b c"`},
	{pasteBegin + "one\r" + pasteEnd, `paste["one"]+""`},
	{pasteBegin + "one\r\ntwo\nthr\x1b[Aee" + pasteEnd, `paste["one" "two"]+"thr [Aee"`},
	{pasteBegin + pasteEnd + "x", `"x"`},
}

func TestKeys(t *testing.T) {
	for _, c := range keyCases {
		if got := showEvents(splitAll(c.typed)); got != c.want {
			t.Errorf("%q: %s, want %s", c.typed, got, c.want)
		}
	}
}

// TestKeysHoweverTheyAreCut: the same events, byte by byte and in two parts.
func TestKeysHoweverTheyAreCut(t *testing.T) {
	join := func(events []keyEvent) string { // neighboring texts are one
		return strings.ReplaceAll(showEvents(events), `" "`, "")
	}
	for _, c := range keyCases {
		want := strings.ReplaceAll(c.want, `" "`, "")
		if got := join(splitAll(strings.Split(c.typed, "")...)); got != want && !strings.Contains(c.typed, "é") {
			t.Errorf("%q byte by byte: %s, want %s", c.typed, got, want)
		}
		for i := range c.typed {
			if got := join(splitAll(c.typed[:i], c.typed[i:])); got != want {
				t.Errorf("%q cut at %d: %s, want %s", c.typed, i, got, want)
			}
		}
	}
}

func TestHalfASequenceIsGivenUpOnDemand(t *testing.T) {
	var k keySplitter
	k.feed([]byte("\x1b"))
	if _, ok := k.next(false); ok || len(k.buf) != 1 {
		t.Error("a lone Escape was taken at once")
	}
	if _, ok := k.next(true); ok || len(k.buf) != 0 {
		t.Error("a lone Escape was not given up")
	}
}
