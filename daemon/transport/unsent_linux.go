package transport

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// An unsent asks how many bytes wait in a socket. Sessions ask at every tick, so the question is made once and asked often.
type unsent struct {
	ask   func(fd uintptr) // once
	n     int32
	errno unix.Errno
}

var unsents = sync.Pool{New: func() any {
	q := new(unsent)
	q.ask = q.once
	return q
}}

// once asks one socket. Like a read it is over at once, and not worth the scheduler's attention.
func (q *unsent) once(fd uintptr) {
	_, _, q.errno = unix.RawSyscall(unix.SYS_IOCTL, fd, unix.SIOCOUTQ, uintptr(unsafe.Pointer(&q.n)))
}
