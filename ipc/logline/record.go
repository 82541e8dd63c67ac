package logline

import (
	"fmt"
	"strings"
	"time"
)

// Level is how much a record matters, in bunyan's numbers.
type Level uint8

// The levels.
const (
	Trace    Level = 10
	Debug    Level = 20
	Info     Level = 30
	Warn     Level = 40
	Error    Level = 50
	Critical Level = 60
)

var levels = []struct {
	level       Level
	name, short string
	priority    byte // syslog's
}{
	{Trace, "trace", "TRAC", '7'},
	{Debug, "debug", "DEBG", '7'},
	{Info, "info", "INFO", '6'},
	{Warn, "warn", "WARN", '4'},
	{Error, "error", "ERRO", '3'},
	{Critical, "critical", "CRIT", '2'},
}

// String gives the level's name: "info".
func (l Level) String() string {
	for _, x := range levels {
		if x.level == l {
			return x.name
		}
	}
	return fmt.Sprintf("level %d", uint8(l))
}

// Short gives the four letters of the pretty form: "INFO", and the number of a level that has no name.
func (l Level) Short() string {
	for _, x := range levels {
		if x.level == l {
			return x.short
		}
	}
	return fmt.Sprint(uint8(l))
}

// priority gives the digit that journald and syslog sort by.
func (l Level) priority() byte {
	p := byte('7')
	for _, x := range levels {
		if l >= x.level {
			p = x.priority
		}
	}
	return p
}

// ParseLevel reads a level's name, in either case.
func ParseLevel(s string) (Level, error) {
	for _, x := range levels {
		if strings.EqualFold(s, x.name) {
			return x.level, nil
		}
	}
	return 0, fmt.Errorf("%q is not a log level: trace, debug, info, warn, error or critical", s)
}

// Field is one key of a record with its value: a string, a bool, any integer, a float64, nil, a json.Number or a
// json.RawMessage as decoding gives them, or an Object.
type Field struct {
	Key   string
	Value any
}

// Record is one event in the log. Its keys are written in a fixed order: msg, v, name, level, time, hostname, pid, then
// Fields in theirs, then unit, module and component where they are not empty.
type Record struct {
	Level    Level
	Msg      string
	Name     string // of the program
	Time     time.Time
	Hostname string
	PID      int
	Fields   []Field // most specific first
	Unit     string
	Module   string
	// Component is "bgp" in all records of the daemon.
	Component string
}

// Get finds the value of a field.
func (r *Record) Get(key string) (any, bool) {
	for _, f := range r.Fields {
		if f.Key == key {
			return f.Value, true
		}
	}
	return nil, false
}
