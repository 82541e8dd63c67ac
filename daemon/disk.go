package daemon

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A disk is where the files are that outlive the daemon: the edge that tests put a failing or dying one in place of. Every change goes by create
// and rename, so that whoever reads, or a crash at any moment, finds an old file or a new one and nothing in between.
type disk interface {
	// read gives a file's bytes; the error of a file that is not there is fs.ErrNotExist.
	read(path string) ([]byte, error)
	// open is read of a file that may be large.
	open(path string) (io.ReadCloser, error)
	// mode is a file's permissions; ok is false where there is no such file.
	mode(path string) (mode fs.FileMode, ok bool)
	// create writes a new file, in place of one of that name, and returns when its bytes are on the disk.
	create(path string, text []byte, mode fs.FileMode) error
	// add puts text behind what a file holds, which is made where it is not there, and returns when the bytes are on the disk. A crash leaves
	// some of them or none.
	add(path string, text []byte) error
	// link gives a file a second name, in place of a file that has it.
	link(path, second string) error
	rename(from, to string) error
	remove(path string) error
	// sync puts a folder's names on the disk.
	sync(dir string) error
	// list gives the names in a folder, sorted; of one that is not there, none.
	list(dir string) ([]string, error)
	mkdir(dir string) error
}

// osDisk is the real one.
type osDisk struct{}

func (osDisk) read(path string) ([]byte, error) { return os.ReadFile(path) }

func (osDisk) open(path string) (io.ReadCloser, error) { return os.Open(path) }

func (osDisk) mode(path string) (fs.FileMode, bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	return info.Mode().Perm(), true
}

func (osDisk) create(path string, text []byte, mode fs.FileMode) (err error) {
	os.Remove(path)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(path)
		}
	}()
	if err = f.Chmod(mode); err != nil {
		return err
	}
	if _, err = f.Write(text); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

func (osDisk) link(path, second string) error {
	next := second + ".new"
	os.Remove(next)
	if err := os.Link(path, next); err != nil {
		return err
	}
	if err := os.Rename(next, second); err != nil {
		os.Remove(next)
		return err
	}
	return nil
}

func (osDisk) add(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

func (osDisk) rename(from, to string) error { return os.Rename(from, to) }
func (osDisk) remove(path string) error     { return os.Remove(path) }
func (osDisk) mkdir(dir string) error       { return os.MkdirAll(dir, 0o700) }

func (osDisk) sync(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

func (osDisk) list(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	slices.Sort(names)
	return names, err
}

// unfinished is the name that a file has until it is whole. There is one such name a file, so that crashes leave no more than one behind.
func unfinished(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
}

func isUnfinished(name string) bool {
	return strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".new")
}

// replaceFile puts text at path, whole or not at all.
func replaceFile(d disk, path string, text []byte, mode fs.FileMode) error {
	temp := unfinished(path)
	if err := d.create(temp, text, mode); err != nil {
		return err
	}
	if err := d.rename(temp, path); err != nil {
		d.remove(temp)
		return err
	}
	return d.sync(filepath.Dir(path))
}
