package daemon

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc/api"
)

// Bounds of the history: whatever is reached first drops the oldest.
const (
	maxChanges      = 500
	maxHistoryBytes = 64 << 20
	maxChangeLines  = 200 // of the difference that stands in a change itself; all of it can be computed from what is kept
)

// A change is one change of the running configuration as the history keeps it: who, when, why, what, and the configuration behind it.
type change struct {
	Number  uint64         `json:"number"` // counts changes from 1, over restarts
	At      time.Time      `json:"at"`
	User    string         `json:"user"`
	PID     int32          `json:"pid,omitempty"`
	From    string         `json:"from"` // a terminal, a file, the socket
	Kind    api.ChangeKind `json:"kind"`
	Comment string         `json:"comment,omitempty"`
	Lines   []changeLine   `json:"lines,omitempty"` // at most maxChangeLines
	More    int            `json:"more,omitempty"`  // lines beyond those
	Added   int            `json:"added,omitempty"` // of all lines
	Removed int            `json:"removed,omitempty"`
	Undoes  uint64         `json:"undoes,omitempty"` // a change that was taken back: its number
	Sum     string         `json:"sum,omitempty"`    // SHA-256 of the configuration behind it as it is kept

	size   int
	config *config.Config // kept here where there is no file; else read when it is asked for
}

// changeLine is a line of a difference as it is kept, without passwords.
type changeLine api.DiffLine

// A history keeps the latest changes, each in a file of its own that is written whole and never changed: the SHA-256 of what follows, a line of
// JSON that tells of the change, and compressed the configuration behind it. A file that is not what was written is set aside.
type history struct {
	disk    disk
	dir     string // empty: the history ends with the daemon
	changes []*change
	next    uint64
	aside   []string // files that were set aside
}

// suffix of a damaged file that was set aside.
const asideSuffix = ".damaged"

// load reads what earlier runs left.
func (h *history) load() error {
	h.next = 1
	if h.dir == "" {
		return nil
	}
	names, err := h.disk.list(h.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		path := filepath.Join(h.dir, name)
		if isUnfinished(name) {
			h.disk.remove(path)
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSuffix(name, asideSuffix), 10, 64)
		if err != nil {
			continue // not ours
		}
		h.next = max(h.next, n+1)
		if strings.HasSuffix(name, asideSuffix) {
			continue
		}
		c, _, err := h.read(path)
		if err != nil || c.Number != n {
			h.setAside(path)
			continue
		}
		h.changes = append(h.changes, c)
	}
	slices.SortFunc(h.changes, func(a, b *change) int { return cmp.Compare(a.Number, b.Number) })
	return nil
}

func (h *history) setAside(path string) {
	if h.disk.rename(path, path+asideSuffix) == nil {
		path += asideSuffix
	}
	h.aside = append(h.aside, path)
}

var errDamaged = errors.New("the file is not what was written")

// read reads the file of a change: what tells of it, and the compressed configuration.
func (h *history) read(path string) (c *change, body []byte, err error) {
	text, err := h.disk.read(path)
	if err != nil {
		return nil, nil, err
	}
	sum, rest, _ := bytes.Cut(text, []byte("\n"))
	head, body, _ := bytes.Cut(rest, []byte("\n"))
	c = &change{size: len(text)}
	if string(sum) != sumOf(rest) || json.Unmarshal(head, c) != nil {
		return nil, nil, errDamaged
	}
	return c, body, nil
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// file is where a change is kept.
func (h *history) file(n uint64) string { return filepath.Join(h.dir, fmt.Sprintf("%08d", n)) }

// add keeps a change, which gets its number, its difference, and the configuration behind it. An error says that it is kept for this run only.
func (h *history) add(c *change, lines []config.DiffLine, after *config.Config) error {
	for i, l := range lines {
		switch l.Sign {
		case '+':
			c.Added++
		case '-':
			c.Removed++
		}
		if i >= maxChangeLines {
			c.More++
			continue
		}
		text := config.Texts(lines[i : i+1])[0]
		c.Lines = append(c.Lines, changeLine{Sign: string(l.Sign), Depth: l.Depth, Text: strings.TrimLeft(text[1:], " "), Object: l.Object})
	}
	return h.put(c, after)
}

// put is add of a change whose difference is known.
func (h *history) put(c *change, after *config.Config) error {
	c.Number = h.next
	h.next++
	h.changes = append(h.changes, c)
	err := h.keep(c, after)
	if err != nil || h.dir == "" {
		c.config = after
	}
	h.shrink()
	return err
}

// keep writes a change to its file.
func (h *history) keep(c *change, after *config.Config) error {
	if h.dir == "" {
		return nil
	}
	body, sum, err := compressed(after)
	if err != nil {
		return err
	}
	c.Sum = sum
	head, err := json.Marshal(c)
	if err != nil {
		return err
	}
	sum = strings.Repeat("0", 2*sha256.Size) + "\n"
	text := slices.Concat([]byte(sum), head, []byte("\n"), body)
	copy(text, sumOf(text[len(sum):]))
	c.size = len(text)
	if err := h.disk.mkdir(h.dir); err != nil {
		return err
	}
	return replaceFile(h.disk, h.file(c.Number), text, 0o600)
}

// compressed is a configuration as it is kept, and the SHA-256 of what was compressed.
func compressed(c *config.Config) (body []byte, sum string, err error) {
	var b bytes.Buffer
	hash := sha256.New()
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err == nil {
		err = c.WriteSnapshot(io.MultiWriter(z, hash))
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), hex.EncodeToString(hash.Sum(nil)), err
}

// holds reports whether the configuration behind a change is c, as far as that can be told without reading it.
func (c *change) holds(of *config.Config) bool {
	if c.Sum == "" {
		return false
	}
	hash := sha256.New()
	return of.WriteSnapshot(hash) == nil && hex.EncodeToString(hash.Sum(nil)) == c.Sum
}

// shrink drops the oldest changes that are too many.
func (h *history) shrink() {
	size := 0
	for _, c := range h.changes {
		size += c.size
	}
	for len(h.changes) > 1 && (len(h.changes) > maxChanges || size > maxHistoryBytes) {
		oldest := h.changes[0]
		h.changes = h.changes[1:]
		size -= oldest.size
		if h.dir != "" {
			h.disk.remove(h.file(oldest.Number))
		}
	}
}

// configOf is the configuration behind a change.
func (h *history) configOf(c *change, o config.Options) (*config.Config, error) {
	if c.config != nil {
		return c.config, nil
	}
	_, body, err := h.read(h.file(c.Number))
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		return nil, err
	}
	var s config.Snapshot
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	out, wrong := s.Config(o)
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s: %s", wrong[0].Place, wrong[0].Reason)
	}
	return out, nil
}

// find is the change of a number; nil where there is none, or none any more.
func (h *history) find(n uint64) *change {
	for _, c := range h.changes {
		if c.Number == n {
			return c
		}
	}
	return nil
}

// last is the newest change; nil for none.
func (h *history) last() *change {
	if len(h.changes) == 0 {
		return nil
	}
	return h.changes[len(h.changes)-1]
}

// number is that of the newest change, 0 for none.
func (h *history) number() uint64 { return h.next - 1 }

// commits are the changes that rollback counts, newest first: commits and replacements that were not taken back, and the oldest change known,
// which is what stood before them.
func (h *history) commits() (out []*change) {
	undone := map[uint64]bool{}
	for _, c := range slices.Backward(h.changes) {
		switch {
		case c.Kind == api.ChangeTakenBack:
			undone[c.Undoes] = true
		case undone[c.Number]:
		case c.Kind == api.ChangeCommit, c.Kind == api.ChangeRollback, c.Kind == api.ChangeReplace, c == h.changes[0]:
			out = append(out, c)
		}
	}
	return out
}

// since are the changes behind number n, oldest first.
func (h *history) since(n uint64) []*change {
	i, _ := slices.BinarySearchFunc(h.changes, n+1, func(c *change, n uint64) int { return cmp.Compare(c.Number, n) })
	return h.changes[i:]
}
