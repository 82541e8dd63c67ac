package ipc

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/creachadair/jrpc2"
)

// Caller is one connection and who is behind it.
type Caller struct {
	Peer
	ID    uint64 // numbers connections since start
	User  string
	Role  Role
	Since time.Time

	server  *Server
	channel *requests
	rpc     *jrpc2.Server
	ctx     context.Context // ends with the connection
	end     context.CancelFunc
	calls   atomic.Uint64
}

// Calls is the number of calls made so far.
func (c *Caller) Calls() uint64 { return c.calls.Load() }

// Context ends when the connection does.
func (c *Caller) Context() context.Context { return c.ctx }

// serve runs one connection from its first byte to its last: who calls, what
// may they do, and then every request to its handler until either side ends.
func (s *Server) serve(conn *net.UnixConn) {
	caller, err := s.meet(conn)
	if err != nil {
		turnAway(conn, err)
		return
	}
	defer s.leave(caller)
	caller.rpc.Start(caller.channel).Wait()
}

// meet finds out who calls and counts the caller in.
func (s *Server) meet(conn *net.UnixConn) (*Caller, *Error) {
	peer, err := peerOf(conn)
	if err != nil {
		return nil, Errorf(CodeInternal, "cannot tell who calls: %v", err)
	}
	role, ok := s.roleOf(peer)
	if !ok {
		return nil, &Error{Code: CodeNotAllowed, Message: peer.Name() + " may not use this socket",
			Data: place{What: s.config.Path, Remedy: s.entering()}}
	}
	channel, err := newRequests(conn, s.config.WriteStall, s.config.RequestAge)
	if err != nil {
		return nil, Errorf(CodeInternal, "socket: %v", err)
	}
	c := &Caller{Peer: *peer, User: peer.Name(), Role: role, Since: time.Now(), server: s, channel: channel}
	c.ctx, c.end = context.WithCancel(context.Background())
	c.rpc = jrpc2.NewServer(c, &jrpc2.ServerOptions{
		Concurrency:    Calls,
		DisableBuiltin: true,
		NewContext:     c.Context,
	})
	if err := s.enter(c); err != nil {
		c.end()
		return nil, err
	}
	return c, nil
}

// enter counts a caller in, unless there are too many.
func (s *Server) enter(c *Caller) *Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return Errorf(CodeStopping, "bgpd is stopping")
	}
	limit := maxClients
	if c.Role == Look {
		limit -= reserved
	}
	if len(s.clients) >= limit {
		return Errorf(CodeBusy, "%d clients are connected already, no more are taken", len(s.clients))
	}
	s.next++
	c.ID = s.next
	s.clients[c] = true
	return nil
}

// leave ends what belongs to a caller.
func (s *Server) leave(c *Caller) {
	c.end()
	c.channel.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}

// lastWord is how long a client has to take the answers that are left when the
// server closes.
const lastWord = 500 * time.Millisecond

// stop ends the connection: no more requests, calls under way are cancelled,
// and what they answer is the end. (jrpc2's own Stop must not be used: a
// request that arrives at the same moment makes it send on a closed channel.)
func (c *Caller) stop() {
	c.end()
	c.channel.hurry(lastWord)
	c.channel.conn.CloseRead()
}

// turnAway tells a caller why there is no connection for it.
func turnAway(conn *net.UnixConn, why *Error) {
	newLines(conn, MaxRequest, time.Second).put(errorRecord(nil, why))
	conn.Close()
}
