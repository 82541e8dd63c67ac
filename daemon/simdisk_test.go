package daemon

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
)

// A memDisk is a disk in memory.
type memDisk struct {
	files map[string][]byte
}

func (d *memDisk) read(name string) ([]byte, error) {
	text, ok := d.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return text, nil
}

func (d *memDisk) open(name string) (io.ReadCloser, error) {
	text, err := d.read(name)
	return io.NopCloser(bytes.NewReader(text)), err
}

func (d *memDisk) mode(name string) (fs.FileMode, bool) {
	_, ok := d.files[name]
	return 0o640, ok
}

func (d *memDisk) create(name string, text []byte, _ fs.FileMode) error {
	if d.files == nil {
		d.files = map[string][]byte{}
	}
	d.files[name] = slices.Clone(text)
	return nil
}

func (d *memDisk) add(name string, text []byte) error {
	return d.create(name, append(slices.Clone(d.files[name]), text...), 0o640)
}

func (d *memDisk) link(name, second string) error {
	d.files[second] = d.files[name]
	return nil
}

func (d *memDisk) rename(from, to string) error {
	d.files[to] = d.files[from]
	return d.remove(from)
}

func (d *memDisk) remove(name string) error {
	delete(d.files, name)
	return nil
}

func (d *memDisk) sync(string) error { return nil }

func (d *memDisk) mkdir(string) error { return nil }

func (d *memDisk) list(dir string) (names []string, err error) {
	for name := range d.files {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names, nil
}
