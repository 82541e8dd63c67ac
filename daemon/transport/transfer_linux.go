package transport

import (
	"io"
	"net"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A transfer is a system call that reads or writes a socket without waiting. It does not tell Go's scheduler, because it is over in
// microseconds: for a program at rest that would cost more than the call, since it rouses the thread that looks for calls that last.
type transfer struct {
	step  func(fd uintptr) (done bool) // made once
	b     []byte
	n     int
	errno unix.Errno
}

// read waits for bytes: not done without any.
func (x *transfer) read(fd uintptr) bool {
	x.call(unix.SYS_READ, fd)
	return x.errno != unix.EAGAIN
}

func (x *transfer) write(fd uintptr) bool {
	x.call(unix.SYS_WRITE, fd)
	return true
}

func (x *transfer) call(number, fd uintptr) {
	for {
		n, _, errno := unix.RawSyscall(number, fd, uintptr(unsafe.Pointer(unsafe.SliceData(x.b))), uintptr(len(x.b)))
		if errno == unix.EINTR {
			continue
		}
		if x.n, x.errno = int(n), errno; errno != 0 {
			x.n = 0
		}
		return
	}
}

// Read is Conn.Read.
func (t *tcpConn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	x := &t.in
	x.b = b
	err := t.raw.Read(x.step)
	x.b = nil
	switch {
	case err != nil:
		return 0, t.failed("read", err)
	case x.errno != 0:
		return 0, t.failed("read", os.NewSyscallError("read", x.errno))
	case x.n == 0:
		return 0, io.EOF
	}
	return x.n, nil
}

// TryWriteBuffers is TryWriter.TryWriteBuffers.
func (t *tcpConn) TryWriteBuffers(v *net.Buffers) (total int64, err error) {
	x := &t.out
	defer func() { x.b = nil }()
	for len(*v) > 0 {
		x.b = (*v)[0]
		err := t.raw.Write(x.step)
		switch {
		case err != nil:
			return total, t.failed("write", err)
		case x.errno == unix.EAGAIN:
			return total, nil
		case x.errno != 0:
			return total, t.failed("write", os.NewSyscallError("write", x.errno))
		}
		total += int64(x.n)
		if x.n < len(x.b) {
			(*v)[0] = x.b[x.n:]
			return total, nil
		}
		(*v)[0], *v = nil, (*v)[1:]
	}
	return total, nil
}

// failed words an error as the net package does.
func (t *tcpConn) failed(op string, err error) error {
	if raw, ok := err.(*net.OpError); ok {
		err = raw.Err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: t.c.LocalAddr(), Addr: t.c.RemoteAddr(), Err: err}
}
