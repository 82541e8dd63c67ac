package logline

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func bare(s string) *Bare { b := Bare(s); return &b }

func number[T any](n T) *T { return &n }

func someTime(t *testing.T) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, "2026-03-02T08:41:54.47192234Z")
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func sessionClock() *SessionClock {
	return &SessionClock{
		Resolution:   Seconds(100 * time.Millisecond),
		ConnectRetry: Timer{Seconds(time.Second), true, Seconds(899999999)},
		IdleHold:     Timer{},
	}
}

func transition(t *testing.T) Record {
	return Record{
		Level: Info, Msg: "fsm transition idle -> connect", Name: "bgpd", Time: someTime(t), Hostname: "r1", PID: 5063,
		Fields: []Field{
			{"fsm_state", "idle"}, {"session_clock", sessionClock()}, {"neighbor", "3fff::b"}, {"neighbor_name", "r2"},
		},
		Unit: "session_runner", Module: "neighbor", Component: "bgp",
	}
}

func TestJSON(t *testing.T) {
	r := transition(t)
	const want = `{"msg":"fsm transition idle -> connect","v":0,"name":"bgpd","level":30,"time":"2026-03-02T08:41:54.47192234Z",` +
		`"hostname":"r1","pid":5063,"fsm_state":"idle","session_clock":{"resolution":0.1,"connect_retry":{"interval":1,` +
		`"enabled":true,"remaining":0.9},"idle_hold":{"interval":0,"enabled":false,"remaining":0}},"neighbor":"3fff::b",` +
		`"neighbor_name":"r2","unit":"session_runner","module":"neighbor","component":"bgp"}` + "\n"
	got := AppendJSON(nil, &r)
	if string(got) != want {
		t.Errorf("got  %swant %s", got, want)
	}
	back, err := Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if again := AppendJSON(nil, &back); !bytes.Equal(again, got) {
		t.Errorf("decoded and encoded again: %s", again)
	}
	if a, b := AppendPretty(nil, &r, 1), AppendPretty(nil, &back, 1); !bytes.Equal(a, b) {
		t.Errorf("pretty before:\n%safter a round trip:\n%s", a, b)
	}
}

func TestPrettyForm(t *testing.T) {
	r := transition(t)
	const want = `| 7 | 2026-03-02T08:41:54.471Z | INFO | bgpd (bgp): fsm transition idle -> connect
fsm_state = idle
module = neighbor
neighbor = 3fff::b
neighbor_name = r2
session_clock = SessionClock { resolution: 0.100s, connect_retry: Timer { interval: 1.000s, enabled: true, remaining: 0.900s }, idle_hold: Timer { interval: 0.000s, enabled: false, remaining: 0.000s } }
unit = session_runner
|
`
	if diff := cmp.Diff(want, string(AppendPretty(nil, &r, 7))); diff != "" {
		t.Error(diff)
	}
}

func TestText(t *testing.T) {
	r := transition(t)
	r.Fields = append(r.Fields, Field{"dropped", false}, Field{"timeout", 333}, Field{"context", "checking previous"}, Field{"empty", ""})
	const want = `2026-03-02T08:41:54.471Z INFO fsm transition idle -> connect fsm_state=idle neighbor=3fff::b neighbor_name=r2 ` +
		`dropped=false timeout=333 context="checking previous" empty="" unit=session_runner module=neighbor` + "\n"
	if got := string(AppendText(nil, &r, false)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	for level, priority := range map[Level]string{Trace: "<7>", Debug: "<7>", Info: "<6>", Warn: "<4>", Error: "<3>", Critical: "<2>"} {
		r.Level = level
		if got := string(AppendText(nil, &r, true)); !strings.HasPrefix(got, priority+"2026") {
			t.Errorf("%v starts %q", level, got[:8])
		}
	}
}

// A record in the style of the seeds, where clocks are strings, keeps its bytes; so does one with a key twice.
func TestRoundTripOfForeignRecords(t *testing.T) {
	for _, line := range []string{
		`{"msg":"starting connection attempt to [3fff::b]:10179","v":0,"name":"slog-rs","level":20,"time":"2026-03-02T08:41:54.48382906Z","hostname":"h","pid":5063,"timeout":333,"peer":"[3fff::b]:10179","direction":"outbound","unit":"connection_tcp","module":"neighbor","component":"bgp"}`,
		`{"msg":"dropping connection ([3fff::a]:1, [3fff::b]:2) (conn_id c2ef66b6)","v":0,"name":"slog-rs","level":10,"time":"2026-03-02T08:41:58Z","hostname":"h","pid":1,"dropped":false,"connection_id":"c2ef66b6","connection":"([3fff::a]:1, [3fff::b]:2)","connection_id":"c2ef66b6","unit":"connection_tcp","module":"neighbor","component":"bgp"}`,
		`{"msg":"x","v":0,"name":"n","level":40,"time":"2026-03-02T08:41:58.5Z","hostname":"h","pid":1,"session_clock":"SessionClock { resolution: 0.100s }","list":[1,2],"nested":{"a":{"b":1e3}},"none":null,"float":1.50}`,
	} {
		r, err := Decode([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(bytes.TrimSuffix(AppendJSON(nil, &r), []byte("\n"))); got != line {
			t.Errorf("got  %s\nwant %s", got, line)
		}
	}
}

func TestParameters(t *testing.T) {
	info := &SessionInfo{
		RemoteASN: bare("4200000002"), BindAddr: bare("[3fff::a]:10179"), MD5AuthKey: true, MED: number(uint32(5)),
		Communities: Set{65536001, 7}, MinTTL: number(uint8(255)), VLANID: number(uint16(100)),
		IPv6Unicast:      &Ipv6UnicastConfig{bare("3fff::b"), "NoFiltering", "Allow({3fff:1::/32})"},
		ConnectRetryTime: Span(time.Second), KeepaliveTime: Span(3 * time.Second), HoldTime: Span(6 * time.Second),
		DelayOpenTime: Span(1500 * time.Millisecond), Resolution: Span(100 * time.Millisecond),
		IdleHoldJitter: &JitterRange{0.75, 1}, DSCP: 48,
	}
	const want = `SessionInfo { passive_tcp_establishment: false, remote_asn: Some(4200000002), remote_id: None, bind_addr: Some([3fff::a]:10179), ` +
		`min_ttl: Some(255), md5_auth_key: Some("<redacted>"), multi_exit_discriminator: Some(5), communities: {65536001, 7}, local_pref: None, ` +
		`enforce_first_as: false, ipv4_unicast: None, ipv6_unicast: Some(Ipv6UnicastConfig { nexthop: Some(3fff::b), import_policy: NoFiltering, ` +
		`export_policy: Allow({3fff:1::/32}) }), vlan_id: Some(100), connect_retry_time: 1s, keepalive_time: 3s, hold_time: 6s, idle_hold_time: 0ns, ` +
		`delay_open_time: 1.5s, resolution: 100ms, connect_retry_jitter: None, idle_hold_jitter: Some(JitterRange { min: 0.75, max: 1.0 }), ` +
		`deterministic_collision_resolution: false, dscp: Dscp(48) }`
	if diff := cmp.Diff(want, info.String()); diff != "" {
		t.Error(diff)
	}
	r := Record{Level: Info, Msg: "starting peer state machine", Time: someTime(t), Fields: []Field{{"params", info}}}
	line := AppendJSON(nil, &r)
	if !json.Valid(line) || !bytes.Contains(line, []byte(`"params":{"passive_tcp_establishment":false,"remote_asn":4200000002,"remote_id":null,"bind_addr":"[3fff::a]:10179"`)) {
		t.Errorf("got %s", line)
	}
	back, err := Decode(line)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(info, back.Fields[0].Value); diff != "" {
		t.Error(diff)
	}
}

func TestConnectionClock(t *testing.T) {
	c := &ConnectionClock{ConnID: "03456789", Resolution: Seconds(100 * time.Millisecond), Hold: Timer{Seconds(6 * time.Second), true, Seconds(5100 * time.Millisecond)}}
	const want = `ConnectionClock { conn_id: 03456789, resolution: 0.100s, keepalive: Timer { interval: 0.000s, enabled: false, remaining: 0.000s }, ` +
		`hold: Timer { interval: 6.000s, enabled: true, remaining: 5.100s }, delay_open: Timer { interval: 0.000s, enabled: false, remaining: 0.000s } }`
	if c.String() != want {
		t.Errorf("got %s", c)
	}
	r := Record{Msg: "m", Time: someTime(t), Fields: []Field{{"new_connection_clock", c}}}
	back, err := Decode(AppendJSON(nil, &r))
	if diff := cmp.Diff(c, back.Fields[0].Value); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// What a peer chose cannot forge a record or drive a terminal.
func TestHostileText(t *testing.T) {
	r := transition(t)
	evil := "bye\n| 8 | x | INFO | bgpd (bgp): all is well\x1b[2J\u202e\xff\"\r\t\u2028"
	r.Msg, r.Fields = evil, []Field{{"k", evil}, {"bad key\n", "v"}}
	for name, got := range map[string]string{
		"pretty": string(AppendPretty(nil, &r, 1)), "text": string(AppendText(nil, &r, true)), "json": string(AppendJSON(nil, &r)),
		"raw": string(AppendRaw(nil, evil, 1)),
	} {
		lines := strings.Count(got, "\n")
		if want := map[string]int{"pretty": 6, "text": 1, "json": 1, "raw": 1}[name]; lines != want {
			t.Errorf("%s has %d lines, want %d:\n%s", name, lines, want, got)
		}
		if strings.ContainsAny(strings.TrimRight(got, "\n"), "\x1b\r\t\x7f") || name != "json" && strings.ContainsAny(got, "\u202e\u2028") {
			t.Errorf("%s keeps control characters: %q", name, got)
		}
	}
	back, err := Decode(AppendJSON(nil, &r))
	if want := strings.ReplaceAll(evil, "\xff", "\ufffd"); err != nil || back.Msg != want {
		t.Errorf("JSON gives %q, %v", back.Msg, err)
	}
}

func TestPrettyConverter(t *testing.T) {
	r := transition(t)
	one := strings.TrimSpace(string(AppendJSON(nil, &r)))
	in := one + " " + one + "\n\nplain words\n" + `{"no":"message"}` + "\n" + one + "\n" + one[:200]
	var out bytes.Buffer
	if err := Pretty(&out, strings.NewReader(in)); err != nil {
		t.Fatal(err)
	}
	var heads []string
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "| ") {
			heads = append(heads, strings.TrimSpace(line[:min(len(line), 40)]))
		}
	}
	want := []string{
		"| 1 | 2026-03-02T08:41:54.471Z | INFO |", "| 2 | 2026-03-02T08:41:54.471Z | INFO |", "| 3 | | plain words |",
		`| 4 | | {"no":"message"} |`, "| 5 | 2026-03-02T08:41:54.471Z | INFO |", `| 6 | | {"msg":"fsm transition idle -> c`,
	}
	if diff := cmp.Diff(want, heads); diff != "" {
		t.Error(diff)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no space") }
func (failing) Read([]byte) (int, error)  { return 0, errors.New("unreadable") }

func TestConverterErrors(t *testing.T) {
	r := transition(t)
	if err := Pretty(failing{}, bytes.NewReader(AppendJSON(nil, &r))); err == nil {
		t.Error("a full disk goes unnoticed")
	}
	if err := Pretty(&bytes.Buffer{}, failing{}); err == nil {
		t.Error("a read error goes unnoticed")
	}
	var out bytes.Buffer
	if err := Pretty(&out, strings.NewReader(strings.Repeat("x", 3<<20))); err != nil || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("a line of 3 MiB gives %d lines, %v", strings.Count(out.String(), "\n"), err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, line := range []string{
		"", "{", "[]", "null", `"x"`, `{"msg":1}`, `{"level":30}`, `{"msg":"x","level":"info"}`, `{"msg":"x","time":"yesterday"}`,
		`{"msg":"x","pid":{}}`, `{"msg":"x"} trailing`, `{"msg":"x","level":300}`, `{"msg":"x",}`,
	} {
		if r, err := Decode([]byte(line)); err == nil {
			t.Errorf("%s gives %+v", line, r)
		}
	}
}

func TestLevels(t *testing.T) {
	for _, l := range []Level{Trace, Debug, Info, Warn, Error, Critical} {
		if back, err := ParseLevel(strings.ToUpper(l.String())); back != l || err != nil {
			t.Errorf("%v gives %v, %v", l, back, err)
		}
		if len(l.Short()) != 4 {
			t.Errorf("%v has %q", l, l.Short())
		}
	}
	if _, err := ParseLevel("loud"); err == nil || !strings.Contains(err.Error(), "trace, debug") {
		t.Errorf("got %v", err)
	}
	if Level(35).Short() != "35" || Level(35).priority() != '6' {
		t.Error("a level between the names")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"msg":"x","v":0,"name":"n","level":40,"time":"2026-03-02T08:41:58.5Z","hostname":"h","pid":1,"a":[1],"params":{"min_ttl":3},"b":"\ud800"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := Decode(line)
		if err != nil {
			return
		}
		out := AppendJSON(nil, &r)
		if !json.Valid(out) {
			t.Fatalf("%q gives %q", line, out)
		}
		back, err := Decode(out)
		if err != nil {
			t.Fatalf("%q gives %q: %v", line, out, err)
		}
		if again := AppendJSON(nil, &back); !bytes.Equal(out, again) {
			t.Fatalf("%q, then %q", out, again)
		}
		if n := bytes.Count(AppendText(nil, &r, false), []byte("\n")); n != 1 {
			t.Fatalf("%d lines", n)
		}
	})
}
