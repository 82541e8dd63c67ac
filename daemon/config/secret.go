package config

import "fmt"

// Secret is a password. Every way of formatting it prints stars; only Reveal, for the configuration's own text and for the
// socket option, gives it away.
type Secret struct{ text string }

const stars = "********"

// NewSecret wraps s.
func NewSecret(s string) Secret { return Secret{text: s} }

// Reveal returns the password itself.
func (s Secret) Reveal() string { return s.text }

// Empty reports whether there is no password.
func (s Secret) Empty() bool { return s.text == "" }

// String prints stars.
func (s Secret) String() string { return stars }

// GoString prints stars.
func (s Secret) GoString() string { return stars }

// Format prints stars for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(stars)) }

// MarshalText gives stars, so that no encoder leaks the password.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }
