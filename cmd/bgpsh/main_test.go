package main

import (
	"slices"
	"testing"
	"time"
)

func TestCommandLine(t *testing.T) {
	o, _, err := parse([]string{"--socket", "/s", "--timeout", "5", "--no-pager", "-c", "conf t", "-c", "exit"})
	if err != nil || o.Socket != "/s" || o.Timeout != 5*time.Second || !o.NoPager || !slices.Equal(o.Commands, []string{"conf t", "exit"}) {
		t.Errorf("%+v, %v", o, err)
	}
	o, _, err = parse([]string{"show", "bgp", "summary", "--json"}) // flags end at the first word
	if err != nil || !slices.Equal(o.Words, []string{"show", "bgp", "summary", "--json"}) || o.Timeout != 30*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
	if _, version, err := parse([]string{"--version"}); !version || err != nil {
		t.Errorf("--version: %v, %v", version, err)
	}
	for _, wrong := range [][]string{{"--nope"}, {"-c"}, {"--timeout", "soon"}, {"--timeout", "0"}, {"-c", "a", "-f", "b"}, {"-f", "b", "show"}} {
		if _, _, err := parse(wrong); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}
