package ipc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/creachadair/jrpc2"
)

// Role is what a caller may do. Greater roles include lesser ones.
type Role uint8

const (
	Look   Role = iota // read
	Change             // configure, clear, write
)

func (r Role) String() string {
	if r == Change {
		return "change"
	}
	return "look"
}

// maxClients bounds the connections, so that callers cannot use up the
// daemon's file descriptors. Of them reserved are kept for callers that may
// change, so that those who may only look cannot lock them out.
const (
	maxClients = 256
	reserved   = 32
)

// Config says where to serve and whom.
type Config struct {
	Path string // of the socket
	// Group may connect and look; AdminGroup may change. Names or numbers.
	// Empty: DefaultGroup where it exists. Root and the daemon's own user
	// may always change.
	Group, AdminGroup string
	// WriteStall is how long a client may leave an answer unread before it
	// is given up; 0: 10 s.
	WriteStall time.Duration
	// RequestAge is how long a request may take from its first byte to its
	// last; 0: 1 min.
	RequestAge time.Duration
	// Fault, when not nil, hears of a handler that panicked. The daemon and
	// the connection go on.
	Fault func(method string, cause any, stack []byte)
}

// Server serves one socket.
type Server struct {
	config   Config
	listener *Listener
	look     *uint32 // group that may look; nil: whoever the file mode lets in
	admin    *uint32 // group that may change; nil: none
	admins   string  // who may change, in words
	methods  map[string]method

	mu      sync.Mutex
	clients map[*Caller]bool
	next    uint64
	closed  bool
	done    sync.WaitGroup
}

// method is a registered handler.
type method struct {
	role Role
	call func(ctx context.Context, c *Caller, params json.RawMessage) (any, error)
}

// NewServer binds the socket. Register methods with Handle, then call Serve.
func NewServer(config Config) (*Server, error) {
	s := &Server{config: config, methods: map[string]method{}, clients: map[*Caller]bool{}}
	if s.config.WriteStall == 0 {
		s.config.WriteStall = 10 * time.Second
	}
	if s.config.RequestAge == 0 {
		s.config.RequestAge = time.Minute
	}
	var err error
	if s.look, err = namedGroup(config.Group); err != nil {
		return nil, err
	}
	if s.admin, err = namedGroup(config.AdminGroup); err != nil {
		return nil, err
	}
	s.admins = s.changers()
	if s.listener, err = Listen(config.Path, s.look, config.Group != ""); err != nil {
		return nil, err
	}
	s.methods["call.cancel"] = method{Look, cancelCall}
	return s, nil
}

// namedGroup resolves a group of the configuration; nil when none is named
// and the default one does not exist.
func namedGroup(name string) (*uint32, error) {
	if name == "" {
		return defaultGroup(), nil
	}
	id, err := groupID(name)
	return &id, err
}

// Handle registers the function for a method. It must not be called any more
// once Serve runs. The function may run many times at once; its context ends
// when the client closes the connection, cancels the call, or the server
// closes.
func Handle[P, R any](s *Server, name string, role Role, f func(context.Context, *Caller, P) (R, error)) {
	if _, taken := s.methods[name]; taken {
		panic("ipc: method registered twice: " + name)
	}
	s.methods[name] = method{role, func(ctx context.Context, c *Caller, raw json.RawMessage) (any, error) {
		var params P
		if bad := decode(raw, &params); bad != nil {
			return nil, bad
		}
		return f(ctx, c, params)
	}}
}

// Methods gives the registered names with their roles.
func (s *Server) Methods() map[string]Role {
	all := make(map[string]Role, len(s.methods))
	for name, m := range s.methods {
		all[name] = m.role
	}
	return all
}

// Path is the path of the socket.
func (s *Server) Path() string { return s.config.Path }

// Serve takes connections until Close. It returns nil after Close.
func (s *Server) Serve() error {
	for {
		conn, err := s.listener.AcceptUnix()
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				continue
			}
			time.Sleep(50 * time.Millisecond) // out of descriptors: some will be closed
			continue
		}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return nil
		}
		s.done.Add(1)
		s.mu.Unlock()
		go func() {
			defer s.done.Done()
			defer s.contain("connection", func() { conn.Close() })
			s.serve(conn)
		}()
	}
}

// Close stops taking connections, cancels all calls and waits for them to
// return. The socket file is removed.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	for c := range s.clients {
		c.stop()
	}
	s.mu.Unlock()
	err := s.listener.Close()
	s.done.Wait()
	return err
}

// Callers gives those connected now, oldest first.
func (s *Server) Callers() []*Caller {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Caller, 0, len(s.clients))
	for c := range s.clients {
		all = append(all, c)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].ID < all[j].ID })
	return all
}

// roleOf decides what a peer may do. ok is false where it may do nothing.
func (s *Server) roleOf(p *Peer) (role Role, ok bool) {
	switch {
	case p.UID == 0, p.UID == uint32(os.Geteuid()), p.in(s.admin):
		return Change, true
	case s.look == nil, p.in(s.look):
		return Look, true
	}
	return Look, false
}

// changers names who may change: root, the daemon's own user, a group.
func (s *Server) changers() string {
	who := "root"
	if uid := uint32(os.Geteuid()); uid != 0 {
		who += ", the user " + (&Peer{UID: uid}).Name()
	}
	if s.admin == nil {
		return who
	}
	return who + " and the members of the group " + groupName(*s.admin)
}

// entering is what somebody can do who may not even look.
func (s *Server) entering() string {
	if s.look == nil {
		return "ask as root"
	}
	return "become a member of the group " + groupName(*s.look) + " and log in anew, or ask as root"
}

// joining is what somebody can do who may not change.
func (s *Server) joining() string {
	if s.admin == nil {
		return "ask as root; bgpd --admin-group NAME lets the members of a group change as well"
	}
	return "become a member of the group " + groupName(*s.admin) + " and log in anew, or ask as root"
}

// Assign makes the connection's jrpc2 handler for a method; it is how jrpc2
// asks. Unknown methods get a handler that says so with the nearest name.
func (c *Caller) Assign(_ context.Context, name string) jrpc2.Handler {
	return func(ctx context.Context, req *jrpc2.Request) (any, error) {
		c.calls.Add(1)
		m, ok := c.server.methods[name]
		if !ok {
			return nil, wire(c.server.unknown(name))
		}
		if m.role > c.Role {
			return nil, wire(&Error{Code: CodeNotAllowed,
				Message: fmt.Sprintf("%s may look but not change; %s is for %s", c.User, name, c.server.admins),
				Data:    place{What: name, Remedy: c.server.joining()}})
		}
		var params json.RawMessage
		req.UnmarshalParams(&params)
		result, err := c.invoke(ctx, name, m, params)
		if err != nil {
			return nil, wire(err)
		}
		return result, nil
	}
}

// invoke runs a handler and turns its panic into an internal error. What it panicked with may hold what another client said, so it is for the
// server's own ears.
func (c *Caller) invoke(ctx context.Context, name string, m method, params json.RawMessage) (result any, err error) {
	defer c.server.contain(name, func() {
		err = &Error{Code: CodeInternal, Message: name + " failed inside the daemon", Data: place{What: name, Remedy: "the daemon's log has the cause"}}
	})
	return m.call(ctx, c, params)
}

// contain catches a panic of its deferring function: Fault hears of it, and after is run.
func (s *Server) contain(name string, after func()) {
	cause := recover()
	if cause == nil {
		return
	}
	if s.config.Fault != nil {
		s.config.Fault(name, cause, debug.Stack())
	}
	after()
}

// unknown makes the error for a method that does not exist.
func (s *Server) unknown(name string) *Error {
	p := place{What: name, Where: "method"}
	for known := range s.methods {
		if strings.EqualFold(known, name) || strings.HasPrefix(known, name+".") || distance(known, name) <= 2 {
			p.Remedy = "perhaps " + known
		}
	}
	return &Error{Code: CodeMethodNotFound, Message: fmt.Sprintf("no method %q", name), Data: p}
}

// distance is the number of one-letter edits between two words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0]++
		for j := range len(b) {
			edit := corner
			if a[i] != b[j] {
				edit++
			}
			corner = row[j+1]
			row[j+1] = min(edit, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// cancelCall ends another call of the same connection, by its id.
func cancelCall(ctx context.Context, _ *Caller, raw json.RawMessage) (any, error) {
	var params struct {
		ID json.RawMessage `json:"id"`
	}
	if bad := decode(raw, &params); bad != nil {
		return nil, bad
	}
	jrpc2.ServerFromContext(ctx).CancelRequest(string(params.ID))
	return struct{}{}, nil
}
