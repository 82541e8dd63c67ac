package seeds

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bgpsh/daemon"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/transport"
	"bgpsh/ipc/logline"
)

// scope is the number of eth0 on both hosts of the second seed.
const scope = 100

// A notebook is the log of several daemons in one.
type notebook struct {
	mu      sync.Mutex
	text    bytes.Buffer
	watches []watch
}

// A watch is closed when a record of that router contains text for the n-th time.
type watch struct {
	router int
	text   string
	n      int
	there  chan struct{}
}

// of gives the part of the log that a router writes.
func (b *notebook) of(router int) *page { return &page{b, router} }

type page struct {
	*notebook
	router int
}

func (p *page) Write(record []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.watches {
		w := &p.watches[i]
		if w.router == p.router && w.n > 0 && bytes.Contains(record, []byte(w.text)) {
			if w.n--; w.n == 0 {
				close(w.there)
			}
		}
	}
	return p.text.Write(record)
}

// await gives a channel that is closed when a record of the router contains text for the n-th time from now.
func (b *notebook) await(router int, text string, n int) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	w := watch{router, text, n, make(chan struct{})}
	b.watches = append(b.watches, w)
	return w.there
}

// soon waits for what await gave.
func (b *notebook) soon(t *testing.T, there <-chan struct{}) {
	t.Helper()
	select {
	case <-there:
	case <-time.After(patience):
		log := b.take()
		t.Fatalf("it never happens:\n%s", log[max(0, len(log)-8000):])
	}
}

// take gives the log so far.
func (b *notebook) take() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.text.Bytes())
}

// A router is one of the daemons of the second seed.
type router struct {
	t       *testing.T
	daemon  *daemon.Daemon
	startup string
	stop    context.CancelFunc
	ended   chan error
}

// unnumbered is the configuration of a router of the second seed.
func unnumbered(number int, more ...string) string {
	lines := append([]string{
		fmt.Sprintf("router bgp %d", 64511+number),
		fmt.Sprintf("bgp router-id 0.0.0.%d", number),
		"no bgp ebgp-requires-policy",
		"bgp listen-address ::",
		"neighbor eth0 interface remote-as auto",
		"neighbor eth0 description peer_eth0",
		fmt.Sprintf("neighbor eth0 update-source fe80::%d", number),
		"no neighbor eth0 enforce-first-as",
		"neighbor eth0 timers 3 6",
		"neighbor eth0 timers connect 1",
		"neighbor eth0 timers idle-hold 0",
	}, more...)
	return strings.Join(lines, "\n") + "\n"
}

// segment is two hosts with one interface each on the same link.
func segment() *transport.MemNetwork {
	m := transport.NewMem()
	m.Change(func(f *transport.Fabric) {
		for number := 1; number <= 2; number++ {
			f.Node(fmt.Sprint(number)).Attach("link", "eth0", fmt.Sprintf("fe80::%d/64", number)).Index = scope
		}
	})
	return m
}

// route starts router 1 or 2.
func route(t *testing.T, m *transport.MemNetwork, b *notebook, number int) *router {
	t.Helper()
	log, err := journal.Open(journal.Config{Format: journal.JSON, Level: logline.Trace, Output: b.of(number), InMemory: true, PID: number})
	if err != nil {
		t.Fatal(err)
	}
	r := &router{t: t, startup: filepath.Join(t.TempDir(), "startup.conf"), ended: make(chan error, 1)}
	r.write(unnumbered(number))
	own := netip.MustParsePrefix(fmt.Sprintf("fe80::%d/64", number))
	r.daemon, err = daemon.New(daemon.Config{
		StartupConfig: r.startup, Log: log, Network: m.Node(fmt.Sprint(number)),
		Kernel:     kernel.Fake(kernel.Interface{Name: "eth0", Index: scope, Up: true, Addrs: []netip.Prefix{own}}),
		Discovered: func(string) netip.Addr { return netip.MustParseAddr(fmt.Sprintf("fe80::%d", 3-number)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.ended <- r.daemon.Run(ctx) }()
	return r
}

func (r *router) write(config string) {
	r.t.Helper()
	if err := os.WriteFile(r.startup, []byte(config), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *router) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Error(err)
	}
}

// playSecond runs the scenario of the second seed and gives the log of both routers as far as the seed goes. A change of what
// the neighbor must be is what resets it.
func playSecond(t *testing.T) []byte {
	m, b := segment(), &notebook{}
	started, refused := b.await(2, "bgpd started", 1), b.await(2, "connect error", 1)
	two := route(t, m, b, 2)
	b.soon(t, started)
	b.soon(t, refused) // by router 1, which is not there
	up := []<-chan struct{}{b.await(1, "bgpd started", 1)}
	for number := 1; number <= 2; number++ {
		for _, text := range []string{"keepalive received", "send update", "recv update"} {
			up = append(up, b.await(number, text, 1))
		}
	}
	one := route(t, m, b, 1)
	for _, there := range up {
		b.soon(t, there)
	}
	one.write(unnumbered(1, "neighbor eth0 remote-id 0.0.0.2"))
	reset := b.await(1, `"event":"reset"`, 1)
	one.daemon.Reload()
	b.soon(t, reset)
	one.end()
	two.end()
	return untilReset(b.take())
}

// untilReset cuts the log where the seed is cut: behind the reset. The end of router 1, which the seed has just before it, is
// the only record that is kept of what follows.
func untilReset(log []byte) (out []byte) {
	reset := false
	for line := range bytes.Lines(log) {
		if !reset || bytes.Contains(line, []byte("stopping sessions")) && bytes.Contains(line, []byte(`"pid":1,`)) {
			out = append(out, line...)
		}
		reset = reset || bytes.Contains(line, []byte(`"event":"reset"`))
	}
	return out
}

// writers tells which router wrote which records of the second seed, whose records of the machines do not say it.
var writers = []struct{ from, to, router int }{
	{1, 1, 1}, {2, 4, 2}, {5, 11, 1}, {12, 18, 2}, {19, 19, 1}, {20, 26, 2}, {27, 30, 1}, {31, 35, 2}, {36, 46, 1}, {47, 55, 2}, {56, 62, 1},
}

// readSecond reads the second seed. Its last record was cut off.
func readSecond(t *testing.T) []entry {
	t.Helper()
	seed := readPretty(t, string(readFile(t, secondSeed)))
	if len(seed) != 62 || !seed[61].cut {
		t.Fatalf("the seed has %d records", len(seed))
	}
	seed[61] = cutRecord(t, seed[61].Msg)
	seed[61].Unit, seed[61].Module = "session_runner", "neighbor"
	for _, w := range writers {
		for i := w.from; i <= w.to; i++ {
			seed[i-1].router = w.router
		}
	}
	return seed
}

func TestSecondSeed(t *testing.T) {
	seed := readSecond(t)
	var log []byte
	synctest.Test(t, func(t *testing.T) { log = playSecond(t) })
	ours := readJSON(t, log, 0)
	var pretty strings.Builder
	if err := logline.Pretty(&pretty, bytes.NewReader(log)); err != nil {
		t.Fatal(err)
	}
	shown := readPretty(t, pretty.String())
	if len(shown) != len(ours) {
		t.Fatalf("%d records, %d in the pretty form", len(ours), len(shown))
	}
	for i := range shown {
		shown[i].router = ours[i].PID
	}
	checkParameters(t, seed, shown, secondParameters)
	// The records of the reset: of the seed's we know the first keys only.
	last := len(seed) - 1
	for i := range ours {
		if ours[i].text("event") == "reset" {
			checkReset(t, &seed[last], &ours[i])
			shown = append(shown[:i], shown[i+1:]...)
			break
		}
	}
	compare(t, transcribe(seed[:last], (*entry).sortedKeys, unaddressed), transcribe(shown, (*entry).sortedKeys, reworded(t)), secondDifferences, secondOrders)
}

// checkReset compares what is left of the seed's last record with ours.
func checkReset(t *testing.T, seed, ours *entry) {
	t.Helper()
	keys := seed.keysOf()
	if got := ours.keysOf(); !slices.Equal(keys, got[:min(len(keys), len(got))]) {
		t.Errorf("the reset's keys are %v, the seed's begin with %v", got, keys)
	}
	if seed.Level != ours.Level || seed.Msg != ours.Msg || seed.text("fsm_state") != ours.text("fsm_state") || seed.text("event") != ours.text("event") {
		t.Errorf("the reset is %+v, the seed's %+v", ours, seed)
	}
}

// A wording is a text that our records have in other words. Addresses and ports do not count, but this one is a choice.
type wording struct{ seed, ours, why string }

var wordings = []wording{
	{"%100]", "%eth0]", "a link-local address names its interface; the number means something on one host only, and the dispatcher's record has it"},
	{"]:179", "]:PORT", "a caller has a port of its own in memory too, as under TCP"},
	{"listener bind: [LINK-LOCAL]:179", "listener bind: [::]:179", "a link-local address to listen on cannot be configured: its interface has no place in the line"},
}

// linkLocal is an address that the seed's listeners have.
var linkLocal = regexp.MustCompile(`listener bind: \[fe80::[12]%100\]`)

func unaddressed(text string) string {
	return linkLocal.ReplaceAllString(text, "listener bind: [LINK-LOCAL]")
}

// reworded puts the seed's words into renderings of ours. A wording that none of them needs fails the test.
func reworded(t *testing.T) func(string) string {
	used := make([]bool, len(wordings))
	t.Cleanup(func() {
		for i, w := range wordings {
			if !used[i] {
				t.Errorf("no record has the words %q", w.ours)
			}
		}
	})
	return func(text string) string {
		for i, w := range wordings {
			used[i] = used[i] || strings.Contains(text, w.ours)
			text = strings.ReplaceAll(text, w.ours, w.seed)
		}
		return text
	}
}
