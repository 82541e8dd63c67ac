package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// errForeign says that somebody else changed the startup file since it was read or written here.
var errForeign = errors.New("the file was changed by another program since it was read")

// A store is one file on disk that is replaced whole: a reader, or a crash at any moment, finds the old text or the new
// one. It remembers what it last read or wrote and refuses to overwrite anything else.
type store struct {
	path string
	seen []byte // what the file held when it was last read or written; nil: it did not exist
}

// load reads the file. A missing file is no error: the text is nil.
func (s *store) load() ([]byte, error) {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		s.seen = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s.seen = append([]byte{}, text...)
	return text, nil
}

// changed reports whether the file differs from what was last read or written here.
func (s *store) changed() (bool, error) {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.seen != nil, nil
	}
	if err != nil {
		return false, err
	}
	return s.seen == nil || !bytes.Equal(text, s.seen), nil
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
	mode := fs.FileMode(0o640)
	if info, err := os.Stat(s.path); err == nil {
		mode = info.Mode().Perm()
	}
	temp, err := writeTemp(s.path, text, mode)
	if err != nil {
		return err
	}
	defer os.Remove(temp)
	if err := keepOld(s.path); err != nil {
		return err
	}
	if err := os.Rename(temp, s.path); err != nil {
		return err
	}
	s.seen = append([]byte{}, text...)
	return syncDir(filepath.Dir(s.path))
}

// writeTemp writes text to a new file beside path and returns its name once its bytes are on the disk.
func writeTemp(path string, text []byte, mode fs.FileMode) (name string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = f.Chmod(mode); err != nil {
		return "", err
	}
	if _, err = f.Write(text); err != nil {
		return "", err
	}
	if err = f.Sync(); err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// keepOld makes path.1 a second name of the file at path, replacing an older one.
func keepOld(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	next := path + ".1.new"
	os.Remove(next)
	if err := os.Link(path, next); err != nil {
		old, readErr := os.ReadFile(path)
		if readErr != nil {
			return err
		}
		if next, err = writeTemp(path+".1", old, 0o640); err != nil {
			return err
		}
	}
	return os.Rename(next, path+".1")
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
