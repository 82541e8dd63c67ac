package journal

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
	"bgpsh/wire"
)

// errRefused is what a dial ends with where nobody listens, on both networks.
var errRefused error = syscall.ECONNREFUSED

// Up is a session that is established. host is the peer's hostname, empty when it told none. The first dial that fails
// after this warns again.
func (s *Session) Up(host string) {
	s.mu.Lock()
	s.host, s.failing, s.policy = host, failing{}, nil
	s.mu.Unlock()
	if s.adjacency.Load() && s.Enabled(UnitSession, logline.Info) {
		s.emit(logline.Info, UnitSession, "%ADJCHANGE: neighbor "+s.who()+" in vrf default Up", field("neighbor", s.neighbor))
	}
}

// Down is the end of that session.
func (s *Session) Down(why *fsm.Reason) {
	if !s.adjacency.Load() || !s.Enabled(UnitSession, logline.Info) {
		return
	}
	s.emit(logline.Info, UnitSession, "%ADJCHANGE: neighbor "+s.who()+" in vrf default Down "+DownWords(why),
		append([]logline.Field{field("neighbor", s.neighbor), field("cause", reasonText(why))}, reasonFields(why)...)...)
}

// DownWords is why a session ended in the words that monitoring knows from FRR.
func DownWords(r *fsm.Reason) string {
	switch r.Kind {
	case fsm.ReasonNotificationReceived, fsm.ReasonRejected:
		if !r.Local {
			return "BGP Notification received"
		}
	case fsm.ReasonBroken:
		if r.Err == nil || errors.Is(r.Err, io.EOF) || errors.Is(r.Err, syscall.ECONNRESET) {
			return "Peer closed the session"
		}
		return "Socket Error"
	case fsm.ReasonAdminShutdown:
		return "Admin. shutdown"
	case fsm.ReasonAdminReset:
		return "User reset"
	case fsm.ReasonConfigChange:
		if inner, _ := r.Notification.HardReset(); inner.Code == wire.CodeCease && inner.Subcode == wire.CeasePeerDeconfigured {
			return "Neighbor deleted"
		}
	}
	return "BGP Notification send"
}

// notification tells of a NOTIFICATION, with its text or its data.
func (s *Session) notification(way string, b []byte) {
	if !s.Enabled(UnitSession, logline.Info) {
		return
	}
	n, werr := wire.ParseNotification(b[wire.HeaderLen:])
	if werr != nil {
		return
	}
	inner, hard := n.HardReset()
	kind := "%NOTIFICATION"
	if hard {
		kind += "(Hard Reset)"
	}
	what := fmt.Sprintf("%d bytes", len(inner.Data))
	if len(inner.Data) > 0 {
		what += fmt.Sprintf(" % x", inner.Data)
	}
	if text, ok := n.Communication(); ok {
		what = fmt.Sprintf("%q", text)
	}
	s.emit(logline.Info, UnitSession, fmt.Sprintf("%s: %s neighbor %s %s %s", kind, way, s.neighbor, notificationWords(n), what),
		field("neighbor", s.neighbor))
}

// MaxPrefix warns that a neighbor's prefixes reach the share of its limit that was set for this.
func (s *Session) MaxPrefix(f wire.Family, count, limit uint64) {
	if s.Enabled(UnitSession, logline.Warn) {
		s.emit(logline.Warn, UnitSession, fmt.Sprintf("%%MAXPFX: No. of %s prefix received from %s reaches %d, max %d", f, s.who(), count, limit),
			s.prefixFields(f, count, limit)...)
	}
}

// MaxPrefixExceeded warns that a neighbor's prefixes are over its limit.
func (s *Session) MaxPrefixExceeded(f wire.Family, count, limit uint64) {
	if s.Enabled(UnitSession, logline.Warn) {
		s.emit(logline.Warn, UnitSession, fmt.Sprintf("%%MAXPFXEXCEED: No. of %s prefix received from %s %d exceed, limit %d", f, s.who(), count, limit),
			s.prefixFields(f, count, limit)...)
	}
}

func (s *Session) prefixFields(f wire.Family, count, limit uint64) []logline.Field {
	return []logline.Field{field("neighbor", s.neighbor), field("family", f.String()), field("prefixes", count), field("limit", limit)}
}

// MissingPolicy warns that an external neighbor has no policy (RFC 8212), so that no route passes in or out. add is the
// lines that would let all pass. It is said once a session and family.
func (s *Session) MissingPolicy(f wire.Family, in, out bool, add []string) {
	s.mu.Lock()
	told := s.policy[f.String()]
	if s.policy == nil {
		s.policy = make(map[string]bool)
	}
	s.policy[f.String()] = true
	s.mu.Unlock()
	if told || !s.Enabled(UnitSession, logline.Warn) {
		return
	}
	var ways []string
	if in {
		ways = append(ways, "inbound")
	}
	if out {
		ways = append(ways, "outbound")
	}
	way := strings.Join(ways, "/")
	s.emit(logline.Warn, UnitSession,
		"EBGP "+way+" policy not properly setup, please configure in order for your peering to work correctly",
		field("neighbor", s.neighbor), field("family", f.String()), field("direction", way), field("add", strings.Join(add, "; ")))
}

// maxHex is how many bytes of a malformed message a record shows.
const maxHex = 512

// bad lets a record of what is wrong with the neighbor's messages pass: five at once, then one in ten seconds, with the number
// of those held back.
func (s *Session) bad(msg string, fields func() []logline.Field) {
	if !s.Enabled(UnitSession, logline.Warn) {
		return
	}
	now := s.j.Now()
	s.mu.Lock()
	heldBack, ok := s.malformed.pass(now)
	s.mu.Unlock()
	if !ok {
		return
	}
	all := append([]logline.Field{field("neighbor", s.neighbor)}, fields()...)
	if heldBack > 0 {
		all = append(all, field("not_logged", heldBack))
	}
	s.emit(logline.Warn, UnitSession, msg, all...)
}

// FilterTooLong tells of a neighbor whose prefix filter has more entries than are kept.
func (s *Session) FilterTooLong(family string, limit int) {
	s.bad(fmt.Sprintf("the %s prefix filter of %s has more than %d entries and counts as none", family, s.neighbor, limit), func() []logline.Field { return nil })
}

// Malformed records an UPDATE that was not taken as it came: the attribute at fault, what was done about it, the message.
// body has no header.
func (s *Session) Malformed(e *wire.Error, body []byte) {
	s.bad("malformed update message from "+s.neighbor+": "+e.Text, func() []logline.Field { return mistakeFields(e, body) })
}

func mistakeFields(e *wire.Error, body []byte) []logline.Field {
	fields := []logline.Field{field("verdict", e.Severity.String())}
	if e.Attr != 0 {
		fields = append(fields, field("attribute", e.Attr.String()))
	}
	return append(fields, field("error", fmt.Sprintf("%d/%d", e.Code, e.Subcode)),
		field("length", len(body)), field("hex", fmt.Sprintf("%x", body[:min(len(body), maxHex)])))
}
