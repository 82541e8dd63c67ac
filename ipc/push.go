package ipc

import (
	"encoding/json"
	"sync"
)

// feedLength is how many messages may wait in a feed.
const feedLength = 1024

// Feed sends notifications to one client in order. Push never waits: when the
// queue is full the feed ends, and the client gets one last notification,
// NAME.ended, with the reason. So a client either has seen everything or
// knows that it has not.
type Feed struct {
	caller *Caller
	name   string

	mu      sync.Mutex
	queue   [][]byte
	ended   bool
	news    chan struct{} // one token: the queue is not empty or the feed has ended
	drained chan struct{} // closed when the sender has returned
}

// NewFeed opens a feed of notifications called name. It ends with the
// connection, with Close, or by itself when the client is too slow.
func (c *Caller) NewFeed(name string) *Feed {
	f := &Feed{caller: c, name: name, news: make(chan struct{}, 1), drained: make(chan struct{})}
	go f.send()
	return f
}

// Push queues one message and tells whether the feed goes on. params must
// encode to a JSON object.
func (f *Feed) Push(params any) bool {
	record, err := notification(f.name, params)
	if err != nil {
		panic("ipc: notification does not encode: " + err.Error())
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return false
	}
	if len(f.queue) == feedLength {
		f.end("the client reads too slowly")
		return false
	}
	f.queue = append(f.queue, record)
	f.wake()
	return true
}

// Close ends the feed after what is queued.
func (f *Feed) Close() {
	f.mu.Lock()
	if !f.ended {
		f.end("closed")
	}
	f.mu.Unlock()
	<-f.drained
}

// Done is closed when the feed has ended and its sender has stopped.
func (f *Feed) Done() <-chan struct{} { return f.drained }

// end queues the last notification. The caller holds f.mu.
func (f *Feed) end(why string) {
	record, err := notification(f.name+".ended", map[string]string{"reason": why})
	if err == nil {
		f.queue = append(f.queue, record)
	}
	f.ended = true
	f.wake()
}

func (f *Feed) wake() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// send writes what is queued until the feed or the connection ends.
func (f *Feed) send() {
	defer close(f.drained)
	for {
		select {
		case <-f.news:
		case <-f.caller.ctx.Done():
			f.mu.Lock()
			f.ended, f.queue = true, nil
			f.mu.Unlock()
			return
		}
		f.mu.Lock()
		batch, last := f.queue, f.ended
		f.queue = nil
		f.mu.Unlock()
		for _, record := range batch {
			if f.caller.channel.put(record) != nil {
				last = true
				break
			}
		}
		if last {
			f.mu.Lock()
			f.ended, f.queue = true, nil
			f.mu.Unlock()
			return
		}
	}
}

func notification(method string, params any) ([]byte, error) {
	return json.Marshal(struct {
		V      string `json:"jsonrpc"`
		Method string `json:"method"`
		Params any    `json:"params"`
	}{"2.0", method, params})
}
