package config

import (
	"strings"
)

// words splits a line at its blanks.
func words(line string) []string { return strings.Fields(line) }

// unsigned drops a leading `no`.
func unsigned(w []string) []string {
	if len(w) > 0 && w[0] == "no" {
		return w[1:]
	}
	return w
}

// subject is what a line is about, for matching a line that is held back with one that puts it right: the statement's word
// behind `neighbor P`, else the first two words.
func subject(line string) string {
	w := unsigned(words(line))
	switch {
	case len(w) > 2 && w[0] == "neighbor":
		return w[2]
	case len(w) > 1:
		return w[0] + " " + w[1]
	case len(w) == 1:
		return w[0]
	}
	return ""
}
