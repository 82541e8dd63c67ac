package shell

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// link is the connection to the daemon. The command that runs, completion,
// live views and the attendant of an interactive session share it.
type link struct {
	mu     sync.Mutex
	client *ipc.Client
	next   uint64                                // number of the next subscription
	feeds  map[uint64]func(json.RawMessage) bool // by number; false: it has ended
}

// connect gives the connection, dialing unless there is a live one.
func (s *Shell) connect(ctx context.Context) (*ipc.Client, error) {
	s.link.mu.Lock()
	defer s.link.mu.Unlock()
	if c := s.link.client; c != nil && !c.Closed() {
		return c, nil
	}
	client, err := ipc.Dial(ctx, firstSocket(s.sockets), s.notified)
	if err != nil {
		return nil, err
	}
	if s.link.client != nil {
		s.link.client.Close()
	}
	s.link.client, s.link.feeds = client, nil
	return client, nil
}

// disconnect gives up the connection.
func (s *Shell) disconnect() {
	s.link.mu.Lock()
	client := s.link.client
	s.link.client, s.link.feeds = nil, nil
	s.link.mu.Unlock()
	if client != nil {
		client.Close()
	}
}

// connected gives the connection there is, live or not; nil: none yet.
func (s *Shell) connected() *ipc.Client {
	s.link.mu.Lock()
	defer s.link.mu.Unlock()
	return s.link.client
}

// notified hands a notification to its subscription. It runs on the
// connection's reader, so whoever gets it must not wait.
func (s *Shell) notified(_ string, params json.RawMessage) {
	var head struct {
		Subscription uint64 `json:"subscription"`
	}
	defer s.rescue()
	if json.Unmarshal(params, &head) != nil {
		return
	}
	s.link.mu.Lock()
	feed := s.link.feeds[head.Subscription]
	s.link.mu.Unlock()
	if feed != nil && !feed(params) {
		s.link.mu.Lock()
		delete(s.link.feeds, head.Subscription)
		s.link.mu.Unlock()
	}
}

// rescue gives the terminal back before a fault ends the program, in
// goroutines where nobody else would.
func (s *Shell) rescue() {
	if cause := recover(); cause != nil {
		if s.screen != nil {
			s.screen.close()
		}
		panic(cause)
	}
}

// subscribe begins a subscription: method is called with what params makes
// of the number that it gets, and each of its notifications goes to feed.
// stop ends it; it may be called when the connection has gone.
func (s *Shell) subscribe(ctx context.Context, method string, params func(number uint64) any, result any, feed func(json.RawMessage) bool) (stop func(), err error) {
	client, err := s.connect(ctx)
	if err != nil {
		return nil, s.explain(err, s.timeout)
	}
	s.link.mu.Lock()
	s.link.next++
	number := s.link.next
	if s.link.feeds == nil {
		s.link.feeds = map[uint64]func(json.RawMessage) bool{}
	}
	s.link.feeds[number] = feed // before the call: news may come with its answer
	s.link.mu.Unlock()
	forget := func() {
		s.link.mu.Lock()
		delete(s.link.feeds, number)
		s.link.mu.Unlock()
	}
	limit, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	if err := client.Call(limit, method, params(number), result); err != nil {
		forget()
		return nil, s.explain(err, s.timeout)
	}
	return func() {
		forget()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		client.Call(ctx, api.WatchStop, api.WatchStopParams{Subscription: number}, nil)
	}, nil
}

// hello asks who the daemon is; the prompt has its name.
func (s *Shell) hello(ctx context.Context) (api.Hello, error) {
	hello, err := s.greet(ctx)
	if err == nil {
		s.hostname, s.looks = hello.Hostname, hello.Role == api.Look
	}
	return hello, err
}

// greet is hello without effect on the prompt.
func (s *Shell) greet(ctx context.Context) (hello api.Hello, err error) {
	err = s.call(ctx, api.DaemonHello, api.None{}, &hello)
	return hello, err
}

// banner is what stands above the first prompt.
func banner(h *api.Hello) string {
	text := fmt.Sprintf("bgpd %s on %s, up for %s", oneOf(h.Version, "of no version"), h.Hostname, short(h.UptimeMs))
	if h.Neighbors == 0 {
		return text + ", no neighbors"
	}
	return fmt.Sprintf("%s, %s, %d established", text, plural(h.Neighbors, "neighbor"), h.Established)
}
