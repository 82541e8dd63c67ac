package ipc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"time"

	"github.com/creachadair/jrpc2"
	"golang.org/x/sys/unix"
)

// maxReply bounds one answer: a client should not be filled by a server that
// has gone mad.
const maxReply = 1 << 28

// Client is one connection to a daemon. Its methods may be called from
// several goroutines.
type Client struct {
	path string
	rpc  *jrpc2.Client
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
		return nil, &UnreachableError{path, plain(err), remedy(err)}
	}
	options := &jrpc2.ClientOptions{OnCancel: cancelRemote}
	if notify != nil {
		options.OnNotify = func(r *jrpc2.Request) {
			var params json.RawMessage
			r.UnmarshalParams(&params)
			notify(r.Method(), params)
		}
	}
	channel := newLines(conn.(*net.UnixConn), maxReply, 30*time.Second)
	return &Client{path: path, rpc: jrpc2.NewClient(channel, options)}, nil
}

// remedy says what to do about a failed dial.
func remedy(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "start bgpd, or name its socket with --socket or BGPSH_SOCKET"
	case errors.Is(err, unix.ECONNREFUSED):
		return "the socket is left over from a bgpd that has gone; start bgpd"
	case errors.Is(err, fs.ErrPermission):
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
	response, err := c.rpc.Call(ctx, method, params)
	if err != nil {
		return c.explain(ctx, method, err)
	}
	if result == nil {
		return nil
	}
	if err := response.UnmarshalResult(result); err != nil {
		return fmt.Errorf("%s: answer does not fit: %w", method, err)
	}
	return nil
}

// explain sorts the errors of a call.
func (c *Client) explain(ctx context.Context, method string, err error) error {
	if cause := ctx.Err(); cause != nil {
		return fmt.Errorf("%s: %w", method, cause)
	}
	var answer *jrpc2.Error
	if errors.As(err, &answer) && !c.rpc.IsStopped() {
		e := &Error{Code: int(answer.Code), Message: answer.Message}
		if len(answer.Data) > 0 {
			e.Data = answer.Data
		}
		return e
	}
	return &UnreachableError{c.path, errors.New("the connection is closed"), "bgpd has stopped or restarted; look at its log"}
}

// Closed tells whether the connection has ended.
func (c *Client) Closed() bool { return c.rpc.IsStopped() }

// Close ends the connection; calls under way fail.
func (c *Client) Close() error { return c.rpc.Close() }

// cancelRemote tells the daemon that nobody waits for a call any more.
func cancelRemote(rpc *jrpc2.Client, response *jrpc2.Response) {
	rpc.Notify(context.Background(), "call.cancel", map[string]json.RawMessage{"id": json.RawMessage(response.ID())})
}
