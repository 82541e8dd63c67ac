package grammar

import (
	"strings"
	"testing"
)

// Characters that speak to a terminal, and bytes that are no text, are refused with their place, in every line of ours.
func TestUncleanLines(t *testing.T) {
	for _, c := range []struct{ mode, line, want string }{
		{"router", " neighbor 10.0.0.1 description a\x00b", `Unknown command: neighbor 10.0.0.1 description a\x00b (control character \x00 at column 33)`},
		{"router", "neighbor 10.0.0.1 description \x1b[31mred", `Unknown command: neighbor 10.0.0.1 description \x1b[31mred (control character \x1b at column 31)`},
		{"router", "neighbor 10.0.0.1 description good\rbad", `Unknown command: neighbor 10.0.0.1 description good\rbad (control character \r at column 35)`},
		{"router", "neighbor 10.0.0.1 description é\u009b1m", `Unknown command: neighbor 10.0.0.1 description é\u009b1m (control character \u009b at column 32)`},
		{"router", "neighbor 10.0.0.1 description \x7f", `Unknown command: neighbor 10.0.0.1 description \x7f (control character \x7f at column 31)`},
		{"router", "neighbor 10.0.0.1 description Z\xfcrich", `Unknown command: neighbor 10.0.0.1 description Z\xfcrich (byte \xfc at column 32 is not UTF-8)`},
		{"exec", "show bgp\x07summary", `Unknown command: show bgp\asummary (control character \a at column 9)`},
		{"config", "\x1b]0;title\x07", `Unknown command: \x1b]0;title\a (control character \x1b at column 1)`},
	} {
		_, err := Match(Mode(c.mode), c.line)
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\nhave %v\nwant %s", c.line, err, c.want)
		}
		if l := Classify(Mode(c.mode), c.line); c.mode != "exec" && (l.Kind != Bad || l.Err.Error() != c.want) {
			t.Errorf("%q: classified %v %v", c.line, l.Kind, l.Err)
		}
	}
	for _, line := range []string{"neighbor 10.0.0.1 description Zürich\t東京 – “a”\r", "! \x1b a comment", "# \xfc"} {
		if _, err := Match(Router, line); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	if l := Classify(Config, "banner motd line Z\xfcrich"); l.Kind != Foreign {
		t.Errorf("another program's text: %v", l)
	}
}

// What an unclean line would have restricted fails closed, and the block that it would have opened goes with it.
func TestUncleanLinesHold(t *testing.T) {
	l := Classify(Router, "neighbor 10.0.0.1 password a\x01b")
	if l.Kind != Bad || l.Hold.Kind != HoldNeighbor || l.Hold.Peer.String() != "10.0.0.1" {
		t.Errorf("password: %+v", l)
	}
	s := NewScanner(Config)
	if l := s.Line("router bgp 65000\x01"); l.Kind != Bad || s.Mode() != Skip {
		t.Errorf("opener: %v, then %s", l.Kind, s.Mode())
	}
}

// A byte order mark, as Windows editors write one, is no part of the first line.
func TestByteOrderMark(t *testing.T) {
	s := NewScanner(Config)
	if l := s.Line("\ufeffhostname r1"); l.Kind != Ours || l.Command.Args.Text("name") != "r1" {
		t.Errorf("%v %v", l.Kind, l.Err)
	}
	if l := NewScanner(Config).Line("\ufeff! comment"); l.Kind != Blank {
		t.Errorf("%v %v", l.Kind, l.Err)
	}
	if _, err := Match(Config, "\ufeffhostnam"); err == nil || err.(*Error).Offset != len("hostnam") {
		t.Errorf("%v", err)
	}
}

// An error repeats a line as text and not whole, however long it is.
func TestErrorsAreShort(t *testing.T) {
	_, err := Match(Config, strings.Repeat("ü", 1_000_000))
	if have := err.Error(); len(have) > 1000 || !strings.Contains(have, "ü...") {
		t.Errorf("%d bytes: %.300s", len(have), have)
	}
	if have := Excerpt("neighbor 10.0.0.1 password \x1bsecret"); have != "neighbor 10.0.0.1 password *****" {
		t.Errorf("%q", have)
	}
	if have := Conceal("neighbor 10.0.0.1 description \x1b" + strings.Repeat("a", 300)); !strings.HasSuffix(have, `\x1b`+strings.Repeat("a", 300)) {
		t.Errorf("%q", have)
	}
}
