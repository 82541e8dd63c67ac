package ipc

import (
	"context"
	"encoding/json"
)

// Push starts a goroutine that sends what next gives, in order, as
// notifications called name, until next says that there is no more, stop is
// called, or the connection ends. params must encode to a JSON object.
//
// next may wait, for its context at most. It is asked again only when the
// notification before has been handed to the client's socket, so nothing is
// queued here: a client that reads slowly makes next be asked more seldom,
// and whoever has the news decides what becomes of them meanwhile. A client
// that does not read at all is given up after the write deadline.
//
// done is called when the goroutine has ended; nil: nobody wants to know.
func (c *Caller) Push(name string, next func(context.Context) (params any, ok bool), done func()) (stop func()) {
	ctx, cancel := context.WithCancel(c.ctx)
	c.server.done.Add(1)
	go func() {
		defer c.server.done.Done()
		defer cancel()
		if done != nil {
			defer done()
		}
		defer c.server.contain(name, func() {})
		c.push(ctx, name, next)
	}()
	return cancel
}

func (c *Caller) push(ctx context.Context, name string, next func(context.Context) (any, bool)) {
	for {
		params, ok := next(ctx)
		if !ok || ctx.Err() != nil {
			return
		}
		record, err := notification(name, params)
		if err != nil {
			panic("ipc: notification does not encode: " + err.Error())
		}
		if c.channel.put(record) != nil {
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
