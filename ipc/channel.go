package ipc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creachadair/jrpc2"
	"golang.org/x/sys/unix"
)

// MaxRequest is the longest request in bytes, without its line end.
const MaxRequest = 1 << 20

// Calls is the number of calls of one client that run at a time, and of the
// members of one batch.
const Calls = 32

// errTooLong is what lines.next gives for a line that exceeds its limit; the
// rest of the line has been read and thrown away.
var errTooLong = errors.New("line too long")

// lines reads and writes one record a line. One reader and any number of
// writers may use it at a time.
type lines struct {
	conn  *net.UnixConn
	in    *bufio.Reader
	limit int          // bytes a record that is read
	stall atomic.Int64 // how long one write may take, as a time.Duration
	// lastHear keeps the connection after a failed write, so that what the
	// other side said before it went can still be read.
	lastHear bool

	out sync.Mutex
}

func newLines(conn *net.UnixConn, limit int, stall time.Duration) *lines {
	l := &lines{conn: conn, in: bufio.NewReaderSize(conn, 1<<16), limit: limit}
	l.stall.Store(int64(stall))
	return l
}

// hurry shortens how long writes may take, the one under way too.
func (l *lines) hurry(stall time.Duration) {
	l.stall.Store(int64(stall))
	l.conn.SetWriteDeadline(time.Now().Add(stall))
}

// next reads a record. It belongs to the caller.
func (l *lines) next() ([]byte, error) {
	var line []byte
	long := false
	for {
		part, err := l.in.ReadSlice('\n')
		if !long && len(line)+len(bytes.TrimRight(part, "\r\n")) > l.limit {
			long, line = true, nil
		}
		if !long {
			line = append(line, part...)
		}
		switch {
		case err == bufio.ErrBufferFull:
		case err == nil && long:
			return nil, errTooLong
		case err == nil, err == io.EOF && len(line) > 0:
			return bytes.TrimRight(line, "\r\n"), nil
		default:
			return nil, err
		}
	}
}

// put writes a record. A failed write ends the connection, as half a record
// cannot be taken back.
func (l *lines) put(record []byte) error {
	l.out.Lock()
	defer l.out.Unlock()
	l.conn.SetWriteDeadline(time.Now().Add(time.Duration(l.stall.Load())))
	whole := net.Buffers{record, []byte{'\n'}}
	_, err := whole.WriteTo(l.conn)
	if err != nil && !l.lastHear {
		l.conn.Close()
	}
	return err
}

func (l *lines) Send(record []byte) error { return l.put(record) }
func (l *lines) Recv() ([]byte, error)    { return l.next() }
func (l *lines) Close() error             { return l.conn.Close() }

// requests is the server's side of a connection: a channel that hands out
// well-formed requests only, and no more of them than may run.
type requests struct {
	*lines
	raw rawConn
	age time.Duration // of a request between its first byte and its last

	mu      sync.Mutex
	open    int  // records handed out and not answered yet
	waiting bool // Recv waits for open to fall
}

// rawConn is the part of syscall.RawConn that waiting needs.
type rawConn interface {
	Read(func(fd uintptr) bool) error
}

func newRequests(conn *net.UnixConn, stall, age time.Duration) (*requests, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &requests{lines: newLines(conn, MaxRequest, stall), raw: raw, age: age}, nil
}

// Recv gives the next request. Everything else that a client may send is
// answered here. At the end of input it waits for the answers still owed.
func (r *requests) Recv() ([]byte, error) {
	for {
		if err := r.await(Calls - 1); err != nil {
			return nil, err
		}
		line, err := r.whole()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			r.refuse(nil, &Error{Code: CodeTooLong, Message: fmt.Sprintf("the request was not complete after %s", r.age),
				Data: place{What: "request", Remedy: "send each request at once; the connection is closed"}})
			return nil, err
		case err == errTooLong:
			err = r.refuse(nil, &Error{Code: CodeTooLong,
				Message: "request is longer than 1 MiB",
				Data:    place{What: "request", Remedy: "send a long configuration in parts: config.begin, config.append, config.commit"}})
		case err != nil:
			if gone := r.await(0); gone != nil {
				err = gone
			}
		case len(bytes.TrimSpace(line)) == 0:
			continue
		default:
			verdict := inspect(line)
			if verdict.bad == nil {
				if verdict.answered {
					r.mu.Lock()
					r.open++
					r.mu.Unlock()
				}
				return line, nil
			}
			if verdict.members != nil {
				err = r.put(verdict.members)
			} else {
				err = r.refuse(verdict.id, verdict.bad)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// whole is next for a client that may stop in the middle: it may rest between requests for as long as it likes.
func (r *requests) whole() ([]byte, error) {
	if _, err := r.in.Peek(1); err == nil {
		r.conn.SetReadDeadline(time.Now().Add(r.age))
		defer r.conn.SetReadDeadline(time.Time{})
	}
	return r.next()
}

// Send writes an answer.
func (r *requests) Send(record []byte) error {
	err := r.put(record)
	r.mu.Lock()
	r.open--
	if r.waiting {
		r.conn.SetReadDeadline(time.Unix(1, 0)) // wakes await
	}
	r.mu.Unlock()
	return err
}

// await returns when at most n records are unanswered. When the client goes
// away before that it returns io.EOF.
func (r *requests) await(n int) error {
	for {
		r.mu.Lock()
		if r.open <= n {
			r.waiting = false
			r.conn.SetReadDeadline(time.Time{})
			r.mu.Unlock()
			return nil
		}
		r.waiting = true
		r.conn.SetReadDeadline(time.Time{})
		r.mu.Unlock()
		err := r.raw.Read(hungUp)
		if err == nil {
			return io.EOF
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// hungUp tells whether both directions are closed. The kernel reports that,
// and not a half-closed connection, as POLLHUP.
func hungUp(fd uintptr) bool {
	poll := []unix.PollFd{{Fd: int32(fd)}}
	_, err := unix.Poll(poll, 0)
	return err == nil && poll[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
}

// refuse answers a record that no handler will see.
func (r *requests) refuse(id json.RawMessage, why *Error) error {
	return r.put(errorRecord(id, why))
}

// errorRecord encodes an error response; a nil id is null.
func errorRecord(id json.RawMessage, why *Error) []byte {
	if len(id) == 0 {
		id = json.RawMessage("null")
	}
	record, err := json.Marshal(struct {
		V     string          `json:"jsonrpc"`
		ID    json.RawMessage `json:"id"`
		Error *jrpc2.Error    `json:"error"`
	}{"2.0", id, wire(why)})
	if err != nil {
		panic("ipc: error object does not encode: " + err.Error())
	}
	return record
}
