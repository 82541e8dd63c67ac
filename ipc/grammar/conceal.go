package grammar

import "strings"

// concealed stands in place of a secret.
const concealed = "*****"

// Conceal gives a line as it may be logged or shown to others: what follows the word password of a neighbor statement is replaced by stars,
// also where that word is shortened or misspelled, and in the statements of other programs that carry a secret. What is left is printable.
func Conceal(line string) string { return Printable(withoutSecret(line)) }

func withoutSecret(line string) string {
	toks := split(line)
	at := 0
	if len(toks) > at && toks[at].text == "no" {
		at++
	}
	if len(toks) <= at {
		return line
	}
	switch first := toks[at].text; {
	case strings.HasPrefix("neighbor", first) || distance(first, "neighbor", 2) <= 2:
		at += 2
	case first == "enable":
		at++
	}
	if len(toks) <= at+1 || !secretWord(toks[at].text) {
		return line
	}
	return line[:toks[at+1].at] + concealed
}

// secretWord tells whether a word is, or was meant as, one that a secret follows.
func secretWord(w string) bool {
	for _, secret := range []string{"password", "key-string", "username"} {
		if len(w) > 1 && w != "key" && strings.HasPrefix(secret, w) || distance(w, secret, 2) <= 2 {
			return true
		}
	}
	return false
}
