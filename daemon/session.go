package daemon

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/fsm"
	"bgpsh/wire"
)

// A session drives the machine of one neighbor: it performs the machine's actions on sockets and the RIB, and turns what
// happens there into the machine's events. All of it happens in step, which has neither channel nor clock; loop is the
// goroutine around it.
type session struct {
	*shared
	name   string
	number uint32        // of this session, never used again
	inbox  *mailbox[any] // of the message types below

	// Owned by step.
	setup             *setup
	peer              *fsm.Peer
	links             links
	up                *link // of the established session
	agreed            *fsm.Negotiated
	hello             *wire.Open // the peer's last
	rekeyed           int64      // when up's password was changed, as of shared.nanos; 0: not since it came up
	ticked            time.Time  // when timers were looked at last
	version           uint32     // of imports
	routes            rib.Session
	started           bool
	retired           bool
	cause             cause
	shutBy            string // who shut the neighbor down
	ups               uint64
	downs             uint64
	since             time.Time // of the last up or down
	waiters           []waiter
	leave             func()     // of a dynamic neighbor: called when it is not connected any more
	served            bool       // it has had a connection
	numbers, released []uint32   // of export policies in use, and of those that are not any more
	over              *overLimit // not nil: down because of maximum-prefix or shutdown rtt
	slow              int        // KEEPALIVEs in a row at which the round trip was longer than shutdown rtt
	hold              *faultHold // not nil: down because of a fault of ours
	pulse             pulse      // of loop
	mishaps           mishaps    // those so far
	// stale is, by family, until when the neighbor may take to send its routes again after it began to (RFC 7313).
	stale [2]time.Time
	// Outbound route filters, by family: what the neighbor asked for, and the list that it was told of.
	asked    [2]asking
	drafts   [2]filterDraft
	filtered [2]*policy.PrefixList
	// retained says how long what stays over the loss of a session stays; last is the session that it is of.
	retained fsm.Retention
	last     standing
	whole    [2]bool // by family: End-of-RIB came
	log      *journal.Session

	// Shared with readers, writers and the RIB loop.
	stream  *stream
	sockets atomic.Int32 // connections that exist, those that say goodbye too
	imports atomic.Pointer[importer]
	counts  counters

	// view is what the session last told of itself; any goroutine may load it.
	view lookout
	gone chan struct{} // closed when the loop has ended
}

// Messages of a session.
type (
	// dialed answers a dial: a connection or why there is none.
	dialed struct {
		link *link
		conn transport.Conn
		err  error
	}
	// accepted brings the neighbor's own connection.
	accepted struct{ conn transport.Conn }
	// received brings a message; done is called when it was stepped, and then its memory may be used again.
	received struct {
		link    *link
		message fsm.Message
		raw     []byte // the whole message, where it may be the cause of a NOTIFICATION
		done    func()
	}
	// broken says that a link can no longer be read or written.
	broken struct {
		link *link
		err  error
	}
	// configure replaces the setup. reset: the present session cannot go on under it.
	configure struct {
		setup *setup
		reset bool
		who   string
		done  func()
	}
	// order is an operator's start, stop or reset.
	order struct {
		event fsm.Event
		who   string
		done  func()
	}
	// soft asks for routes again (in), or evaluates and sends what the neighbor gets again (out).
	soft struct {
		in, out  bool
		families []wire.Family
		done     func()
	}
	// waiter wants to know of a session with a greater generation than after; notify gets its number.
	waiter struct {
		ctx    context.Context
		after  uint32
		notify func(generation uint32)
	}
	// linksChanged says that the interfaces or addresses of this host are not what they were.
	linksChanged struct{}
	// retire ends the session for good with this Cease.
	retire struct {
		subcode uint8
		text    string
	}
	tick struct{}
)

// begin lets the session live until it is retired, at the latest when ctx ends; then it calls ended. It has a goroutine
// whenever there is a message or a deadline has come.
func (s *session) begin(ctx context.Context, ended func()) {
	loop := &attendant{busy: true} // until everything is in its place
	timer := time.AfterFunc(time.Hour, loop.rouse)
	var unwatch func() bool
	loop.work = func() {
		if s.loop(timer) {
			unwatch()
			ended()
		}
	}
	s.inbox.rouse = loop.rouse
	unwatch = context.AfterFunc(ctx, func() { s.inbox.post(retire{subcode: wire.CeaseAdminShutdown, text: s.farewell}) })
	go loop.run()
}

// loop is what the session's goroutine does: take all messages, look at the deadlines, step. It reports true when the
// session is over.
func (s *session) loop(timer *time.Timer) (over bool) {
	if s.retired {
		return false
	}
	for !s.retired && s.round(time.Now()) {
	}
	if !s.retired {
		timer.Reset(s.wait(time.Now()))
		return false
	}
	timer.Stop()
	s.refuse(s.inbox.close())
	close(s.gone)
	return true
}

// round takes one message and reports whether there was one. Timers come first, so that who sends without end holds up none.
func (s *session) round(now time.Time) bool {
	m, ok := s.inbox.take()
	if !ok || s.due(now) {
		s.turn(now, tick{})
	}
	switch {
	case ok && s.retired:
		s.refuse([]any{m})
	case ok:
		s.turn(now, m)
	}
	return ok
}

// turn steps the session, under the eyes of the watchdog.
func (s *session) turn(now time.Time, m any) {
	s.pulse.enter(phaseOf(m))
	s.pulse.beat(now.Sub(s.epoch))
	defer s.pulse.rest()
	s.step(now, m)
}

// step takes one message at time now. A fault in the session's own code ends this session and nothing else, and whoever waits for the message
// to be stepped goes on in any case, when the view shows what came of it.
func (s *session) step(now time.Time, m any) {
	defer finished(m)
	defer s.contain(now, m)
	s.handle(now, m)
	s.publish(now)
	s.notify()
	s.leaveWhenIdle()
}

func (s *session) handle(now time.Time, m any) {
	switch m := m.(type) {
	case tick:
		s.onTick(now)
	case dialed:
		s.onDialed(now, m)
	case accepted:
		s.onAccepted(now, m)
	case *received:
		s.onReceived(now, m)
	case broken:
		s.onBroken(now, m)
	case configure:
		s.onConfigure(now, m)
	case order:
		s.onOrder(now, m)
	case soft:
		s.onSoft(m)
	case waiter:
		s.waiters = append(s.waiters, m)
	case linksChanged:
		s.onLinksChanged(now)
	case limitReached:
		s.onLimit(now, m)
	case synced:
		s.onSynced(m)
	case outside:
		s.onOutside(now, m)
	case retire:
		s.onRetire(now, m)
	}
}

// feed steps the machine and performs what it asks for.
func (s *session) feed(now time.Time, e fsm.Event) {
	if s.recovered() {
		s.peer.Recovered()
	}
	answer := answers.Get().(*[]fsm.Action)
	*answer = s.peer.AppendStep(*answer, now, e)
	for _, a := range *answer {
		s.perform(now, a)
	}
	clear(*answer)
	*answer = (*answer)[:0]
	answers.Put(answer)
}

// answers is memory for what machines ask for. One that broke keeps its own.
var answers = sync.Pool{New: func() any { return new([]fsm.Action) }}

// tick lets timers expire whose time has come, after telling the machine what was heard meanwhile.
func (s *session) onTick(now time.Time) {
	s.ticked = now
	var few [2]*link
	for _, l := range append(few[:0], s.links...) { // which what is heard may change
		s.heard(now, l)
	}
	if l := s.up; l != nil && s.agreed.SendHold > 0 && l.stalled(now, s.agreed.SendHold) {
		s.feed(now, fsm.Event{Kind: fsm.SendStalled, Conn: l.id})
	}
	s.sweepStale(now)
	s.expire(now)
	s.resumeDue(now)
	s.filterDue(now)
	if d := s.peer.Deadline(); !d.IsZero() && !d.After(now) {
		s.feed(now, fsm.Event{Kind: fsm.Tick})
	}
}

// heard tells the machine when l was last read. While its reader waits for us the neighbor cannot be blamed for silence.
func (s *session) heard(now time.Time, l *link) {
	at := l.lastRead.Load()
	if l.waiting.Load() {
		at = s.nanos(now)
	}
	if at == l.seen {
		return
	}
	l.seen = at
	s.feed(now, fsm.Event{Kind: fsm.Activity, Conn: l.id, LastRead: s.instant(at)})
}

// wait is how long the session may sleep at most.
func (s *session) wait(now time.Time) time.Duration {
	d := time.Hour
	if t := s.deadline(); !t.IsZero() {
		d = t.Sub(now)
	}
	if s.up != nil && s.agreed.SendHold > 0 {
		d = min(d, s.agreed.SendHold/8)
	}
	return max(d, 0)
}

// due tells whether a tick is overdue.
func (s *session) due(now time.Time) bool {
	if t := s.deadline(); !t.IsZero() && !t.After(now) {
		return true
	}
	return s.up != nil && s.agreed.SendHold > 0 && now.Sub(s.ticked) >= s.agreed.SendHold/8
}

// deadline is when the session next has something to do by itself, zero for never.
func (s *session) deadline() time.Time {
	at := s.peer.Deadline()
	for _, t := range [...]time.Time{s.stale[0], s.stale[1], s.overUntil(), s.holdUntil(), s.retained.Deadline(), s.filterDeadline()} {
		if !t.IsZero() && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	return at
}

func (s *session) onDialed(now time.Time, m dialed) {
	l := m.link
	switch {
	case !s.links.has(l): // given up meanwhile
		if m.conn != nil {
			m.conn.CloseNow()
			s.feed(now, fsm.Event{Kind: fsm.Dialed, Conn: l.id}) // it counts as declined
		}
	case m.err != nil:
		s.links.remove(l)
		s.cause.dialFailed(now, m.err)
		l.log.DialFailed(m.err)
		s.feed(now, fsm.Event{Kind: fsm.DialFailed, Conn: l.id, Err: m.err})
	default:
		l.conn = m.conn
		s.open(l)
		s.feed(now, fsm.Event{Kind: fsm.Dialed, Conn: l.id})
	}
}

// open takes a connection into the session's care.
func (s *session) open(l *link) {
	s.sockets.Add(1)
	l.opened()
	s.world.write(l)
}

func (s *session) onAccepted(now time.Time, m accepted) {
	if s.superseded() {
		s.feed(now, fsm.Event{Kind: fsm.AdminReset, Cause: &fsm.Reason{Kind: fsm.ReasonBroken, Local: true, Err: errSuperseded}})
	}
	l := s.newLink(s.peer.NextConn(), fsm.Inbound, m.conn.RemoteAddr())
	l.conn = m.conn
	s.links = append(s.links, l)
	s.served = true
	s.open(l)
	s.feed(now, fsm.Event{Kind: fsm.Accepted, Conn: l.id})
}

func (s *session) onReceived(now time.Time, m *received) {
	if l := m.link; s.links.has(l) {
		s.heard(now, l)
		s.cause.message, s.cause.params = m.raw, wire.Params{}
		if live := l.reader.live.Load(); live != nil {
			s.cause.params = live.params
		}
		s.feed(now, fsm.Event{Kind: fsm.Received, Conn: l.id, Message: m.message})
		s.cause.message = nil
		s.refreshed(now, l, &m.message)
		if m.message.Type == wire.TypeKeepalive && l == s.up {
			s.gaugeRTT(now)
		}
	}
}

// refreshed passes the neighbor's ROUTE-REFRESH on to the RIB, in order with its routes.
func (s *session) refreshed(now time.Time, l *link, m *fsm.Message) {
	if l != s.up || m.Type != wire.TypeRouteRefresh || m.Err != nil {
		return
	}
	f := m.Refresh.Family
	if !slices.Contains(s.agreed.Families, f) {
		return
	}
	switch stale := &s.stale[config.FamilyIndex(f)]; m.Refresh.Subtype {
	case wire.RefreshBegin:
		*stale = now.Add(refreshLimit)
	case wire.RefreshEnd:
		*stale = time.Time{}
	}
	if m.Refresh.Subtype == wire.RefreshRequest && !s.takeFilter(now, f, m.Refresh.Filter) {
		return
	}
	s.stream.put(streamItem{kind: controlRefresh, family: f, subtype: m.Refresh.Subtype})
}

// refreshLimit is how long a neighbor may take from the begin of a refresh to its end (RFC 7313) before what it has not
// sent again counts as withdrawn.
const refreshLimit = 6 * time.Minute

// sweepStale ends the refreshes of neighbors that never said they had finished.
func (s *session) sweepStale(now time.Time) {
	for i, until := range s.stale {
		if !until.IsZero() && !until.After(now) {
			s.stale[i] = time.Time{}
			s.stream.put(streamItem{kind: controlRefresh, family: config.Families[i], subtype: wire.RefreshEnd})
		}
	}
}

func (s *session) onBroken(now time.Time, m broken) {
	l := m.link
	if !s.links.has(l) {
		return
	}
	s.heard(now, l)
	s.feed(now, fsm.Event{Kind: fsm.Broken, Conn: l.id, Err: m.err})
	s.close(now, l.id)
}
