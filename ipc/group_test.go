package ipc

import "testing"

func TestLocalGroup(t *testing.T) {
	for text, want := range map[string]int64{
		"root:x:0:\nbgpsh:x:998:anna,ben\n": 998,
		"bgpsh:*:7:":                        7,
		"":                                  -1,
		"bgpsh:x":                           -1,
		"bgpsh:x:many:\n":                   -1,
		"bgpsh:x:4294967296:\n":             -1,
		"bgpsh2:x:5:\nxbgpsh:x:6:bgpsh\n":   -1,
		"+\nbgpsh:x:12:\nbgpsh:x:13:\n":     12,
	} {
		got := int64(-1)
		if id := localGroup(text, "bgpsh"); id != nil {
			got = int64(*id)
		}
		if got != want {
			t.Errorf("%q: %d, not %d", text, got, want)
		}
	}
}
