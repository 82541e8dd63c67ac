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

// hideSecret cuts a line off where its text stops being fit to print: behind `neighbor P password`, which may be
// abbreviated or, in a wrong line, misspelt.
func hideSecret(line string) string {
	w := unsigned(words(line))
	for i, word := range w {
		if i < 2 || i+1 >= len(w) || !likePassword(word) {
			continue
		}
		if at := strings.Index(line, " "+word+" "); at >= 0 {
			return line[:at+len(word)+2] + stars
		}
	}
	return line
}

// likePassword reports that a word is `password`, short for it, or near enough to have been meant for it.
func likePassword(word string) bool {
	return len(word) >= 2 && strings.HasPrefix("password", word) || near(word, "password")
}

// near reports that two words differ by at most two insertions, deletions or replacements.
func near(a, b string) bool {
	if len(a) > len(b)+2 || len(b) > len(a)+2 {
		return false
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)] <= 2
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
