package config

import (
	"fmt"
	"unique"
)

// Secret is a password. Every way of formatting it prints stars, and printing a value that it is hidden in prints no more
// than a pointer, because the text stands behind one; only Reveal, for the configuration's own text and for the socket option,
// gives it away. Secrets compare by their text; the zero Secret is empty.
type Secret struct{ text unique.Handle[string] }

const stars = "********"

// NewSecret wraps s.
func NewSecret(s string) Secret {
	if s == "" {
		return Secret{}
	}
	return Secret{text: unique.Make(s)}
}

// Reveal returns the password itself.
func (s Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return s.text.Value()
}

// Empty reports whether there is no password.
func (s Secret) Empty() bool { return s == Secret{} }

// String prints stars.
func (s Secret) String() string { return stars }

// GoString prints stars.
func (s Secret) GoString() string { return stars }

// Format prints stars for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(stars)) }

// MarshalText gives stars, so that no encoder leaks the password.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }
