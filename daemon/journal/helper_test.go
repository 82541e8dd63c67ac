package journal

import (
	"bytes"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bgpsh/ipc/logline"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A notebook keeps what a journal writes, and is its clock.
type notebook struct {
	mu  sync.Mutex
	buf bytes.Buffer
	now time.Time
}

func (n *notebook) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.buf.Write(b)
}

func (n *notebook) clock() time.Time { return n.now }

// take gives the lines written since the last call.
func (n *notebook) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := strings.Split(strings.TrimSuffix(n.buf.String(), "\n"), "\n")
	n.buf.Reset()
	if len(out) == 1 && out[0] == "" {
		return nil
	}
	return out
}

// records gives the records written since the last call. The format must be JSON.
func (n *notebook) records(t *testing.T) []logline.Record {
	t.Helper()
	var out []logline.Record
	for _, line := range n.take() {
		r, err := logline.Decode([]byte(line))
		if err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, r)
	}
	return out
}

// one gives the only record written since the last call.
func (n *notebook) one(t *testing.T) logline.Record {
	t.Helper()
	all := n.records(t)
	if len(all) != 1 {
		t.Fatalf("%d records, want one: %+v", len(all), all)
	}
	return all[0]
}

// get gives a field in words.
func get(r logline.Record, key string) string {
	for _, f := range r.Fields {
		if f.Key == key {
			if s, ok := f.Value.(string); ok {
				return s
			}
			return string(logline.AppendText(nil, &logline.Record{Fields: []logline.Field{f}}, false))
		}
	}
	return ""
}

func keys(r logline.Record) string {
	var out []string
	for _, f := range r.Fields {
		out = append(out, f.Key)
	}
	return strings.Join(out, " ")
}

var (
	here  = netip.MustParseAddrPort("[3fff::a]:37664")
	there = netip.MustParseAddrPort("[3fff::b]:10179")
)

// open makes a journal that writes into a notebook, in JSON from the trace level on unless c says otherwise.
func open(t *testing.T, c Config) (*Journal, *notebook) {
	t.Helper()
	n := &notebook{now: time.Date(2026, 3, 2, 8, 41, 54, 471922340, time.UTC)}
	ids := uint32(0x03abec67)
	c.Output, c.Now, c.Hostname, c.PID = n, n.clock, "r1", 5063
	c.Rand = func() uint32 { ids++; return ids }
	if c.Format == Automatic {
		c.Format = JSON
	}
	if c.Level == 0 {
		c.Level = logline.Trace
	}
	j, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return j, n
}
