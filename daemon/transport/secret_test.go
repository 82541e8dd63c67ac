package transport

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestSecretsNeverShow(t *testing.T) {
	o := Options{Password: "hunter2"}
	shown := []string{
		fmt.Sprint(o), fmt.Sprintf("%v %+v %#v", o, o, o), fmt.Sprintf("%s %q %v %#v %x %X", o.Password, o.Password,
			o.Password, o.Password, o.Password, o.Password), fmt.Sprintf("%d", o.Password),
	}
	j, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range append(shown, string(j)) {
		if strings.Contains(s, "hunter2") || strings.Contains(strings.ToLower(s), "68756e74657232") {
			t.Errorf("shown in %s", s)
		}
	}
	if !strings.Contains(string(j), "****") || (Secret("")).String() != "" {
		t.Errorf("got %s", j)
	}
}

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"[::ffff:10.0.0.1]:179":     "10.0.0.1:179",
		"[fe80::1%eth0]:179":        "[fe80::1%eth0]:179",
		"[2001:db8::1%eth0]:179":    "[2001:db8::1]:179",
		"[::ffff:10.0.0.1%eth0]:80": "10.0.0.1:80",
	} {
		if got := Canonical(netip.MustParseAddrPort(in)); got.String() != want {
			t.Errorf("%s becomes %s", in, got)
		}
	}
}
