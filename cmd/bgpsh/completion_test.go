package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestWordsFor(t *testing.T) {
	t.Setenv("BGPSH_SOCKET", "/nowhere")
	for line, want := range map[string]string{
		"bgpsh --ti":                             "--timeout",
		"bgpsh -":                                "--socket --command -c --file -f --no-pager --timeout --version",
		"bgpsh --socket ":                        "", // a file
		"bgpsh --socket /s --timeout 3 show ver": "version",
		"bgpsh dec":                              "decode",
		"bgpsh log ":                             "pretty",
		"bgpsh completion z":                     "zsh",
		"bgpsh decode --":                        "",
		"bgpsh -f x ":                            "",
		"bgpsh show bgp summary est":             "established",
		"bgp":                                    "",
	} {
		var all []string
		for _, c := range wordsFor(line) {
			all = append(all, c.Word)
		}
		if got := strings.Join(all, " "); got != want {
			t.Errorf("%q: %s, want %s", line, got, want)
		}
	}
}

func TestCompletionUsage(t *testing.T) {
	var out, errs bytes.Buffer
	if completion([]string{"tcsh"}, &out, &errs) != wrongUsage || out.Len() > 0 || !strings.Contains(errs.String(), "bash|zsh|fish") {
		t.Errorf("%q %q", out.String(), errs.String())
	}
}
