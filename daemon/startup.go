package daemon

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/ipc/api"
)

// startup is the startup configuration: its file, what was wrong with it, and what of the running configuration is in it.
type startup struct {
	store
	problems  []config.LineError // of the load, empty again after a write
	warnings  []config.Warning
	saved     *config.Config // the running configuration as it was last loaded or written; nil: there is no file
	writtenAt time.Time
	left      []config.Place // lines that a forced write left out; they are in path.1
}

// unwritten lists the lines that a write would lose although they matter, without those that a forced one has lost.
func (s *startup) unwritten(running *config.Config) []config.LineError {
	return slices.DeleteFunc(running.Unwritten(s.problems), func(e config.LineError) bool { return slices.Contains(s.left, e.Place) })
}

// errHeld refuses to overwrite a file with lines that are not part of the running configuration and yet matter.
var errHeld = errors.New("lines that hold something back would be lost")

// differs reports whether running holds something that the file does not.
func (s *startup) differs(running *config.Config) bool {
	return s.saved == nil || !config.SameText(s.saved, running)
}

func (s startup) clone() startup {
	s.problems, s.warnings = slices.Clone(s.problems), slices.Clone(s.warnings)
	return s
}

// parse reads the file. A missing file gives the empty configuration.
func (s *startup) parse(o config.Options) (*config.Config, error) {
	file, err := s.files().open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.seen = mark{}
		return s.take(nil, o), nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m := newMarker()
	c, problems, warnings, err := config.ReadFrom(s.path, io.TeeReader(file, m), o) // it may have tens of megabytes
	if err != nil {
		return nil, err
	}
	s.seen = m.mark()
	s.took(c, problems, warnings)
	return c, nil
}

// take reads text as what the file holds.
func (s *startup) take(text []byte, o config.Options) *config.Config {
	c, problems, warnings := config.Read(s.path, text, o)
	s.took(c, problems, warnings)
	return c
}

// took notes what the file holds.
func (s *startup) took(c *config.Config, problems []config.LineError, warnings []config.Warning) {
	s.problems, s.warnings, s.left, s.saved = problems, warnings, nil, c
}

// write saves running. Without force it refuses while the file has lines that are not part of running, or when somebody
// else changed the file.
func (s *startup) write(now time.Time, running *config.Config, force bool) (lines int, err error) {
	if len(s.unwritten(running)) > 0 && !force {
		return 0, errHeld
	}
	text, err := s.render(running)
	if err != nil {
		return 0, err
	}
	if err := s.save(text, force); err != nil {
		return 0, err
	}
	s.left = nil
	for _, e := range running.Unwritten(s.problems) {
		s.left = append(s.left, e.Place)
	}
	s.saved, s.problems, s.warnings, s.writtenAt = running, nil, nil, now
	return bytes.Count(text, []byte("\n")), nil
}

// render is the text of the file for running, with the comments of the one that is there.
func (s *startup) render(running *config.Config) ([]byte, error) {
	old, err := s.text()
	if err != nil {
		return nil, err
	}
	return config.Render(running, old), nil
}

// splitLines gives the lines of a text without their ends.
func splitLines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\r")
	}
	return lines
}

// erase removes the file and keeps it as path.1.
func (s *startup) erase() (api.EraseResult, error) {
	result := api.EraseResult{Path: s.path}
	if foreign, err := s.changed(); err != nil || foreign {
		return result, cmp.Or(err, errForeign)
	}
	if s.seen.exists {
		if err := s.files().rename(s.path, s.path+".1"); err != nil {
			return result, err
		}
		result.Kept = s.path + ".1"
	}
	s.seen, s.problems, s.warnings, s.saved = mark{}, nil, nil, nil
	return result, s.files().sync(filepath.Dir(s.path))
}
