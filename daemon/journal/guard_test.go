package journal

import (
	"bytes"
	"testing"

	"bgpsh/ipc/logline"
)

// thorn is a value that cannot be written.
type thorn struct{}

func (thorn) String() string { panic("planted") }

// TestGuardCostsTheRecordOnly: whoever logs goes on, the guard hears of it, also where the guard's own record has the same fault.
func TestGuardCostsTheRecordOnly(t *testing.T) {
	var out bytes.Buffer
	j, err := Open(Config{Output: &out, Format: Text, Hostname: "h"})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	j.Guard(func(unit string, cause any, stack []byte) {
		told++
		if unit != "daemon" || cause != "planted" || !bytes.Contains(stack, []byte("guard_test.go")) {
			t.Errorf("told of %s: %v\n%s", unit, cause, stack)
		}
		j.Write(logline.Error, UnitDaemon, "again", logline.Field{Key: "x", Value: thorn{}})
	})
	j.Tap(func(r *logline.Record) {
		for _, f := range r.Fields {
			if v, ok := f.Value.(thorn); ok {
				_ = v.String()
			}
		}
	})
	for range 2 {
		j.Write(logline.Info, UnitDaemon, "hello", logline.Field{Key: "x", Value: thorn{}})
	}
	j.Write(logline.Info, UnitDaemon, "still here")
	if told != 2 {
		t.Errorf("the guard was told %d times", told)
	}
	if !bytes.Contains(out.Bytes(), []byte("still here")) {
		t.Errorf("log: %s", out.String())
	}
}
