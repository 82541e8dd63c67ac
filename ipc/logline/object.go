package logline

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// An Object is a field's value that has parts: a JSON object in JSON, one line of words elsewhere.
type Object interface {
	object()
	// String is the form of the seeds: "Timer { interval: 1.000s, enabled: true, remaining: 0.900s }".
	String() string
}

// Timer is one timer of a clock.
type Timer struct {
	Interval  Seconds `json:"interval"`
	Enabled   bool    `json:"enabled"`
	Remaining Seconds `json:"remaining"`
}

// SessionClock has the timers that belong to a neighbor.
type SessionClock struct {
	Resolution   Seconds `json:"resolution"`
	ConnectRetry Timer   `json:"connect_retry"`
	IdleHold     Timer   `json:"idle_hold"`
}

// ConnectionClock has the timers that belong to one connection.
type ConnectionClock struct {
	ConnID     Bare    `json:"conn_id"`
	Resolution Seconds `json:"resolution"`
	Keepalive  Timer   `json:"keepalive"`
	Hold       Timer   `json:"hold"`
	DelayOpen  Timer   `json:"delay_open"`
}

// SessionInfo has the parameters of one neighbor, in the order in which they are shown. A nil pointer is not set.
type SessionInfo struct {
	Passive              bool               `json:"passive_tcp_establishment"`
	RemoteASN            *Bare              `json:"remote_asn"`
	RemoteID             *Bare              `json:"remote_id"`
	BindAddr             *Bare              `json:"bind_addr"`
	MinTTL               *uint8             `json:"min_ttl"`
	MD5AuthKey           Hidden             `json:"md5_auth_key"`
	MED                  *uint32            `json:"multi_exit_discriminator"`
	Communities          Set                `json:"communities"`
	LocalPref            *uint32            `json:"local_pref"`
	EnforceFirstAS       bool               `json:"enforce_first_as"`
	IPv4Unicast          *Ipv4UnicastConfig `json:"ipv4_unicast"`
	IPv6Unicast          *Ipv6UnicastConfig `json:"ipv6_unicast"`
	VLANID               *uint16            `json:"vlan_id"`
	ConnectRetryTime     Span               `json:"connect_retry_time"`
	KeepaliveTime        Span               `json:"keepalive_time"`
	HoldTime             Span               `json:"hold_time"`
	IdleHoldTime         Span               `json:"idle_hold_time"`
	DelayOpenTime        Span               `json:"delay_open_time"`
	Resolution           Span               `json:"resolution"`
	ConnectJitter        *JitterRange       `json:"connect_retry_jitter"`
	IdleHoldJitter       *JitterRange       `json:"idle_hold_jitter"`
	CollisionEstablished bool               `json:"deterministic_collision_resolution"`
	DSCP                 Dscp               `json:"dscp"`
}

// UnicastConfig has the parameters of one address family of a neighbor.
type UnicastConfig struct {
	Nexthop      *Bare `json:"nexthop"`
	ImportPolicy Bare  `json:"import_policy"` // "NoFiltering", "Allow({10.0.0.0/8})"
	ExportPolicy Bare  `json:"export_policy"`
}

// Ipv4UnicastConfig and Ipv6UnicastConfig differ by the name that they are shown with.
type (
	Ipv4UnicastConfig UnicastConfig
	Ipv6UnicastConfig UnicastConfig
)

// JitterRange is the range of factors that an interval is multiplied with.
type JitterRange struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

func (*SessionClock) object()    {}
func (*ConnectionClock) object() {}
func (*SessionInfo) object()     {}

func (c *SessionClock) String() string    { return display(c) }
func (c *ConnectionClock) String() string { return display(c) }
func (i *SessionInfo) String() string     { return display(i) }

// Seconds is a duration of a clock: seconds in JSON, "1.000s" in words; milliseconds are its finest part.
type Seconds time.Duration

// String gives "1.000s".
func (s Seconds) String() string {
	return strconv.FormatFloat(s.rounded().Seconds(), 'f', 3, 64) + "s"
}

func (s Seconds) rounded() time.Duration { return time.Duration(s).Round(time.Millisecond) }

// MarshalJSON gives a number of seconds.
func (s Seconds) MarshalJSON() ([]byte, error) { return secondsJSON(s.rounded()), nil }

// UnmarshalJSON reads a number of seconds.
func (s *Seconds) UnmarshalJSON(b []byte) error { return readSeconds(b, (*time.Duration)(s)) }

// Span is a duration of a parameter: seconds in JSON, "1s", "100ms" or "0ns" in words.
type Span time.Duration

// String gives "1s", "1.5s", "100ms", "0ns".
func (s Span) String() string {
	d := time.Duration(s)
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{time.Second, "s"}, {time.Millisecond, "ms"}, {time.Microsecond, "µs"}} {
		if d >= unit.size {
			return strconv.FormatFloat(float64(d)/float64(unit.size), 'f', -1, 64) + unit.name
		}
	}
	return strconv.FormatInt(int64(d), 10) + "ns"
}

// MarshalJSON gives a number of seconds.
func (s Span) MarshalJSON() ([]byte, error) { return secondsJSON(time.Duration(s)), nil }

// UnmarshalJSON reads a number of seconds.
func (s *Span) UnmarshalJSON(b []byte) error { return readSeconds(b, (*time.Duration)(s)) }

func secondsJSON(d time.Duration) []byte { return strconv.AppendFloat(nil, d.Seconds(), 'f', -1, 64) }

func readSeconds(b []byte, d *time.Duration) error {
	f, err := strconv.ParseFloat(string(b), 64)
	*d = time.Duration(f * float64(time.Second)).Round(time.Microsecond)
	return err
}

// Bare is a value shown without quotes: an address, a number, a name. In JSON it is a number when it has only digits, else
// a string.
type Bare string

// MarshalJSON gives a number or a string.
func (b Bare) MarshalJSON() ([]byte, error) {
	if _, err := strconv.ParseUint(string(b), 10, 64); err == nil && (b == "0" || b[0] != '0') {
		return []byte(b), nil
	}
	return json.Marshal(string(b))
}

// UnmarshalJSON reads a number or a string.
func (b *Bare) UnmarshalJSON(in []byte) error {
	var n json.Number
	if len(in) > 0 && in[0] != '"' {
		err := json.Unmarshal(in, &n)
		*b = Bare(n)
		return err
	}
	return json.Unmarshal(in, (*string)(b))
}

// Set is shown as {1, 2}; a list in JSON.
type Set []uint32

// MarshalJSON gives a list, an empty one for nil.
func (s Set) MarshalJSON() ([]byte, error) {
	if s == nil {
		s = Set{}
	}
	return json.Marshal([]uint32(s))
}

// Hidden says that there is a secret, and nothing of it.
type Hidden bool

const redacted = "<redacted>"

// MarshalJSON gives "<redacted>" or null.
func (h Hidden) MarshalJSON() ([]byte, error) {
	if !h {
		return []byte("null"), nil
	}
	return []byte(`"` + redacted + `"`), nil
}

// UnmarshalJSON reads whatever is not null as a secret.
func (h *Hidden) UnmarshalJSON(b []byte) error {
	*h = string(b) != "null"
	return nil
}

// Dscp is shown as Dscp(48).
type Dscp uint8

// display writes a struct the way the seeds do: Name { key: value, … }, None and Some(…) for pointers.
func display(v any) string {
	var b strings.Builder
	show(&b, reflect.Indirect(reflect.ValueOf(v)))
	return b.String()
}

func show(b *strings.Builder, v reflect.Value) {
	switch x := v.Interface().(type) {
	case Seconds, Span:
		b.WriteString(x.(interface{ String() string }).String())
		return
	case Bare:
		b.WriteString(string(x))
		return
	case Hidden:
		if x {
			b.WriteString(`Some("` + redacted + `")`)
		} else {
			b.WriteString("None")
		}
		return
	case Dscp:
		b.WriteString("Dscp(" + strconv.Itoa(int(x)) + ")")
		return
	case Set:
		b.WriteByte('{')
		for i, n := range x {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(strconv.FormatUint(uint64(n), 10))
		}
		b.WriteByte('}')
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Float64:
		s := strconv.FormatFloat(v.Float(), 'f', -1, 64)
		if !strings.Contains(s, ".") {
			s += ".0"
		}
		b.WriteString(s)
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("None")
			return
		}
		b.WriteString("Some(")
		show(b, v.Elem())
		b.WriteByte(')')
	case reflect.Struct:
		b.WriteString(v.Type().Name() + " { ")
		for i := range v.NumField() {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(v.Type().Field(i).Tag.Get("json") + ": ")
			show(b, v.Field(i))
		}
		b.WriteString(" }")
	default:
		b.WriteString(strconv.FormatUint(v.Uint(), 10))
	}
}
