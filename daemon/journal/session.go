package journal

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/fsm"
	"bgpsh/ipc/logline"
)

// defaultResolution is what clocks are shown with when a neighbor has none of its own.
const defaultResolution = 100 * time.Millisecond

// A Session writes the records of one neighbor and keeps its history.
type Session struct {
	j         *Journal
	neighbor  string        // its address or interface
	level     atomic.Uint32 // of this neighbor, 0: that of the unit
	adjacency atomic.Bool   // ADJCHANGE records are wanted

	history history
	pace    pace

	mu         sync.Mutex
	label      string
	host       string // the peer's hostname, as its OPEN gave it
	resolution time.Duration
	state      fsm.State // as of the last note
	clock      fsm.SessionClock
	conns      map[fsm.ConnID]*Conn
	dialed     bool // a connector was spawned before
	failing    failing
	malformed  limiter
	policy     map[string]bool // families whose missing policy was told
}

// failing is the dials since the last session that came to nothing.
type failing struct {
	count uint64
	last  string // the error of the last one
}

// Session gives the writer for one neighbor: its address or interface, and the name that the operator gave it.
func (j *Journal) Session(neighbor, label string) *Session {
	s := &Session{
		j: j, neighbor: neighbor, label: label, resolution: defaultResolution, conns: make(map[fsm.ConnID]*Conn),
		malformed: limiter{burst: 5, gap: 10 * time.Second}, pace: pace{limiter: limiter{burst: floodBurst, gap: floodGap}},
	}
	s.adjacency.Store(true)
	return s
}

// Configure changes what records say of the neighbor: its name, the resolution that clocks are shown with (0: 100 ms), and
// whether ADJCHANGE records are wanted.
func (s *Session) Configure(label string, resolution time.Duration, adjacency bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.label, s.resolution = label, resolution; resolution <= 0 {
		s.resolution = defaultResolution
	}
	s.adjacency.Store(adjacency)
}

// SetLevel sets from which level on this neighbor's records are written, whatever its units say; 0 leaves it to them.
func (s *Session) SetLevel(l logline.Level) { s.level.Store(uint32(l)) }

// Level is what SetLevel was given last.
func (s *Session) Level() logline.Level { return logline.Level(s.level.Load()) }

// Enabled reports whether a record of that unit and level is written.
func (s *Session) Enabled(u Unit, l logline.Level) bool {
	if own := s.level.Load(); own != 0 {
		return uint32(l) >= own
	}
	return s.j.levels.enabled(u, l)
}

// lite has the keys that stand in every record of the machine. mu is held.
func (s *Session) lite() []logline.Field {
	return []logline.Field{
		field("fsm_state", s.state.String()), field("session_clock", s.sessionClock()),
		field("neighbor", s.neighbor), field("neighbor_name", s.label),
	}
}

func (s *Session) sessionClock() *logline.SessionClock {
	return &logline.SessionClock{
		Resolution: logline.Seconds(s.resolution), ConnectRetry: s.timer(s.clock.ConnectRetry), IdleHold: s.timer(s.clock.IdleHold),
	}
}

// timer shows a timer in steps of the neighbor's resolution, the part of a step that runs counted as a whole one.
func (s *Session) timer(t fsm.Timer) logline.Timer {
	steps := (t.Remaining + s.resolution - 1) / s.resolution
	return logline.Timer{
		Interval: logline.Seconds(t.Interval), Enabled: t.Enabled, Remaining: logline.Seconds(min(steps*s.resolution, max(t.Remaining, t.Interval))),
	}
}

// say writes a record of the machine without a connection, if its level is enabled.
func (s *Session) say(l logline.Level, msg string, extra ...logline.Field) {
	if s.Enabled(UnitSession, l) {
		s.tell(l, msg, extra...)
	}
}

// A neighbor that comes and goes as fast as it can fills no disk: of its records, so many pass at
// once, then one in each gap, with the number of those held back. Where debugging is wanted too, all are written.
const (
	floodBurst = 200
	floodGap   = 100 * time.Millisecond
)

// pace is the limit of a neighbor's records. It has a lock of its own: records are written with and without the session's.
type pace struct {
	mu sync.Mutex
	limiter
}

// emit writes a record of the neighbor, unless there were too many lately.
func (s *Session) emit(l logline.Level, u Unit, msg string, fields ...logline.Field) {
	if l < logline.Info || l >= logline.Critical || s.Enabled(u, logline.Debug) || s.debugged() {
		s.j.emit(l, u, msg, fields...)
		return
	}
	s.pace.mu.Lock()
	heldBack, ok := s.pace.pass(s.j.Now())
	s.pace.mu.Unlock()
	if !ok {
		return
	}
	if heldBack > 0 {
		fields = append(fields, field("not_logged", heldBack))
	}
	s.j.emit(l, u, msg, fields...)
}

// tell is say whatever the level.
func (s *Session) tell(l logline.Level, msg string, extra ...logline.Field) {
	s.mu.Lock()
	fields := append(extra, s.lite()...)
	s.mu.Unlock()
	s.emit(l, UnitSession, msg, fields...)
}

// Spawning is a neighbor that was added and is about to start.
func (s *Session) Spawning() {
	if s.Enabled(UnitRouter, logline.Info) {
		s.mu.Lock()
		label := s.label
		s.mu.Unlock()
		s.j.emit(logline.Info, UnitRouter, "spawning session for "+label)
	}
}

// Starting is the first record of a neighbor's machine, with all its parameters.
func (s *Session) Starting(now fsm.Snapshot, params *logline.SessionInfo) {
	s.mu.Lock()
	s.state, s.clock = now.State, now.Session
	s.mu.Unlock()
	s.say(logline.Info, "starting peer state machine", field("params", params))
}

// Held tells why a neighbor is not tried.
func (s *Session) Held(why string) { s.say(logline.Error, "session is held down: "+why) }

// The records of a neighbor's end, in their order.

// ShutdownRequested is said by who ends the neighbor.
func (s *Session) ShutdownRequested() {
	s.say(logline.Info, "session runner (peer "+s.neighbor+") received shutdown request, setting shutdown flag")
}

// ShutdownNoticed is said by the neighbor's own goroutine.
func (s *Session) ShutdownNoticed() {
	s.say(logline.Info, "session runner (peer: "+s.neighbor+") caught shutdown flag")
}

// ShutdownStarted comes before connections are closed.
func (s *Session) ShutdownStarted() {
	s.say(logline.Info, "session runner (peer "+s.neighbor+"): shutdown start")
}

// ConnectorJoining comes before the wait for a dial that is under way or was made last.
func (s *Session) ConnectorJoining() {
	s.say(logline.Debug, "joining connector thread during shutdown")
}

// ConnectorJoined comes after it.
func (s *Session) ConnectorJoined() { s.connectorDone("shutdown") }

func (s *Session) connectorDone(context string) {
	s.say(logline.Debug, "connector thread completed successfully", field("context", context))
}

// ShutdownComplete is the last record of a neighbor's machine.
func (s *Session) ShutdownComplete() {
	s.say(logline.Info, "session runner (peer "+s.neighbor+"): shutdown complete")
}

// who names the neighbor as monitoring knows it: address and the peer's hostname.
func (s *Session) who() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := s.host
	if host == "" {
		host = "Unknown"
	}
	return fmt.Sprintf("%s(%s)", s.neighbor, host)
}
