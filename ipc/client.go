package ipc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/creachadair/jrpc2"
	"golang.org/x/sys/unix"
)

// maxReply bounds one answer: a client should not be filled by a server that
// has gone mad.
const maxReply = 1 << 28

// Client is one connection to a daemon. Its methods may be called from
// several goroutines.
//
// It reads answers itself and not through jrpc2: a listing is megabytes of
// answers, and finding the result in one costs as much as decoding it when
// it is looked for by parsing.
type Client struct {
	path   string
	lines  *lines
	notify func(method string, params json.RawMessage)

	mu      sync.Mutex
	next    uint64
	waiting map[uint64]chan answer // calls under way, by id
	ended   bool
	why     *Error        // what the daemon said about the connection as a whole
	done    chan struct{} // closed when the reader has returned
}

// answer is what came back for a call.
type answer struct {
	result json.RawMessage
	err    *jrpc2.Error
}

// UnreachableError says that there is no daemon to talk to, or not any more.
type UnreachableError struct {
	Path   string
	Cause  error
	Remedy string
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("cannot reach bgpd at %s: %v; %s", e.Path, e.Cause, e.Remedy)
}

func (e *UnreachableError) Unwrap() error { return e.Cause }

// IsUnreachable tells whether an error means that the daemon cannot be
// reached, in contrast to one that it answered.
func IsUnreachable(err error) bool {
	var e *UnreachableError
	return errors.As(err, &e)
}

// Dial connects to the socket at path. Notifications go to notify, one at a
// time; nil drops them.
func Dial(ctx context.Context, path string, notify func(method string, params json.RawMessage)) (*Client, error) {
	if len(path) > maxPath {
		return nil, &UnreachableError{path, fmt.Errorf("socket path is %d bytes long, at most %d fit", len(path), maxPath), "name a shorter one with --socket"}
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, &UnreachableError{path, plain(err), remedy(path, err)}
	}
	c := &Client{path: path, notify: notify, waiting: map[uint64]chan answer{}, done: make(chan struct{}),
		lines: newLines(conn.(*net.UnixConn), maxReply, 30*time.Second)}
	c.lines.lastHear = true
	go c.read()
	return c, nil
}

// remedy says what to do about a failed dial.
func remedy(path string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "start bgpd, or name its socket with --socket or BGPSH_SOCKET"
	case errors.Is(err, unix.ECONNREFUSED):
		return "the socket is left over from a bgpd that has gone; start bgpd"
	case errors.Is(err, fs.ErrPermission):
		if info, err := os.Stat(path); err == nil {
			if sys, ok := info.Sys().(*syscall.Stat_t); ok {
				return "become a member of the socket's group, " + groupName(sys.Gid) + ", and log in anew, or ask as root"
			}
		}
		return "become a member of the socket's group, or root"
	case errors.Is(err, context.DeadlineExceeded):
		return "bgpd takes no connections; look at its log"
	}
	return "name the socket of a running bgpd with --socket or BGPSH_SOCKET"
}

// Call makes one call. The result is decoded into result, a pointer, or
// dropped where that is nil. Errors are *Error (the daemon's answer),
// *UnreachableError (the connection broke), or the context's.
func (c *Client) Call(ctx context.Context, method string, params, result any) error {
	id, reply, err := c.send(method, params)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		c.forget(id)
		return fmt.Errorf("%s: %w", method, ctx.Err())
	case got, ok := <-reply:
		switch {
		case !ok:
			return c.lost()
		case got.err != nil:
			return spoken(got.err)
		case result == nil:
			return nil
		}
		if err := json.Unmarshal(got.result, result); err != nil {
			return fmt.Errorf("%s: answer does not fit: %w", method, err)
		}
		return nil
	}
}

// spoken is an error object as the caller gets it.
func spoken(e *jrpc2.Error) *Error {
	err := &Error{Code: int(e.Code), Message: e.Message}
	if len(e.Data) > 0 {
		err.Data = e.Data
	}
	return err
}

// send writes a request and gives the channel that its answer will come on;
// the channel is closed when the connection ends before.
func (c *Client) send(method string, params any) (id uint64, reply chan answer, err error) {
	c.mu.Lock()
	ended := c.ended
	c.next++
	id, reply = c.next, make(chan answer, 1)
	if !ended {
		c.waiting[id] = reply
	}
	c.mu.Unlock()
	if ended {
		return 0, nil, c.lost()
	}
	record, err := request(&id, method, params)
	if err == nil && c.lines.put(record) != nil {
		select {
		case <-c.done: // with what the daemon said before it went
		case <-time.After(time.Second):
			c.end()
		}
		err = c.lost()
	}
	if err != nil {
		c.take(id)
	}
	return id, reply, err
}

// request encodes a call, or a notification where id is nil.
func request(id *uint64, method string, params any) ([]byte, error) {
	record, err := json.Marshal(struct {
		V      string  `json:"jsonrpc"`
		ID     *uint64 `json:"id,omitempty"`
		Method string  `json:"method"`
		Params any     `json:"params,omitempty"`
	}{"2.0", id, method, params})
	if err != nil {
		return nil, fmt.Errorf("%s: parameters do not encode: %w", method, err)
	}
	return record, nil
}

// take removes a call from those that wait for an answer.
func (c *Client) take(id uint64) chan answer {
	c.mu.Lock()
	defer c.mu.Unlock()
	reply := c.waiting[id]
	delete(c.waiting, id)
	return reply
}

// forget gives up a call, and tells the daemon that nobody waits for it.
func (c *Client) forget(id uint64) {
	if c.take(id) == nil {
		return
	}
	if record, err := request(nil, "call.cancel", map[string]uint64{"id": id}); err == nil {
		c.lines.put(record)
	}
}

// read hands out answers and notifications until the connection ends.
func (c *Client) read() {
	defer close(c.done)
	for {
		record, err := c.lines.next()
		if err != nil {
			c.end()
			return
		}
		c.deliver(record)
	}
}

// deliver gives one record to whoever waits for it. What nobody waits for is
// the late answer of a call that was given up.
func (c *Client) deliver(record []byte) {
	if id, result, ok := resultOf(record); ok {
		if reply := c.take(id); reply != nil {
			reply <- answer{result: result}
		}
		return
	}
	var message struct {
		ID     *uint64         `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
		Result json.RawMessage `json:"result"`
		Error  *jrpc2.Error    `json:"error"`
	}
	switch err := json.Unmarshal(record, &message); {
	case err != nil:
		c.end() // not what a daemon says
	case message.Method != "":
		if c.notify != nil {
			c.notify(message.Method, message.Params)
		}
	case message.ID == nil: // the daemon refuses the connection, or a request that it could not read
		c.refused(message.Error)
	default:
		if reply := c.take(*message.ID); reply != nil {
			reply <- answer{message.Result, message.Error}
		}
	}
}

// resultOf finds id and result of a record that has nothing else, in the form
// in which the server writes it.
func resultOf(record []byte) (id uint64, result json.RawMessage, ok bool) {
	rest, ok := bytes.CutPrefix(record, []byte(`{"jsonrpc":"2.0","id":`))
	if !ok {
		return 0, nil, false
	}
	digits := 0
	for digits < len(rest) && rest[digits] >= '0' && rest[digits] <= '9' {
		id = id*10 + uint64(rest[digits]-'0')
		digits++
	}
	rest, ok = bytes.CutPrefix(rest[digits:], []byte(`,"result":`))
	rest, closed := bytes.CutSuffix(rest, []byte("}"))
	return id, json.RawMessage(rest), ok && closed && digits > 0
}

// refused answers every call that waits with the error of a record without
// id: it belongs to one of them, or to the connection as a whole.
func (c *Client) refused(why *jrpc2.Error) {
	if why == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.why = spoken(why)
	for id, reply := range c.waiting {
		delete(c.waiting, id)
		reply <- answer{err: why}
	}
}

// end fails every call that waits.
func (c *Client) end() {
	c.lines.conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for id, reply := range c.waiting {
		delete(c.waiting, id)
		close(reply)
	}
}

// lost is the error of a call whose connection has ended.
func (c *Client) lost() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.why != nil {
		return c.why
	}
	return &UnreachableError{c.path, errors.New("the connection is closed"), "bgpd has stopped or restarted; look at its log"}
}

// Done is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Closed tells whether the connection has ended.
func (c *Client) Closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// Close ends the connection; calls under way fail. It waits for a
// notification that is being handled.
func (c *Client) Close() error {
	c.end()
	<-c.done
	return nil
}
