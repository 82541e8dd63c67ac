package grammar

import (
	"strings"
	"testing"
)

func TestConceal(t *testing.T) {
	for line, want := range map[string]string{
		" neighbor 10.0.0.1 password hush now": " neighbor 10.0.0.1 password *****",
		"neighbor 10.0.0.1 pasword hush":       "neighbor 10.0.0.1 pasword *****",
		"neighbor 10.0.0.1 passwrod hush":      "neighbor 10.0.0.1 passwrod *****",
		"nieghbor 10.0.0.1 pass hush":          "nieghbor 10.0.0.1 pass *****",
		"n 10.0.0.1 pa hush":                   "n 10.0.0.1 pa *****",
		"no neighbor 10.0.0.1 password hush":   "no neighbor 10.0.0.1 password *****",
		"enable password 8 hush":               "enable password *****",
		"password hush":                        "password *****",
		"key-string hush":                      "key-string *****",
	} {
		if got := Conceal(line); got != want {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	}
	for _, line := range []string{"", "no", "neighbor 10.0.0.1 description the password is elsewhere", "neighbor 10.0.0.1 passive", "neighbor 10.0.0.1 remote-as 1",
		"neighbor 10.0.0.1 port 1790", "show bgp", "key chain OSPF", "neighbor 10.0.0.1 password"} {
		if got := Conceal(line); got != line {
			t.Errorf("%q: %q", line, got)
		}
	}
	if strings.Contains(Conceal("neighbor 10.0.0.1 password hush"), "hush") {
		t.Error("a secret is shown")
	}
}
