package shell

import (
	"bytes"
	"strings"
	"unicode/utf8"

	prompt "github.com/c-bata/go-prompt"
)

// keyKind says what an event of the keyboard is.
type keyKind uint8

const (
	keyText   keyKind = iota // printable text to insert
	keyCode                  // a control character or sequence that go-prompt knows
	keyHelp                  // "?" typed
	keyQuery                 // "?" to insert: after Ctrl-V, or pasted
	keyEnter                 // the line is complete
	keyUndo                  // Ctrl-D: the end, or delete
	keyLeave                 // Ctrl-Z: leave configuration
	keySearch                // Ctrl-R: look for a line of the history
	keyPaste                 // several lines pasted at once
)

// keyEvent is one event of the keyboard.
type keyEvent struct {
	kind  keyKind
	bytes []byte   // keyText, keyCode
	lines []string // keyPaste: the complete lines
	rest  string   // keyPaste: what stood behind the last line end
}

// Sequences around a bracketed paste, and those that turn it on and off.
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
)

// keySplitter cuts what a terminal sends into events, however it is cut into
// reads. It keeps what is incomplete.
type keySplitter struct {
	buf     []byte
	literal bool // Ctrl-V came: the next character is itself
}

// feed adds what was read.
func (k *keySplitter) feed(b []byte) { k.buf = append(k.buf, b...) }

// next gives the next event; ok is false where there is none, or only the
// beginning of one. With flush an incomplete sequence is given up.
func (k *keySplitter) next(flush bool) (e keyEvent, ok bool) {
	for len(k.buf) > 0 {
		e, n := k.split()
		if n == 0 {
			if !flush {
				return keyEvent{}, false
			}
			n = 1 // a lone Escape, or half a character
		}
		k.buf = k.buf[n:]
		if e != nil {
			return *e, true
		}
	}
	return keyEvent{}, false
}

// split reads the event at the start of the buffer and its length; 0 where
// it is incomplete, nil where it means nothing.
func (k *keySplitter) split() (*keyEvent, int) {
	c := k.buf[0]
	if k.literal && c != 0x1b {
		return k.splitLiteral()
	}
	switch {
	case c == 0x1b:
		return k.splitEscape()
	case c == '\r' || c == '\n':
		return &keyEvent{kind: keyEnter}, 1
	case c == '?':
		return &keyEvent{kind: keyHelp}, 1
	case c == 0x04:
		return &keyEvent{kind: keyUndo}, 1
	case c == 0x1a:
		return &keyEvent{kind: keyLeave}, 1
	case c == 0x12:
		return &keyEvent{kind: keySearch}, 1
	case c == 0x16:
		k.literal = true
		return nil, 1
	case c < ' ' || c == 0x7f:
		return known(k.buf[:1]), 1
	}
	n := textLength(k.buf)
	if n == 0 {
		return nil, 0
	}
	return &keyEvent{kind: keyText, bytes: bytes.Clone(k.buf[:n])}, n
}

// splitLiteral reads the character behind Ctrl-V.
func (k *keySplitter) splitLiteral() (*keyEvent, int) {
	if !utf8.FullRune(k.buf) {
		return nil, 0
	}
	k.literal = false
	r, n := utf8.DecodeRune(k.buf)
	switch {
	case r == '?':
		return &keyEvent{kind: keyQuery}, n
	case r < ' ' || r == 0x7f || r == utf8.RuneError:
		return nil, n
	}
	return &keyEvent{kind: keyText, bytes: bytes.Clone(k.buf[:n])}, n
}

// textLength is the length of the printable text at the start of b, without
// a character that is cut off.
func textLength(b []byte) int {
	n := 0
	for n < len(b) && b[n] >= ' ' && b[n] != 0x7f && b[n] != '?' {
		if !utf8.FullRune(b[n:]) {
			break
		}
		_, size := utf8.DecodeRune(b[n:])
		n += size
	}
	return n
}

// splitEscape reads a sequence: CSI, SS3, or Escape with a letter.
func (k *keySplitter) splitEscape() (*keyEvent, int) {
	b := k.buf
	if bytes.HasPrefix(b, []byte(pasteBegin)) {
		return k.splitPaste()
	}
	if len(b) < 2 {
		return nil, 0
	}
	switch b[1] {
	case '[':
		n := 2
		if n < len(b) && b[n] == '[' { // Linux console: ESC [ [ A
			n++
		}
		for n < len(b) && b[n] >= 0x20 && b[n] < 0x40 {
			n++
		}
		if n == len(b) {
			return nil, 0
		}
		return known(b[:n+1]), n + 1
	case 'O':
		if len(b) < 3 {
			return nil, 0
		}
		return known(b[:3]), 3
	case 0x1b:
		return nil, 1
	}
	return known(b[:2]), 2
}

// known is the event for a sequence, nil if go-prompt would insert it as
// text.
func known(b []byte) *keyEvent {
	if prompt.GetKey(b) == prompt.NotDefined {
		return nil
	}
	return &keyEvent{kind: keyCode, bytes: bytes.Clone(b)}
}

// splitPaste reads a whole bracketed paste.
func (k *keySplitter) splitPaste() (*keyEvent, int) {
	body, _, whole := bytes.Cut(k.buf[len(pasteBegin):], []byte(pasteEnd))
	if !whole {
		return nil, 0
	}
	n := len(pasteBegin) + len(body) + len(pasteEnd)
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", " ").Replace(string(body))
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	rest := lines[len(lines)-1]
	lines = lines[:len(lines)-1]
	switch {
	case len(lines) > 0:
		return &keyEvent{kind: keyPaste, lines: lines, rest: rest}, n
	case rest == "?":
		return &keyEvent{kind: keyQuery}, n
	case rest == "":
		return nil, n
	}
	return &keyEvent{kind: keyText, bytes: []byte(rest)}, n
}
