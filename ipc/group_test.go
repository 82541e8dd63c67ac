package ipc

import (
	"os"
	"testing"
)

// The process that is asked for the default group must say what the C library or /etc/group says.
func TestDefaultGroup(t *testing.T) {
	want, err := groupID(DefaultGroup)
	got := defaultGroup()
	switch {
	case (got != nil) != (err == nil):
		t.Errorf("group %s: %v, by name services %v", DefaultGroup, got, err)
	case got != nil && *got != want:
		t.Errorf("group %s has number %d, by name services %d", DefaultGroup, *got, want)
	}
}

func TestGroupLine(t *testing.T) {
	for line, want := range map[string]int64{
		"bgpsh:x:998:anna,ben\n": 998,
		"bgpsh:*:7:":             7,
		"":                       -1,
		"bgpsh:x":                -1,
		"bgpsh:x:many:\n":        -1,
		"bgpsh:x:4294967296:\n":  -1,
	} {
		id := groupOf(line)
		if got := int64(-1); id != nil {
			got = int64(*id)
			if got != want {
				t.Errorf("%q: %d, not %d", line, got, want)
			}
		} else if want >= 0 {
			t.Errorf("%q: no group, not %d", line, want)
		}
	}
}

func TestOutput(t *testing.T) {
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skip("no /bin/sh")
	}
	text, exit, err := output("/bin/sh", "-c", "echo $0; exit 2", "word")
	if text != "word\n" || exit != 2 || err != nil {
		t.Errorf("%q, exit %d, %v", text, exit, err)
	}
	if _, _, err := output("/bin/there-is-no-such-program"); err == nil {
		t.Error("a program that is not there gave no error")
	}
}
