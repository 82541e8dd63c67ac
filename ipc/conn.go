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

	server *Server
	lines  *lines
	ctx    context.Context // ends with the connection
	calls  atomic.Uint64
}

// Calls is the number of calls made so far.
func (c *Caller) Calls() uint64 { return c.calls.Load() }

// Context ends when the connection does.
func (c *Caller) Context() context.Context { return c.ctx }

// serve runs one connection from its first byte to its last: who calls, what
// may they do, and then every request to its handler until either side ends.
func (s *Server) serve(conn *net.UnixConn) {
	defer conn.Close()
	caller, channel, err := s.meet(conn)
	if err != nil {
		newLines(conn, MaxRequest, time.Second).put(errorRecord(nil, err))
		return
	}
	ctx, end := context.WithCancel(context.Background())
	defer end()
	caller.ctx = ctx
	rpc := s.enter(caller)
	defer s.leave(caller)
	rpc.Start(channel).Wait()
}

// meet finds out who calls.
func (s *Server) meet(conn *net.UnixConn) (*Caller, *requests, *Error) {
	peer, err := peerOf(conn)
	if err != nil {
		return nil, nil, Errorf(CodeInternal, "cannot tell who calls: %v", err)
	}
	role, ok := s.roleOf(peer)
	if !ok {
		return nil, nil, &Error{Code: CodeNotAllowed, Message: peer.Name() + " may not use this socket",
			Data: place{What: s.config.Path, Remedy: "join the socket's group"}}
	}
	channel, err := newRequests(conn, s.config.WriteStall)
	if err != nil {
		return nil, nil, Errorf(CodeInternal, "socket: %v", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, Errorf(CodeStopping, "bgpd is stopping")
	}
	if len(s.clients) >= maxClients {
		return nil, nil, Errorf(CodeBusy, "%d clients are connected already, no more are taken", maxClients)
	}
	s.next++
	return &Caller{Peer: *peer, ID: s.next, User: peer.Name(), Role: role, Since: time.Now(),
		server: s, lines: channel.lines}, channel, nil
}

// enter makes the connection's JSON-RPC server and counts the caller in.
func (s *Server) enter(c *Caller) *jrpc2.Server {
	rpc := jrpc2.NewServer(c, &jrpc2.ServerOptions{
		Concurrency:    Calls,
		DisableBuiltin: true,
		NewContext:     func() context.Context { return c.ctx },
	})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clients[c] = rpc
	return rpc
}

func (s *Server) leave(c *Caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.clients, c)
}
