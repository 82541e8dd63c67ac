package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"hash/maphash"
	"io/fs"
	"path/filepath"
)

// errForeign says that somebody else changed the startup file since it was read or written here.
var errForeign = errors.New("the file was changed by another program since it was read")

// A store is one file on disk that is replaced whole: a reader, or a crash at any moment, finds the old text or the new
// one. It remembers what it last read or wrote and refuses to overwrite anything else.
type store struct {
	path string
	disk disk // nil: the real one
	seen mark // what the file held when it was last read or written
}

// A mark tells texts apart without keeping them: a startup file may have tens of megabytes. The zero mark is that of no file. Marks of one
// process can be compared.
type mark struct {
	exists bool
	sums   [2]uint64
}

var markSeeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}

// A marker makes the mark of what is written to it. It is many times quicker than a hash that withstands an adversary, whom the file's
// permissions keep away.
type marker [2]maphash.Hash

func newMarker() *marker {
	m := new(marker)
	for i := range m {
		m[i].SetSeed(markSeeds[i])
	}
	return m
}

// Write adds to the text.
func (m *marker) Write(text []byte) (int, error) {
	m[0].Write(text)
	return m[1].Write(text)
}

func (m *marker) mark() mark { return mark{true, [2]uint64{m[0].Sum64(), m[1].Sum64()}} }

// markOf is the mark of a text, nil for no file.
func markOf(text []byte) mark {
	if text == nil {
		return mark{}
	}
	m := newMarker()
	m.Write(text)
	return m.mark()
}

// files is where the file is.
func (s *store) files() disk { return cmp.Or(s.disk, disk(osDisk{})) }

// load reads the file. A missing file is no error: the text is nil.
func (s *store) load() ([]byte, error) {
	text, err := s.text()
	if err != nil {
		return nil, err
	}
	s.seen = markOf(text)
	return text, nil
}

// text is what is in the file now, nil for no file.
func (s *store) text() ([]byte, error) {
	text, err := s.files().read(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && text == nil {
		text = []byte{}
	}
	return text, err
}

// changed reports whether the file differs from what was last read or written here.
func (s *store) changed() (bool, error) {
	text, err := s.text()
	return err == nil && markOf(text) != s.seen, err
}

// save replaces the file by text and keeps the old one as path.1. It returns errForeign, and changes nothing, when the
// file is not the one last seen, unless force is set. On any other error the old file stands as it was.
func (s *store) save(text []byte, force bool) error {
	foreign, err := s.changed()
	if err != nil {
		return err
	}
	if foreign && !force {
		return fmt.Errorf("%s: %w", s.path, errForeign)
	}
	d, temp := s.files(), unfinished(s.path)
	mode, exists := d.mode(s.path)
	if !exists {
		mode = 0o640
	}
	if err := d.create(temp, text, mode); err != nil {
		return err
	}
	if exists {
		err = keepOld(d, s.path)
	}
	if err == nil {
		err = d.rename(temp, s.path)
	}
	if err != nil {
		d.remove(temp)
		return err
	}
	s.seen = markOf(text)
	return d.sync(filepath.Dir(s.path))
}

// drop removes the file, unless it is not the one last seen.
func (s *store) drop() error {
	foreign, err := s.changed()
	switch {
	case err != nil:
		return err
	case foreign:
		return fmt.Errorf("%s: %w", s.path, errForeign)
	case !s.seen.exists:
		return nil
	}
	if err := s.files().remove(s.path); err != nil {
		return err
	}
	s.seen = mark{}
	return s.files().sync(filepath.Dir(s.path))
}

// keepOld makes path.1 a second name of the file at path, replacing an older one; where a file can have one name only, a copy.
func keepOld(d disk, path string) error {
	err := d.link(path, path+".1")
	if err == nil {
		return nil
	}
	old, readErr := d.read(path)
	if readErr != nil {
		return err
	}
	return replaceFile(d, path+".1", old, 0o640)
}
