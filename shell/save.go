package shell

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// saver is `| save FILE`: what comes goes into a file. The file appears
// whole or not at all, and an old one stays until then.
type saver struct {
	name  string
	next  io.Writer // gets a line about it
	file  *os.File
	w     *bufio.Writer
	lines int
	err   error // of the first write that failed

	private   bool // nobody else may read the file, whatever the umask says
	abandoned bool
}

// newSaver begins a file beside the one that is named.
func (s *Shell) newSaver(name string, next io.Writer) (io.WriteCloser, error) {
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, fail("Cannot save to %s: it is a directory", name)
		}
		f, err := os.OpenFile(name, os.O_WRONLY, 0) // a device or a pipe is written as it is
		if err != nil {
			return nil, fail("Cannot save to %s: %v", name, plainError(err))
		}
		return &saver{name: name, next: next, file: f, w: bufio.NewWriter(f)}, nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+".*")
	if err != nil {
		return nil, fail("Cannot save to %s: %v", name, plainError(err))
	}
	return &saver{name: name, next: next, file: f, w: bufio.NewWriter(f)}, nil
}

func (v *saver) Write(b []byte) (int, error) {
	for _, c := range b {
		if c == '\n' {
			v.lines++
		}
	}
	n, err := v.w.Write(b)
	if err != nil && v.err == nil {
		v.err = fail("Cannot save to %s: %v", v.name, plainError(err))
	}
	return n, v.err
}

// abandon removes what was written. Close does nothing then.
func (v *saver) abandon() {
	v.file.Close()
	if v.file.Name() != v.name {
		os.Remove(v.file.Name())
	}
	v.abandoned = true
}

// Close puts the file in its place.
func (v *saver) Close() error {
	if v.abandoned {
		return nil
	}
	temporary := v.file.Name() != v.name
	err := firstError(v.err, v.w.Flush())
	if err == nil && temporary {
		mode := 0o666 &^ umask()
		if v.private {
			mode = 0o600
		}
		err = v.file.Chmod(mode)
	}
	err = firstError(err, v.file.Close())
	if err == nil && temporary {
		err = os.Rename(v.file.Name(), v.name)
	}
	if err != nil {
		if temporary {
			os.Remove(v.file.Name())
		}
		return firstError(v.err, fail("Cannot save to %s: %v", v.name, plainError(err)))
	}
	_, err = fmt.Fprintf(v.next, "%s saved to %s\n", plural(v.lines, "line"), v.name)
	return err
}

// umask is what the user keeps from others in new files.
func umask() os.FileMode {
	mask := syscall.Umask(0)
	syscall.Umask(mask)
	return os.FileMode(mask)
}

// plainError is the cause of an error about a file, without the name of a
// temporary one.
func plainError(err error) error {
	switch e := err.(type) {
	case *os.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}
