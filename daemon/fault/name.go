package fault

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// A report's name tells when, where and about whom, so that a later run of the daemon can count them without reading them:
// 20060102T150405.000000000Z-table-10.0.0.2.txt.
const nameTime = "20060102T150405.000000000Z"

// fileName is the name of a report.
func fileName(now time.Time, p Place, subject string) string {
	return fmt.Sprintf("%s-%s-%s.txt", now.UTC().Format(nameTime), p, Named(subject))
}

// Named is a subject as it stands in the name of a report.
func Named(subject string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', strings.ContainsRune(".:%_-", c):
			return c
		}
		return '_'
	}, subject[:min(len(subject), 80)])
}

// parseName reads a name that fileName gave.
func parseName(name string) (b Brief, ok bool) {
	rest, ok := strings.CutSuffix(name, ".txt")
	parts := strings.SplitN(rest, "-", 3)
	if !ok || len(parts) != 3 {
		return b, false
	}
	at, err := time.Parse(nameTime, parts[0])
	if err != nil {
		return b, false
	}
	for p := range Places {
		if p.String() == parts[1] {
			return Brief{At: at, Place: p, Subject: parts[2]}, true
		}
	}
	return b, false
}

// Earlier are the reports in a folder, of this run of the daemon and of those before it, oldest first.
func Earlier(dir string) (out []Brief) {
	for _, name := range reports(dir) {
		b, _ := parseName(name)
		b.Report = filepath.Join(dir, name)
		out = append(out, b)
	}
	return out
}
