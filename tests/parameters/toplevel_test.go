package parameters

import (
	"slices"
	"testing"

	"bgpsh/ipc/api"
)

// What FRR writes at the top level does what the router's own statement does, and is taken back there.
func TestTopLevel(t *testing.T) {
	t.Parallel()
	s := &station{as: 65002}
	l := newLab(t, []*station{s}, "no bgp router-id")
	l.established("10.0.0.2", 0)
	running := func() []string { return must[api.Running](l.router, api.ConfigRunning, nil).Lines }
	plain := running()
	for _, c := range []struct{ line, no, own, ownNo string }{
		{"bgp graceful-shutdown", "no bgp graceful-shutdown", "bgp graceful-shutdown", "no bgp graceful-shutdown"},
		{"bgp update-delay 60 30", "no bgp update-delay", "update-delay 60 30", "no update-delay"},
		{"bgp route-map delay-timer 7", "no bgp route-map delay-timer", "bgp route-map delay-timer 7", "no bgp route-map delay-timer"},
		{"bgp session-dscp 46", "no bgp session-dscp", "bgp session-dscp 46", "no bgp session-dscp"},
	} {
		l.apply(c.own)
		want := running()
		l.apply(c.ownNo)
		l.apply("exit", c.line)
		if got := running(); !slices.Equal(got, want) || slices.Equal(got, plain) {
			t.Errorf("%s: %q", c.line, got)
		}
		l.apply("exit", c.no)
		if got := running(); !slices.Equal(got, plain) {
			t.Errorf("%s: %q", c.no, got)
		}
	}
	says := func(what string, id uint32, change string) {
		t.Helper()
		l.apply("exit", change)
		l.until(what, func() bool { o := s.offer(); return o != nil && o.ID == id })
	}
	before := s.offer().ID
	says("the identifier of all", 0x0a00004d, "ip router-id 10.0.0.77")
	says("one of its own choice again", before, "no ip router-id")
}
