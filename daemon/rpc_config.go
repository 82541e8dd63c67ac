package daemon

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"sync"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// Bounds of transactions that are handed over in parts.
const (
	maxTransaction = 4 << 20   // lines of one
	maxText        = 256 << 20 // bytes of one that is text
	maxPart        = 8 << 20   // bytes that a packed part of it may have, unpacked
	maxDrafts      = 8         // open ones of a client
	maxHeld        = 512 << 20 // bytes of the open ones of all clients
	lineCost       = 64        // bytes of a line beside its text
)

// A draft is a transaction that a client hands over in parts. It ends with its connection.
type draft struct {
	api.BeginParams
	lines []api.Line
	text  []byte // instead of lines
	count int    // of lines
	size  int    // bytes that it holds
}

// all are the lines of a draft, also where it is text.
func (dr *draft) all() []api.Line {
	if dr.text == nil {
		return dr.lines
	}
	lines, n := make([]api.Line, 0, dr.count), 0
	for line := range config.LinesOf(dr.text) {
		n++
		lines = append(lines, api.Line{Number: n, Text: line})
	}
	return lines
}

// drafts are the open transactions of all clients.
type drafts struct {
	mu    sync.Mutex
	last  map[*ipc.Caller]uint64 // numbers a client's transactions from 1
	open  map[draftKey]*draft
	limit int // bytes that all may hold; 0: maxHeld
}

type draftKey struct {
	caller *ipc.Caller
	number uint64
}

func (t *drafts) begin(c *ipc.Caller, p api.BeginParams) (uint64, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	count := 0
	for k := range t.open {
		if k.caller == c {
			count++
		}
	}
	if count >= maxDrafts {
		return 0, &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("%d transactions are open on this connection, no more are taken", count),
			Data: api.ErrorData{What: "transaction", Remedy: "config.commit or config.abandon ends one"}}
	}
	if t.open == nil {
		t.open, t.last = map[draftKey]*draft{}, map[*ipc.Caller]uint64{}
	}
	if t.last[c] == 0 {
		context.AfterFunc(c.Context(), func() { t.forget(c) })
	}
	t.last[c]++
	t.open[draftKey{c, t.last[c]}] = &draft{BeginParams: p}
	return t.last[c], nil
}

// forget drops the transactions of a client that is gone.
func (t *drafts) forget(c *ipc.Caller) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.last, c)
	maps.DeleteFunc(t.open, func(k draftKey, _ *draft) bool { return k.caller == c })
}

// add appends lines to a transaction of this client.
func (t *drafts) add(c *ipc.Caller, p api.AppendParams) (int, error) {
	text, err := textOf(p)
	if err != nil {
		return 0, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	dr := t.open[draftKey{c, p.Transaction}]
	if dr == nil {
		return 0, noTransaction(p.Transaction)
	}
	count, size := dr.count+len(p.Lines)+bytes.Count(text, []byte{'\n'}), len(text)
	for _, l := range p.Lines {
		size += lineCost + len(l.Text)
	}
	switch limit := cmp.Or(t.limit, maxHeld); {
	case len(text) > 0 && text[len(text)-1] != '\n':
		return 0, badParam("text", "text is whole lines, each with its end")
	case len(text) > 0 && (len(p.Lines) > 0 || dr.lines != nil), len(p.Lines) > 0 && dr.text != nil:
		return 0, badParam("text", "a transaction has lines or text, not both")
	case count > maxTransaction:
		return 0, ipc.Errorf(api.CodeTooLong, "transaction %d would have more than %d lines", p.Transaction, maxTransaction)
	case len(dr.text)+len(text) > maxText:
		return 0, ipc.Errorf(api.CodeTooLong, "transaction %d would have more than %d MiB of text", p.Transaction, maxText>>20)
	case t.held()+size > limit:
		return 0, &ipc.Error{Code: api.CodeRefused, Message: fmt.Sprintf("the open transactions of all clients hold %d MiB, no more than %d are taken", t.held()>>20, limit>>20),
			Data: api.ErrorData{What: "transaction", Remedy: "config.abandon, or the end of a client that left one open, makes room"}}
	}
	dr.lines, dr.text, dr.count, dr.size = append(dr.lines, p.Lines...), append(dr.text, text...), count, dr.size+size
	return count, nil
}

// held is how many bytes the open transactions hold.
func (t *drafts) held() (n int) {
	for _, dr := range t.open {
		n += dr.size
	}
	return n
}

// textOf is the text of a part; nil for none.
func textOf(p api.AppendParams) ([]byte, error) {
	if len(p.Packed) == 0 {
		return []byte(p.Text), nil
	}
	if p.Text != "" {
		return nil, badParam("packed", "a part has text or packed, not both")
	}
	z, err := gzip.NewReader(bytes.NewReader(p.Packed))
	if err != nil {
		return nil, badParam("packed", fmt.Sprintf("not gzip: %v", err))
	}
	var text bytes.Buffer
	if _, err := io.Copy(&text, io.LimitReader(z, maxPart+1)); err != nil {
		return nil, badParam("packed", fmt.Sprintf("damaged: %v", err))
	}
	if text.Len() > maxPart { // a request of one MiB could unpack to a thousand
		return nil, ipc.Errorf(api.CodeTooLong, "a packed part of transaction %d would have more than %d MiB of text", p.Transaction, maxPart>>20)
	}
	return text.Bytes(), nil
}

// end removes a transaction of this client and returns it.
func (t *drafts) end(c *ipc.Caller, id uint64) (*draft, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	dr := t.open[draftKey{c, id}]
	if dr == nil {
		return nil, noTransaction(id)
	}
	delete(t.open, draftKey{c, id})
	return dr, nil
}

func noTransaction(id uint64) error {
	return &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("no transaction %d on this connection", id),
		Data: api.ErrorData{What: "transaction", Remedy: "config.begin opens one"}}
}

func (d *Daemon) configBegin(_ context.Context, c *ipc.Caller, p api.BeginParams) (api.BeginResult, error) {
	n, err := d.drafts.begin(c, p)
	return api.BeginResult{Transaction: n}, err
}

func (d *Daemon) configAppend(_ context.Context, c *ipc.Caller, p api.AppendParams) (api.AppendResult, error) {
	n, err := d.drafts.add(c, p)
	return api.AppendResult{Lines: n}, err
}

func (d *Daemon) configAbandon(_ context.Context, c *ipc.Caller, p api.CommitParams) (api.None, error) {
	_, err := d.drafts.end(c, p.Transaction)
	return api.None{}, err
}

func (d *Daemon) configCommit(ctx context.Context, c *ipc.Caller, p api.CommitParams) (api.ApplyResult, error) {
	dr, err := d.drafts.end(c, p.Transaction)
	if err != nil {
		return api.ApplyResult{}, err
	}
	return d.configApply(ctx, c, api.ApplyParams{Context: dr.Context, Lines: dr.all(), Check: dr.Check, Source: dr.Source})
}

func (d *Daemon) configApply(ctx context.Context, c *ipc.Caller, p api.ApplyParams) (api.ApplyResult, error) {
	lines := numberedLines(p.Lines)
	routes, err := d.accepted(ctx)
	if err != nil {
		return api.ApplyResult{}, err
	}
	return request(ctx, d, func(reply func(api.ApplyResult, error)) any {
		return applyRequest{
			context: p.Context, lines: lines, check: p.Check, live: p.Live, client: c.ID, who: authorOf(c, p.Source), routes: routes, reply: reply,
		}
	})
}

// accepted counts each neighbor's accepted routes.
func (d *Daemon) accepted(ctx context.Context) (map[string]uint64, error) {
	routes := map[string]uint64{}
	err := d.loop.ask(ctx, func(r *rib.RIB) {
		for _, s := range d.published().sessions {
			for _, f := range config.Families {
				if s.stream.peer != rib.Local {
					routes[s.name] += uint64(r.Counters(s.stream.peer, f).Accepted)
				}
			}
		}
	})
	return routes, err
}

// request sends the controller a message and waits for its reply.
func request[R any](ctx context.Context, d *Daemon, message func(reply func(R, error)) any) (R, error) {
	type answer struct {
		result R
		err    error
	}
	answered := make(chan answer, 1)
	if !d.controller.inbox.post(message(func(result R, err error) { answered <- answer{result, err} })) {
		var none R
		return none, stopping()
	}
	select {
	case a := <-answered:
		return a.result, a.err
	case <-ctx.Done():
		var none R
		return none, ctx.Err()
	}
}

func stopping() error { return ipc.Errorf(api.CodeStopping, "bgpd is stopping") }

// authorOf names who changes something: the user, and where the lines come from.
func authorOf(c *ipc.Caller, source string) author {
	if source == "" {
		source = fmt.Sprintf("socket, pid %d", c.PID)
	}
	return author{user: c.User, source: source, pid: c.PID}
}

func (d *Daemon) configRunning(_ context.Context, c *ipc.Caller, m api.RunningParams) (api.Running, error) {
	p := d.published()
	out := api.Running{Version: p.version, ChangedAt: p.changedAt, ChangedBy: p.changedBy, Unsaved: p.unsaved, Lines: []string{}}
	hide := c.Role < ipc.Change
	if m.Packed {
		out.Packed = packed(p.config, hide)
		return out, nil
	}
	out.Lines = p.config.Lines()
	if hide {
		out.Lines = config.HideSecrets(out.Lines)
	}
	return out, nil
}

// packed is a configuration as api.Running has it, made line by line.
func packed(c *config.Config, hide bool) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed) // whose only error is another level
	w := bufio.NewWriterSize(z, 64<<10)
	c.Print(func(line []byte) {
		if hide {
			w.WriteString(grammar.Conceal(string(line)))
		} else {
			w.Write(line)
		}
		w.WriteByte('\n')
	})
	w.Flush() // a buffer takes everything
	z.Close()
	return b.Bytes()
}

func (d *Daemon) configStartup(_ context.Context, c *ipc.Caller, _ api.None) (api.Startup, error) {
	path := d.config.StartupConfig
	text, err := os.ReadFile(path)
	if err != nil {
		return api.Startup{}, &ipc.Error{Code: api.CodeNotFound, Message: "startup configuration " + path + " does not exist",
			Data: api.ErrorData{What: path, Remedy: "write memory makes it"}}
	}
	out := api.Startup{Path: path, Lines: splitLines(text)}
	if info, err := os.Stat(path); err == nil {
		out.WrittenAt = info.ModTime()
	}
	if c.Role < ipc.Change {
		out.Lines = config.HideSecrets(out.Lines)
	}
	return out, nil
}

func (d *Daemon) configStartupErrors(context.Context, *ipc.Caller, api.None) (api.StartupErrors, error) {
	p := d.published()
	out := api.StartupErrors{Path: p.startup.path, Errors: []api.StartupError{}}
	for _, e := range p.startup.unwritten(p.config) {
		out.Errors = append(out.Errors, api.StartupError{Line: e.Line, Input: e.Place.Text, Text: e.Reason, HeldBack: e.HeldBack()})
	}
	return out, nil
}

func (d *Daemon) configWrite(ctx context.Context, c *ipc.Caller, p api.WriteParams) (api.WriteResult, error) {
	return request(ctx, d, func(reply func(api.WriteResult, error)) any {
		return writeRequest{force: p.Force, who: authorOf(c, ""), reply: reply}
	})
}

func (d *Daemon) configErase(ctx context.Context, c *ipc.Caller, _ api.None) (api.EraseResult, error) {
	return request(ctx, d, func(reply func(api.EraseResult, error)) any {
		return eraseRequest{who: authorOf(c, ""), reply: reply}
	})
}
