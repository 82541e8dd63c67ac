package ipc

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// DefaultGroup is used for both groups of a Config that names none, where
// /etc/group has it.
const DefaultGroup = "bgpsh"

// maxPath is the longest path that fits a sockaddr_un (108 bytes with the
// closing NUL).
const maxPath = 107

// HeldError says that a live daemon has the socket.
type HeldError struct {
	Path string
	PID  int // 0: not known
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("socket %s is held by another bgpd", e.Path)
	}
	return fmt.Sprintf("socket %s is held by another bgpd, pid %d; stop that one or choose another --socket", e.Path, e.PID)
}

// Listener is the bound socket and the lock that goes with it.
type Listener struct {
	*net.UnixListener
	path string
	lock *os.File
}

// Listen binds the socket at path with mode 0660 and, where gid is not nil,
// that group; needGroup says whether failing to set the group is an error.
// The directory is made where it is missing. A socket that nobody serves any
// more is replaced; one that is served gives a *HeldError.
func Listen(path string, gid *uint32, needGroup bool) (*Listener, error) {
	if len(path) > maxPath {
		return nil, fmt.Errorf("socket path is %d bytes long, at most %d fit: %s; choose a shorter --socket", len(path), maxPath, path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	l, err := bind(path)
	if err != nil {
		dropLock(lock)
		return nil, err
	}
	listener := &Listener{UnixListener: l, path: path, lock: lock}
	if err := listener.admit(gid, needGroup); err != nil {
		listener.Close()
		return nil, err
	}
	return listener, nil
}

// Close closes and removes the socket and gives up the lock.
func (l *Listener) Close() error {
	err := l.UnixListener.Close() // removes the socket file
	if l.lock != nil {
		dropLock(l.lock)
		l.lock = nil
	}
	return err
}

// bind makes the socket file, closed to everybody but its owner until admit.
func bind(path string) (*net.UnixListener, error) {
	if err := clearStale(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var inner error
		err := raw.Control(func(fd uintptr) { inner = unix.Fchmod(int(fd), 0o600) })
		return errors.Join(err, inner)
	}}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, plain(err))
	}
	return l.(*net.UnixListener), nil
}

// admit opens the socket to its group.
func (l *Listener) admit(gid *uint32, needGroup bool) error {
	if gid != nil {
		if err := os.Chown(l.path, -1, int(*gid)); err != nil && needGroup {
			return fmt.Errorf("socket %s: cannot give it to group %d: %w", l.path, *gid, plain(err))
		}
	}
	if err := os.Chmod(l.path, 0o660); err != nil {
		return fmt.Errorf("socket %s: %w", l.path, plain(err))
	}
	return nil
}

// clearStale removes a socket file that nobody listens on.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("socket %s: %w", path, plain(err))
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return fmt.Errorf("socket %s: a file that is no socket is in the way; remove it or choose another --socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		defer conn.Close()
		held := &HeldError{Path: path}
		if peer, err := peerOf(conn.(*net.UnixConn)); err == nil {
			held.PID = int(peer.PID)
		}
		return held
	}
	if !errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("socket %s: cannot tell whether it is in use: %w", path, plain(err))
	}
	return os.Remove(path)
}

// takeLock locks PATH.lock, so that of two daemons starting at once one wins.
// The file is removed while locked, so a lock is good only if the path still
// leads to the locked file.
func takeLock(path string) (*os.File, error) {
	name := path + ".lock"
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("lock of socket %s: %w", path, err)
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			held := &HeldError{Path: path}
			fmt.Fscanf(f, "%d", &held.PID)
			f.Close()
			return nil, held
		}
		mine, err1 := f.Stat()
		there, err2 := os.Stat(name)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			f.Truncate(0)
			fmt.Fprintf(f, "%d\n", os.Getpid())
			return f, nil
		}
		f.Close()
	}
}

// dropLock removes the lock file and then the lock.
func dropLock(f *os.File) {
	os.Remove(f.Name())
	f.Close()
}

// plain takes the operation and path off an error whose text gives them
// anyway.
func plain(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errors.New(strings.TrimSpace(errno.Error()))
	}
	return err
}
