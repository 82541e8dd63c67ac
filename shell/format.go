package shell

import (
	"fmt"
	"strings"
	"time"

	"bgpsh/ipc/api"
)

const (
	day  = 24 * 60 * 60
	week = 7 * day
	year = 365 * day
)

// upDown shows a length of time as FRR's listings do: 00:01:02, 1d02h03m,
// 01w2d03h, 01y02w3d. nil is "never".
func upDown(ms *int64) string {
	if ms == nil {
		return "never"
	}
	s := *ms / 1000
	days := s / day
	switch {
	case s < day:
		return fmt.Sprintf("%02d:%02d:%02d", s/3600, s/60%60, s%60)
	case s < week:
		return fmt.Sprintf("%dd%02dh%02dm", days, s/3600%24, s/60%60)
	case s < year:
		return fmt.Sprintf("%02dw%dd%02dh", days/7, days%7, s/3600%24)
	}
	return fmt.Sprintf("%02dy%02dw%dd", days/365, days%365/7, days%365%7)
}

// short shows a length of time in answers: 42s, 5m12s, 3h07m, 3d02h.
func short(ms int64) string {
	s := ms / 1000
	switch {
	case s < 60:
		return fmt.Sprintf("%ds", s)
	case s < 3600:
		return fmt.Sprintf("%dm%02ds", s/60, s%60)
	case s < day:
		return fmt.Sprintf("%dh%02dm", s/3600, s/60%60)
	}
	return fmt.Sprintf("%dd%02dh", s/day, s/3600%24)
}

// calendar shows an instant as C's ctime does, in local time.
func calendar(t time.Time) string { return t.Local().Format(time.ANSIC) }

// memory shows a number of bytes in the unit that leaves at least two digits.
func memory(n uint64) string {
	const kib, mib, gib = 1 << 10, 1 << 20, 1 << 30
	switch {
	case n == 1:
		return "1 byte"
	case n/gib > 10:
		return fmt.Sprintf("%d GiB", (n+gib/2)/gib)
	case n/mib > 10:
		return fmt.Sprintf("%d MiB", (n+mib/2)/mib)
	case n/kib > 10:
		return fmt.Sprintf("%d KiB", (n+kib/2)/kib)
	}
	return fmt.Sprintf("%d bytes", n)
}

// cut shortens a description to size bytes, at a blank where it has one.
func cut(text string, size int) string {
	if len(text) < size {
		return text
	}
	text = text[:size]
	if space := strings.LastIndexByte(text, ' '); space > 0 {
		return strings.TrimRight(text[:space], " ")
	}
	return strings.ToValidUTF8(text, "")
}

// familyTitle is a family in FRR's words.
func familyTitle(f api.Family) string {
	if f == api.IPv6Unicast {
		return "IPv6 Unicast"
	}
	return "IPv4 Unicast"
}

// plural gives the count and the word, with an s where it is not one.
func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// oneOf gives the first text that is not empty.
func oneOf(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// printable makes a text that came from elsewhere safe for a terminal and for
// one line: control characters become spaces.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}
