package transport

import (
	"io"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A read is a system call that takes what a socket has, without waiting. It does not tell Go's scheduler, because it is over in
// microseconds: in a program at rest that would cost more than the call, since it rouses the thread that looks for calls that last.
type read struct {
	step  func(fd uintptr) (done bool) // once; made a single time
	b     []byte
	n     int
	errno unix.Errno
}

// once reads; not done when there is nothing yet.
func (r *read) once(fd uintptr) bool {
	for {
		n, _, errno := unix.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(r.b))), uintptr(len(r.b)))
		if errno == unix.EINTR {
			continue
		}
		if r.n, r.errno = int(n), errno; errno != 0 {
			r.n = 0
		}
		return errno != unix.EAGAIN
	}
}

// Read is Conn.Read.
func (t *tcpConn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	r := &t.in
	r.b = b
	err := t.raw.Read(r.step)
	r.b = nil
	switch {
	case err != nil:
		return 0, t.unread(err)
	case r.errno != 0:
		return 0, t.unread(os.NewSyscallError("read", r.errno))
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// unread words an error as the net package does.
func (t *tcpConn) unread(err error) error {
	if raw, ok := err.(*net.OpError); ok {
		err = raw.Err
	}
	return &net.OpError{Op: "read", Net: "tcp", Source: t.c.LocalAddr(), Addr: t.c.RemoteAddr(), Err: err}
}
