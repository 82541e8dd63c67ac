package ipc

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// item and params stand for a method's types.
type item struct {
	Number int    `json:"number"`
	Text   string `json:"text"`
}

type params struct {
	Name  string  `json:"name"`
	Count uint8   `json:"count"`
	Lines []item  `json:"lines"`
	Limit *uint32 `json:"limit"`
}

type result struct {
	Said string `json:"said"`
}

// rig is a server with methods to test with.
type rig struct {
	*Server
	held    chan struct{} // closed to let hold return
	started chan struct{} // one token for each hold that runs
	ended   chan error    // what each hold's context said
	news    chan any      // what test.feed sends; closed: no more
	unfed   chan struct{}
}

func newRig(t *testing.T, config Config) *rig {
	t.Helper()
	if config.Path == "" {
		config.Path = filepath.Join(t.TempDir(), "s")
	}
	s, err := NewServer(config)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{s, make(chan struct{}), make(chan struct{}, 100), make(chan error, 100), make(chan any), make(chan struct{}, 10)}
	Handle(s, "test.echo", Look, func(_ context.Context, _ *Caller, p params) (result, error) {
		return result{p.Name}, nil
	})
	Handle(s, "test.change", Change, func(context.Context, *Caller, struct{}) (struct{}, error) { return struct{}{}, nil })
	Handle(s, "test.fail", Look, func(context.Context, *Caller, struct{}) (struct{}, error) {
		return struct{}{}, &Error{Code: 1, Message: "no such thing", Data: place{What: "thing"}}
	})
	Handle(s, "test.panic", Look, func(context.Context, *Caller, struct{}) (struct{}, error) { panic("broken") })
	Handle(s, "test.hold", Look, func(ctx context.Context, _ *Caller, _ struct{}) (result, error) {
		r.started <- struct{}{}
		select {
		case <-r.held:
			return result{"held"}, nil
		case <-ctx.Done():
			r.ended <- ctx.Err()
			return result{}, ctx.Err()
		}
	})
	Handle(s, "test.big", Look, func(context.Context, *Caller, struct{}) (result, error) {
		return result{strings.Repeat("x", 1<<20)}, nil
	})
	Handle(s, "test.feed", Look, func(_ context.Context, c *Caller, _ struct{}) (struct{}, error) {
		c.Push("test.news", func(ctx context.Context) (any, bool) {
			select {
			case params, ok := <-r.news:
				return params, ok
			case <-ctx.Done():
				return nil, false
			}
		}, func() { r.unfed <- struct{}{} })
		return struct{}{}, nil
	})
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		s.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return r
}

// plainClient speaks bytes.
type plainClient struct {
	t *testing.T
	*net.UnixConn
	in *bufio.Reader
}

func (r *rig) connect(t *testing.T) *plainClient {
	t.Helper()
	conn, err := net.Dial("unix", r.Path())
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(time.Minute))
	t.Cleanup(func() { conn.Close() })
	return &plainClient{t, conn.(*net.UnixConn), bufio.NewReader(conn)}
}

func (c *plainClient) say(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

func (c *plainClient) hear() string {
	c.t.Helper()
	line, err := c.in.ReadString('\n')
	if err != nil {
		c.t.Fatalf("reading an answer: %v", err)
	}
	return strings.TrimSpace(line)
}

const alive = `{"jsonrpc":"2.0","id":99,"method":"test.echo","params":{"name":"alive"}}`
const aliveAnswer = `{"jsonrpc":"2.0","id":99,"result":{"said":"alive"}}`

func TestBadRequestsAreAnsweredAndTheConnectionGoesOn(t *testing.T) {
	r := newRig(t, Config{})
	call := func(method, params string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","id":7,"method":%q,"params":%s}`, method, params)
	}
	const known = `"remedy":"known here: count, limit, lines, name"`
	for _, c := range []struct{ name, say, want string }{
		{"not json", `{"jsonrpc":"2.0","id":1,"method":}`,
			`"id":null,"error":{"code":-32700,"message":"request is not JSON: invalid character '}' looking for beginning of value at byte 34"`},
		{"text", `show bgp summary`, `"id":null,"error":{"code":-32700`},
		{"a number", `17`, `"error":{"code":-32600,"message":"request is not an object"`},
		{"version", `{"id":7,"method":"test.echo"}`, `"id":7,"error":{"code":-32600,"message":"jsonrpc is not \"2.0\""`},
		{"no method", `{"jsonrpc":"2.0","id":"x"}`, `"id":"x","error":{"code":-32600,"message":"method is missing"`},
		{"method type", `{"jsonrpc":"2.0","id":7,"method":5}`, `"id":7,"error":{"code":-32600,"message":"method is not a name"`},
		{"id type", `{"jsonrpc":"2.0","id":{},"method":"test.echo"}`, `"id":null,"error":{"code":-32600,"message":"id is neither a string nor a number"`},
		{"extra key", `{"jsonrpc":"2.0","id":7,"method":"test.echo","parms":{}}`, `"error":{"code":-32600,"message":"parms is not a key of a request"`},
		{"params list", call("test.echo", `["a"]`), `"error":{"code":-32602,"message":"params is not an object"`},
		{"unknown method", call("test.eco", `{}`), `"id":7,"error":{"code":-32601,"message":"no method \"test.eco\"","data":{"what":"test.eco","where":"method","remedy":"perhaps test.echo"}}`},
		{"unknown key", call("test.echo", `{"nmae":"x"}`), `"error":{"code":-32602,"message":"unknown key \"nmae\" in params","data":{"what":"nmae","where":"params.nmae",` + known},
		{"unknown key inside", call("test.echo", `{"lines":[{"text":"a"},{"txt":"b"}]}`), `"message":"unknown key \"txt\" in params.lines[1]","data":{"what":"txt","where":"params.lines[1].txt"`},
		{"wrong type", call("test.echo", `{"name":5}`), `"error":{"code":-32602,"message":"params.name is not a text"`},
		{"wrong type inside", call("test.echo", `{"lines":[{"number":"1"}]}`), `"message":"params.lines[0].number is not a whole number"`},
		{"out of range", call("test.echo", `{"count":256}`), `"message":"params.count is not a whole number from 0 to 255"`},
		{"not a list", call("test.echo", `{"lines":{}}`), `"message":"params.lines is not a list"`},
		{"handler error", call("test.fail", `{}`), `"id":7,"error":{"code":1,"message":"no such thing","data":{"what":"thing"}}`},
		{"panic", call("test.panic", `{}`), `"error":{"code":-32603,"message":"test.panic failed inside the daemon"`},
		{"too long", call("test.echo", `{"name":"`+strings.Repeat("x", MaxRequest)+`"}`), `"id":null,"error":{"code":9,"message":"request is longer than 1 MiB"`},
		{"empty batch", `[]`, `"error":{"code":-32600,"message":"empty batch"}`},
		{"huge batch", `[` + strings.Repeat(`1,`, 32) + `1]`, `"error":{"code":-32600,"message":"batch of 33 calls, at most 32"`},
		{"bad batch", `[1]`, `[{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"request is not an object"`},
		{"batch with one wrong member", `[{"jsonrpc":"2.0","id":1,"method":"test.echo"},{"jsonrpc":"2.0","id":2}]`,
			`[{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"not run: another call of the batch is no request"}},{"jsonrpc":"2.0","id":2,"error":{"code":-32600,"message":"method is missing"`},
		{"batch with an id twice", `[` + alive + `,` + alive + `]`, `"id":99,"error":{"code":-32600,"message":"id has been used in this batch before"`},
		{"null id", `{"jsonrpc":"2.0","id":null,"method":"test.echo"}`, `"id":null,"error":{"code":-32600,"message":"id is null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			client := r.connect(t)
			client.say(c.say)
			if got := client.hear(); !strings.Contains(got, c.want) || strings.Contains(got, "xxxx") {
				t.Errorf("answer %s\nwant in it %s", got, c.want)
			}
			client.say(alive)
			if got := client.hear(); got != aliveAnswer {
				t.Errorf("after it: %s", got)
			}
		})
	}
}

func TestBlankLinesAndNotificationsAreNotAnswered(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	for range 2 * Calls { // more than may be open: an unanswered record must not count
		client.say("")
		client.say(`{"jsonrpc":"2.0","method":"test.echo","params":{"name":"x"}}`)
		client.say(`[{"jsonrpc":"2.0","method":"test.echo"}]`)
	}
	client.say(alive)
	if got := client.hear(); got != aliveAnswer {
		t.Errorf("answer %s", got)
	}
}

func TestBatchGivesOneAnswerLine(t *testing.T) {
	client := newRig(t, Config{}).connect(t)
	client.say(`[` + alive + `,{"jsonrpc":"2.0","method":"test.echo"},{"jsonrpc":"2.0","id":1,"method":"none"}]`)
	got := client.hear()
	if !strings.HasPrefix(got, `[`+aliveAnswer+`,{"jsonrpc":"2.0","id":1,"error":{"code":-32601`) {
		t.Errorf("answer %s", got)
	}
}

func TestAtMostCallsRunAtATime(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	for i := range Calls + 1 {
		client.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"test.hold"}`, i+1))
	}
	for range Calls {
		<-r.started
	}
	other := r.connect(t)
	other.say(alive)
	if other.hear() != aliveAnswer {
		t.Fatal("another client has to wait")
	}
	select {
	case <-r.started:
		t.Fatal("one call too many runs")
	default:
	}
	close(r.held)
	for range Calls + 1 {
		client.hear()
	}
}

func TestClosingTheConnectionCancelsItsCalls(t *testing.T) {
	r := newRig(t, Config{})
	for _, n := range []int{1, Calls} { // below the limit, and at it, where nothing is read any more
		client := r.connect(t)
		for i := range n {
			client.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"test.hold"}`, i+1))
		}
		for range n {
			<-r.started
		}
		client.Close()
		for range n {
			if err := <-r.ended; !errors.Is(err, context.Canceled) {
				t.Errorf("context ended with %v", err)
			}
		}
	}
}

func TestHalfClosedConnectionStillGetsItsAnswers(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	client.say(`{"jsonrpc":"2.0","id":1,"method":"test.hold"}`)
	<-r.started
	io.WriteString(client, alive) // the last line lacks its end
	client.CloseWrite()
	if got := client.hear(); got != aliveAnswer {
		t.Errorf("answer %s", got)
	}
	close(r.held)
	if got := client.hear(); !strings.Contains(got, `"said":"held"`) {
		t.Errorf("answer %s", got)
	}
	if _, err := client.in.ReadByte(); err != io.EOF {
		t.Errorf("after the last answer: %v, want EOF", err)
	}
}

func TestClosingAfterHalfCloseCancels(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	client.say(`{"jsonrpc":"2.0","id":1,"method":"test.hold"}`)
	<-r.started
	client.CloseWrite()
	client.Close()
	<-r.ended
}

func TestClientThatReadsNothingIsGivenUp(t *testing.T) {
	r := newRig(t, Config{WriteStall: 50 * time.Millisecond})
	client := r.connect(t)
	client.say(alive) // and is known to the server
	client.hear()
	for i := range Calls {
		io.WriteString(client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"test.big"}`+"\n", i+1))
	}
	n, err := io.Copy(io.Discard, readLater{client, r})
	if err == nil && n >= Calls<<20 {
		t.Errorf("all %d bytes came", n)
	}
}

// readLater reads only once the server has given the client up.
type readLater struct {
	*plainClient
	r *rig
}

func (c readLater) Read(b []byte) (int, error) {
	for len(c.r.Callers()) > 0 {
		waitTurn()
	}
	return c.UnixConn.Read(b)
}

func TestCallsAfterCloseAndWhileStopping(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	client.say(`{"jsonrpc":"2.0","id":1,"method":"test.hold"}`)
	<-r.started
	r.Close()
	<-r.ended
	if _, err := net.Dial("unix", r.Path()); err == nil {
		t.Error("the socket still takes connections")
	}
	if _, err := os.Stat(r.Path()); !os.IsNotExist(err) {
		t.Errorf("the socket file is still there: %v", err)
	}
	if _, err := os.Stat(r.Path() + ".lock"); !os.IsNotExist(err) {
		t.Errorf("the lock file is still there: %v", err)
	}
}

func TestPushKeepsOrderAndEnds(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	client.say(`{"jsonrpc":"2.0","id":1,"method":"test.feed"}`)
	client.hear()
	for i := range 3 {
		r.news <- map[string]int{"n": i}
		if got, want := client.hear(), fmt.Sprintf(`{"jsonrpc":"2.0","method":"test.news","params":{"n":%d}}`, i); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	close(r.news)
	<-r.unfed
	client.say(`{"jsonrpc":"2.0","id":2,"method":"test.echo","params":{"name":"on"}}`)
	if got := client.hear(); !strings.Contains(got, `"said":"on"`) {
		t.Errorf("behind the last notification: %s", got)
	}
}

// A client that never reads is asked for nothing more, and given up; whoever has news does not wait for it.
func TestPushToAClientThatDoesNotRead(t *testing.T) {
	r := newRig(t, Config{WriteStall: 50 * time.Millisecond})
	client := r.connect(t)
	client.say(`{"jsonrpc":"2.0","id":1,"method":"test.feed"}`)
	client.hear()
	big := map[string]string{"x": strings.Repeat("x", 64<<10)}
	for fed := true; fed; {
		select {
		case r.news <- big:
		case <-r.unfed:
			fed = false
		}
	}
}

// The end of a connection ends its notifications.
func TestPushEndsWithTheConnection(t *testing.T) {
	r := newRig(t, Config{})
	client := r.connect(t)
	client.say(`{"jsonrpc":"2.0","id":1,"method":"test.feed"}`)
	client.hear()
	client.Close()
	<-r.unfed
}

func TestClient(t *testing.T) {
	r := newRig(t, Config{})
	news := make(chan string, 10)
	c, err := Dial(t.Context(), r.Path(), func(method string, params json.RawMessage) { news <- method + string(params) })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var got result
	if err := c.Call(t.Context(), "test.echo", params{Name: "hello"}, &got); err != nil || got.Said != "hello" {
		t.Errorf("echo: %+v, %v", got, err)
	}
	err = c.Call(t.Context(), "test.fail", struct{}{}, nil)
	if CodeOf(err) != 1 || err.Error() != "no such thing" || IsUnreachable(err) {
		t.Errorf("fail: %v", err)
	}
	c.Call(t.Context(), "test.feed", struct{}{}, nil)
	r.news <- map[string]int{"n": 1}
	if got := <-news; got != `test.news{"n":1}` {
		t.Errorf("notification %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- c.Call(ctx, "test.hold", struct{}{}, nil) }()
	<-r.started
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled call: %v", err)
	}
	<-r.ended // the daemon's side is cancelled too
	r.Close()
	if err := c.Call(t.Context(), "test.echo", params{}, nil); !IsUnreachable(err) {
		t.Errorf("call without server: %v", err)
	}
}

func TestResultsAreFoundWithoutParsing(t *testing.T) {
	for record, want := range map[string]string{
		`{"jsonrpc":"2.0","id":17,"result":{"a":1}}`:               `17 {"a":1} true`,
		`{"jsonrpc":"2.0","id":"x","result":{}}`:                   `0  false`,
		`{"jsonrpc":"2.0","id":17,"error":{"code":1}}`:             `17  false`,
		`{"jsonrpc":"2.0","method":"news","params":{"result":[]}}`: `0  false`,
		`{"jsonrpc":"2.0","id":17,"result":{`:                      `17  false`,
	} {
		id, result, ok := resultOf([]byte(record))
		if !ok {
			result = nil
		}
		if got := fmt.Sprintf("%d %s %v", id, result, ok); got != want {
			t.Errorf("%s: %s", record, got)
		}
	}
}

// TestClientHearsWhyItIsTurnedAway: the error of a connection has no id.
func TestClientHearsWhyItIsTurnedAway(t *testing.T) {
	r := newRig(t, Config{})
	r.mu.Lock()
	for i := range maxClients {
		r.clients[&Caller{ID: uint64(i)}] = true
	}
	r.mu.Unlock()
	c, err := Dial(t.Context(), r.Path(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Call(t.Context(), "test.echo", params{}, nil); CodeOf(err) != CodeBusy {
		t.Errorf("%v", err)
	}
	looking := &Caller{Role: Look}
	r.mu.Lock()
	for c := range r.clients {
		if c.ID < reserved {
			delete(r.clients, c)
		}
	}
	r.mu.Unlock()
	if err := r.enter(looking); err == nil {
		t.Error("a caller who may only look took a reserved place")
	}
	changing := &Caller{Role: Change}
	if err := r.enter(changing); err != nil {
		t.Errorf("a caller who may change was turned away: %v", err)
	}
	r.mu.Lock()
	clear(r.clients)
	r.mu.Unlock()
}

// TestCloseWhileCallsArrive closes a server under fire; a call is answered or
// its connection ends, and the server's goroutines end too.
func TestCloseWhileCallsArrive(t *testing.T) {
	for range 50 {
		r := newRig(t, Config{})
		var callers sync.WaitGroup
		for range 4 {
			c, err := Dial(t.Context(), r.Path(), nil)
			if err != nil {
				t.Fatal(err)
			}
			callers.Add(1)
			go func() {
				defer callers.Done()
				defer c.Close()
				for c.Call(t.Context(), "test.echo", params{Name: "x"}, nil) == nil {
				}
			}()
		}
		r.Close()
		callers.Wait()
	}
}

// TestCloseDoesNotWaitForAClientThatReadsNothing: the client has lastWord to take its answers, and an hour where it did not close.
func TestCloseDoesNotWaitForAClientThatReadsNothing(t *testing.T) {
	r := newRig(t, Config{WriteStall: time.Hour})
	client := r.connect(t)
	for i := range Calls {
		client.say(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"test.big"}`, i+1))
	}
	client.in.Peek(1) // an answer is being written
	closed := make(chan struct{})
	go func() { defer close(closed); r.Close() }()
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Fatal("Close waits for the client")
	}
}

// TestHalfARequestIsNotWaitedForWithoutEnd: who stops in the middle is told and closed; who rests between requests is not.
func TestHalfARequestIsNotWaitedForWithoutEnd(t *testing.T) {
	r := newRig(t, Config{RequestAge: 20 * time.Millisecond})
	slow, quick := r.connect(t), r.connect(t)
	if _, err := io.WriteString(slow, `{"jsonrpc":"2.0","id":1,`); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(slow)
	if err != nil || !strings.Contains(string(answer), "was not complete after 20ms") {
		t.Errorf("%s, %v", answer, err)
	}
	quick.say(alive) // it has rested for longer than that
	if got := quick.hear(); got != aliveAnswer {
		t.Errorf("answer %s", got)
	}
}
