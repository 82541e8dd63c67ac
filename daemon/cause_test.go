package daemon

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A peer that was shut down refuses the dials that follow; the cause stays its operator's, with the text.
func TestPeerShutdownOutlivesTheDialsItRefuses(t *testing.T) {
	now := time.Now()
	s := &session{setup: &setup{}}
	s.setup.Addr, s.setup.Port = netip.MustParseAddr("10.0.0.2"), 179
	s.cause.ended(now, fsm.Reason{Kind: fsm.ReasonNotificationReceived, Notification: wire.CeaseWithText(wire.CeaseAdminShutdown, "back at noon")})
	refused := &transport.DialError{Cause: transport.DialRefused, Err: errors.New("connection refused")}
	s.cause.dialFailed(now.Add(time.Second), refused)
	if d := s.failure(now.Add(2 * time.Second)); d.Cause != api.DownPeerShutdown || !strings.Contains(d.String(), "back at noon") || d.Tries != 1 {
		t.Errorf("got %q", d)
	}
	s.cause.dialFailed(now.Add(time.Minute), &transport.DialError{Cause: transport.DialTimeout})
	if d := s.failure(now.Add(time.Minute)); d.Cause != api.DownNoAnswer {
		t.Errorf("a peer that does not answer at all: got %q", d)
	}
}
