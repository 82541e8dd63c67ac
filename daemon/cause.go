package daemon

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"time"

	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// blockedKind says what stands in the way of a dial before it begins.
type blockedKind uint8

const (
	blockedNotConnected blockedKind = iota + 1 // the address is on no connected subnet
	blockedNoSource                            // the update-source interface has no such address
	blockedNoLink                              // the interface of a link-local address, or that calls are bound to, is down or absent
)

// blocked is the error of a dial that was not tried, because it could not lead anywhere.
type blocked struct {
	kind blockedKind
	name string // of the interface
}

func (b *blocked) Error() string {
	switch b.kind {
	case blockedNoLink:
		return fmt.Sprintf("interface %s is down or absent", b.name)
	case blockedNoSource:
		return fmt.Sprintf("update-source %s has no usable address", b.name)
	}
	return "not on a connected subnet"
}

// A cause is what the session remembers to tell why its neighbor is not Established: the failed dials since the last
// session and the last end of a session or of an attempt.
type cause struct {
	who string // who gave the last order

	dial  error // of the last failed dial
	tries uint64
	dialt time.Time

	last  fsm.Reason // the last failure after a connection; Kind 0: none
	lastt time.Time
	wasUp bool // it ended an established session

	message []byte      // being stepped
	params  wire.Params // by which it was read

	end  fsm.Reason // the last end of a session, or of an attempt with a NOTIFICATION; outlives the others
	endt time.Time
	endm []byte      // the message that made us end it, whole
	endp wire.Params // by which it was read
	endw string      // who ended it, where an operator did
}

// clear forgets why the neighbor was down, because it is up or is tried from scratch.
func (c *cause) clear() {
	*c = cause{end: c.end, endt: c.endt, endm: c.endm, endp: c.endp, endw: c.endw, message: c.message, params: c.params}
}

func (c *cause) dialFailed(now time.Time, err error) {
	c.dial, c.dialt = err, now
	c.tries++
}

// failed notes why a connection failed before the session was up.
func (c *cause) failed(now time.Time, r fsm.Reason) {
	if r.Kind == fsm.ReasonDialFailed || r.Kind == fsm.ReasonCollisionLost {
		return
	}
	if r.Kind == fsm.ReasonBroken && tells(&c.last) {
		return
	}
	c.last, c.lastt, c.wasUp = r, now, false
	if n := r.Notification; n.Code != 0 && !declined(n) {
		c.endBy(now, r)
	}
}

// endBy remembers an end for `Last reset`.
func (c *cause) endBy(now time.Time, r fsm.Reason) {
	c.end, c.endt, c.endm, c.endw = r, now, nil, ""
	if r.Local {
		c.endm, c.endp = c.message, c.params
	}
	switch r.Kind {
	case fsm.ReasonAdminShutdown, fsm.ReasonAdminReset, fsm.ReasonConfigChange:
		c.endw = c.who
	}
}

// tells reports whether a reason tells more than that a later attempt was closed without a word.
func tells(r *fsm.Reason) bool {
	switch r.Kind {
	case fsm.ReasonHoldExpired, fsm.ReasonSendHold, fsm.ReasonMaxPrefix, fsm.ReasonOpenError:
		return true
	case fsm.ReasonNotificationReceived:
		return !declined(r.Notification)
	}
	return false
}

// declined reports whether a NOTIFICATION only says that its sender has, or wants, no connection at this moment. It would
// hide why the session before it ended.
func declined(n wire.Notification) bool {
	return n.Code == wire.CodeCease && (n.Subcode == wire.CeaseRejected || n.Subcode == wire.CeaseCollision)
}

// ended notes why a session ended.
func (c *cause) ended(now time.Time, r fsm.Reason) {
	c.last, c.lastt, c.wasUp = r, now, true
	c.endBy(now, r)
}

// blocked reports whether the last dial was not even tried.
func (c *cause) blocked() bool {
	var b *blocked
	return errors.As(c.dial, &b)
}

// down tells why the neighbor is not Established. It is nil when it is.
func (s *session) down(now time.Time, snap *fsm.Snapshot) *api.Down {
	if snap.State == fsm.Established {
		return nil
	}
	if d := s.kept(now); d != nil {
		return d
	}
	d := s.failure(now)
	if d == nil && (snap.State == fsm.OpenSent || snap.State == fsm.OpenConfirm || snap.State == fsm.ConnectionCollision) {
		return &api.Down{Cause: api.DownNegotiating, Address: s.target()}
	}
	if d == nil && s.setup.Passive {
		return &api.Down{Cause: api.DownPassive}
	}
	if d == nil {
		d = &api.Down{Cause: api.DownStarting}
	}
	d.Address = s.target()
	if next := nextDial(snap); next >= 0 {
		ms := next.Milliseconds()
		d.NextMs = &ms
	}
	return d
}

func (s *session) target() netip.AddrPort { return netip.AddrPortFrom(s.setup.Addr, s.setup.Port) }

// nextDial is the time until the machine dials again, negative when it will not by itself.
func nextDial(snap *fsm.Snapshot) time.Duration {
	switch {
	case snap.State == fsm.Idle && snap.Session.IdleHold.Enabled:
		return snap.Session.IdleHold.Remaining
	case snap.Session.ConnectRetry.Enabled:
		return snap.Session.ConnectRetry.Remaining
	}
	return -1
}

// kept tells what keeps the session from being tried at all.
func (s *session) kept(now time.Time) *api.Down {
	c := s.setup
	switch {
	case len(c.Held) > 0:
		return &api.Down{Cause: api.DownConfig, Line: c.Held[0].Line, Text: c.Held[0].Text + ": " + c.Held[0].Reason}
	case c.Shutdown:
		return &api.Down{Cause: api.DownShutdown, Who: s.shutBy, Text: c.Text}
	case s.over != nil && s.over.rtt > 0:
		return &api.Down{Cause: api.DownRTT, Got: strconv.FormatInt(s.over.rtt.Milliseconds(), 10), Want: strconv.FormatUint(uint64(s.over.max), 10),
			Remedy: "clear bgp " + s.name}
	case s.over != nil:
		d := &api.Down{Cause: api.DownMaxPrefix, Got: strconv.FormatUint(uint64(s.over.count), 10),
			Want: strconv.FormatUint(uint64(s.over.max), 10) + " " + s.over.family.String(), Remedy: "clear bgp " + s.name}
		if !s.over.until.IsZero() {
			ms := s.over.until.Sub(now).Milliseconds()
			d.NextMs = &ms
		}
		return d
	case s.hold != nil:
		return s.hold.down(now, s.name)
	case c.noRemoteAS():
		return &api.Down{Cause: api.DownNoRemoteAS, Remedy: "neighbor " + s.name + " remote-as AS"}
	case c.families() == 0:
		return &api.Down{Cause: api.DownInactive, Remedy: "address-family ipv4 unicast; neighbor " + s.name + " activate"}
	case !c.Addr.IsValid():
		return &api.Down{Cause: api.DownNoDiscovery, Name: c.Interface}
	}
	return nil
}

// failure tells the newest of the failed dials and the ended connections.
func (s *session) failure(now time.Time) *api.Down {
	c := &s.cause
	if c.dial != nil && !c.dialt.Before(c.lastt) {
		d := s.dialDown(c.dial)
		if why := s.reasonDown(&c.last); d.Cause == api.DownRefused && why.Cause == api.DownPeerShutdown {
			d = why // that it refuses us now is only what follows
		}
		d.Tries = c.tries
		ms := now.Sub(c.dialt).Milliseconds()
		d.LastMs = &ms
		return d
	}
	if c.last.Kind != fsm.ReasonNone {
		return s.reasonDown(&c.last)
	}
	return nil
}

// dialDown puts the error of a dial into the operator's terms.
func (s *session) dialDown(err error) *api.Down {
	var b *blocked
	if errors.As(err, &b) {
		switch b.kind {
		case blockedNoLink:
			return &api.Down{Cause: api.DownInterface, Name: b.name}
		case blockedNoSource:
			return &api.Down{Cause: api.DownLocalAddress, Want: b.name}
		}
		remedy := "neighbor " + s.name + " ebgp-multihop"
		if s.setup.Addr.IsLinkLocalUnicast() { // without an interface it means nothing, however many hops
			remedy = "neighbor " + s.name + " interface IFNAME"
		}
		return &api.Down{Cause: api.DownNotConnected, Remedy: remedy}
	}
	var e *transport.DialError
	if !errors.As(err, &e) {
		return &api.Down{Cause: api.DownSocket, Text: err.Error()}
	}
	switch e.Cause {
	case transport.DialRefused:
		return &api.Down{Cause: api.DownRefused}
	case transport.DialTimeout:
		wait := max(1, int((s.setup.dialLimit()+time.Second-1)/time.Second))
		return &api.Down{Cause: api.DownNoAnswer, WaitSec: wait, Password: !s.setup.Password.Empty()}
	case transport.DialUnreachable:
		return &api.Down{Cause: api.DownNoRoute}
	case transport.DialNoSource:
		want := s.setup.Source.Interface
		if s.setup.Source.Addr.IsValid() {
			want = s.setup.Source.Addr.String()
		}
		return &api.Down{Cause: api.DownLocalAddress, Want: want}
	}
	return &api.Down{Cause: api.DownSocket, Text: e.Reason()}
}

// reasonDown puts the end of a session or of an attempt into the operator's terms.
func (s *session) reasonDown(r *fsm.Reason) *api.Down {
	text, _ := r.Notification.Communication()
	switch r.Kind {
	case fsm.ReasonHoldExpired:
		return &api.Down{Cause: api.DownHoldExpired, WaitSec: int(s.setup.HoldTime / time.Second)}
	case fsm.ReasonSendHold:
		return &api.Down{Cause: api.DownSendHold, WaitSec: int(s.setup.SendHold / time.Second)}
	case fsm.ReasonBroken:
		return s.brokenDown(r.Err)
	case fsm.ReasonAdminShutdown:
		return &api.Down{Cause: api.DownShutdown, Who: s.cause.who, Text: text}
	case fsm.ReasonAdminReset, fsm.ReasonConfigChange:
		return &api.Down{Cause: api.DownClear, Who: s.cause.who}
	case fsm.ReasonOpenError:
		return s.openDown(r)
	case fsm.ReasonNotificationReceived:
		inner, _ := r.Notification.HardReset()
		if inner.Code == wire.CodeCease && (inner.Subcode == wire.CeaseAdminShutdown || inner.Subcode == wire.CeasePeerDeconfigured) {
			return &api.Down{Cause: api.DownPeerShutdown, Text: text}
		}
		return &api.Down{Cause: api.DownNotification, Name: r.Notification.String(), Text: text}
	}
	d := &api.Down{Cause: api.DownNotification, Sent: r.Local, Name: r.Notification.String(), Text: r.Text}
	if r.Notification.Code == 0 {
		d.Name = r.Kind.String()
	}
	return d
}

// brokenDown tells how a connection was lost.
func (s *session) brokenDown(err error) *api.Down {
	var n syscall.Errno
	switch closed := isEOF(err) || errors.Is(err, syscall.ECONNRESET); {
	case errors.Is(err, errLinkDown):
		iface, _ := s.kernel.InterfaceOf(s.setup.Addr)
		return &api.Down{Cause: api.DownInterface, Name: cmp.Or(s.setup.Interface, iface, "to "+s.setup.Addr.String())}
	case closed && !s.cause.wasUp:
		return &api.Down{Cause: api.DownClosed}
	case closed:
		return &api.Down{Cause: api.DownSocket, Text: "closed by the peer"}
	case errors.As(err, &n):
		return &api.Down{Cause: api.DownSocket, Text: n.Error()}
	case err == nil:
		return &api.Down{Cause: api.DownSocket, Text: "connection lost"}
	}
	return &api.Down{Cause: api.DownSocket, Text: err.Error()}
}

// openDown tells what of the peer's OPEN did not fit.
func (s *session) openDown(r *fsm.Reason) *api.Down {
	switch r.Notification.Subcode {
	case wire.OpenBadPeerAS:
		return &api.Down{Cause: api.DownPeerAS, Got: strconv.FormatUint(uint64(r.RemoteAS), 10), Want: s.setup.wantedAS()}
	case wire.OpenBadID:
		d := &api.Down{Cause: api.DownPeerID, Got: addr4(r.RemoteID).String()}
		if s.setup.RemoteID.IsValid() {
			d.Want = s.setup.RemoteID.String()
		}
		return d
	case wire.OpenUnsupportedCapability:
		return &api.Down{Cause: api.DownNoFamily, Got: r.Text, Want: familyNames(s.setup.activeFamilies())}
	case wire.OpenRoleMismatch:
		return &api.Down{Cause: api.DownRole, Got: r.Text}
	}
	return &api.Down{Cause: api.DownNotification, Sent: r.Local, Name: r.Notification.String(), Text: r.Text}
}

func familyNames(fs []wire.Family) string {
	var names []string
	for _, f := range fs {
		names = append(names, f.String())
	}
	return strings.Join(names, ", ")
}
