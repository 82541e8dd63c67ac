package interop

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// With another password there is no session, whoever dials, and the neighbor's page says what that looks like.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	b.frr(`
router bgp 65002
 bgp router-id 10.0.0.2
 neighbor 10.1.0.1 remote-as 65001
 neighbor 10.1.0.1 password right
 neighbor 10.1.0.1 timers connect 2
exit
`)
	r := a.bgpd(`
router bgp 65001
 bgp router-id 10.0.0.1
 neighbor 10.1.0.2 remote-as 65002
 neighbor 10.1.0.2 password wrong
 neighbor 10.1.0.2 timers connect 3
exit
`)
	within(t, 20*time.Second, "the page names the cause", func() error {
		out, _, err := r.try("show bgp neighbors 10.1.0.2")
		if err != nil || !strings.Contains(out, "no answer") || !strings.Contains(out, "password") {
			return fmt.Errorf("%v\n%s", err, out)
		}
		return nil
	})
	if _, _, err := r.try("wait bgp neighbor 10.1.0.2 established timeout 5"); err == nil {
		t.Error("a session with two passwords")
	}
}
