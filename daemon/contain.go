package daemon

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// Back-off of a session that a fault of ours ended: doubled for each fault that follows within faultMemory.
const (
	faultWait    = time.Second
	faultMaxWait = 5 * time.Minute
	faultMemory  = 10 * time.Minute
)

// internalError is the shutdown communication of a session that a fault of ours ends.
const internalError = "internal error"

// A faultHold is why a session stays down after a fault of ours.
type faultHold struct {
	at     time.Time
	until  time.Time // the session is tried again; zero: not by itself
	report string    // path; empty: none
	text   string
}

// mishaps counts the faults of a session, for the back-off.
type mishaps struct {
	count uint
	last  time.Time
}

// wait is how long a session stays down after one more fault at time now.
func (f *mishaps) wait(now time.Time) time.Duration {
	if now.Sub(f.last) > faultMemory {
		f.count = 0
	}
	f.last = now
	f.count++
	return min(faultWait<<min(f.count-1, 16), faultMaxWait)
}

func (h *faultHold) down(now time.Time, name string) *api.Down {
	d := &api.Down{Cause: api.DownFault, Text: h.text}
	if h.report != "" {
		d.Text += ", report " + h.report
	}
	if h.until.IsZero() {
		d.Remedy = "clear bgp " + name
		return d
	}
	ms := max(h.until.Sub(now).Milliseconds(), 0)
	d.NextMs = &ms
	return d
}

// holdUntil is when a session that a fault ended is tried again, zero for never.
func (s *session) holdUntil() time.Time {
	if s.hold == nil {
		return time.Time{}
	}
	return s.hold.until
}

// contain catches a panic of the session's own step. What the panic left of the machine is thrown away: every connection ends with a Cease, the
// routes are taken back, and after a while a new machine goes on.
func (s *session) contain(now time.Time, m any) {
	if s.faults == nil {
		return // a simulation is to fail
	}
	cause := recover()
	if cause == nil {
		return
	}
	f := fault.Fault{Place: fault.Session, Subject: s.name, Doing: strings.TrimPrefix(fmt.Sprintf("%T", m), "*"), Cause: cause}
	if m, ok := m.(*received); ok {
		f.Message = m.raw
	}
	b := s.faults.caught(f)
	s.dropAll(now)
	s.faults.quietly(fault.Session, s.name, func() { abandon(m) })
	if _, last := m.(retire); last {
		s.end()
		return
	}
	s.faults.quietly(fault.Session, s.name, func() { s.mend(now, &b) })
}

// abandon closes the new connection that a message brought: nobody may have taken it yet.
func abandon(m any) {
	switch m := m.(type) {
	case accepted:
		m.conn.CloseNow()
	case dialed:
		if m.conn != nil {
			m.conn.CloseNow()
		}
	}
}

// dropAll ends every connection with a Cease, as far as each still can, and takes the neighbor's routes back.
func (s *session) dropAll(now time.Time) {
	bye := wire.AppendNotification(nil, wire.CeaseWithText(wire.CeaseAdminReset, internalError))
	all := s.links
	s.links = nil
	for _, l := range all {
		s.faults.quietly(fault.Session, s.name, func() {
			if l.begun.Load() {
				s.counts.sent(wire.TypeNotification)
				l.ring.sendUrgent(bytes.Clone(bye))
			}
			s.letGo(now, l)
		})
	}
	if s.up != nil {
		s.stream.put(streamItem{kind: controlDown})
		s.downs++
		s.since = now
	}
	s.forget()
	s.up, s.agreed, s.stale, s.whole = nil, nil, [2]time.Time{}, [2]bool{}
}

// mend puts a fresh machine in the place of one that broke, and holds the session down for a while.
func (s *session) mend(now time.Time, b *fault.Brief) {
	s.hold = &faultHold{at: now, until: now.Add(s.mishaps.wait(now)), report: b.Report, text: internalErrorAt(b)}
	s.started, s.over = false, nil
	s.peer = s.peer.Successor(s.machine(s.setup))
	why := fsm.Reason{
		Kind: fsm.ReasonNotificationSent, Local: true, Notification: wire.CeaseWithText(wire.CeaseAdminReset, internalError), Text: s.hold.text,
	}
	s.cause.ended(now, why)
	s.publish(now)
	s.log.Down(&why)
}

func internalErrorAt(b *fault.Brief) string { return "in its " + cmp.Or(b.Doing, b.Place.String()) }

// An outside fault is one that another goroutine caught while it worked for this session.
type outside struct {
	link  *link // whose reader it was; nil: the established one
	brief fault.Brief
	raw   []byte // the message that was being read
}

// onOutside ends the connection, or the session, that a fault in another goroutine was about. The machine is whole: it says Cease, and holds
// the neighbor in Idle longer each time.
func (s *session) onOutside(now time.Time, m outside) {
	l := m.link
	if l == nil {
		l = s.up
	}
	if l == nil || !s.links.has(l) {
		return
	}
	bye := wire.CeaseWithText(wire.CeaseAdminReset, internalError)
	text := "internal error in the " + m.brief.Place.String()
	if m.brief.Report != "" {
		text += ", report " + m.brief.Report
	}
	s.cause.message = m.raw
	s.feed(now, fsm.Event{Kind: fsm.Received, Conn: l.id, Message: fsm.Message{Type: wire.TypeUpdate, Err: &wire.Error{
		Code: bye.Code, Subcode: bye.Subcode, Data: bye.Data, Severity: wire.Reset, Text: text,
	}}})
	s.cause.message = nil
}

// containReader catches a panic in what reads one connection: bytes, messages, attributes, import policy. The batch that was being filled is
// lost with it.
func (l *link) containReader() {
	s := l.session
	if s.faults == nil {
		return
	}
	cause := recover()
	if cause == nil {
		return
	}
	raw := bytes.Clone(l.reader.current)
	b := s.faults.caught(fault.Fault{Place: fault.Reader, Subject: s.name, Cause: cause, Message: raw})
	s.inbox.post(outside{link: l, brief: b, raw: raw})
	s.faults.quietly(fault.Reader, s.name, func() { discard(l.conn) })
}

// containWriter catches a panic in what writes to one connection. Nothing more can be said on it: the message that was under way may be cut.
func (l *link) containWriter() {
	s := l.session
	if s.faults == nil {
		return
	}
	if cause := recover(); cause != nil {
		s.faults.caught(fault.Fault{Place: fault.Writer, Subject: s.name, Cause: cause})
		l.ring.close()
		s.inbox.post(broken{link: l, err: errFault})
	}
}

// containDial catches a panic in a dial, which then has failed.
func (l *link) containDial() {
	s := l.session
	if s.faults == nil {
		return
	}
	if cause := recover(); cause != nil {
		s.faults.caught(fault.Fault{Place: fault.Writer, Subject: s.name, Doing: "dialing", Cause: cause})
		s.inbox.post(dialed{link: l, err: errFault})
	}
}
