package daemon

import (
	"sync"

	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// streamLimit is how many items that the peer causes (batches, End-of-RIB, route refresh) may wait for the RIB loop. Then
// the peer's reader stops reading and TCP tells the peer.
//
// A reader that waits is woken when no more than streamLow are left: waking one costs as much as a hundred routes.
const (
	streamLimit = 4
	streamLow   = 1
)

// A stream is one peer's way into the RIB loop. Everything whose order against UPDATEs matters travels in it: batches of
// routes, up, down, End-of-RIB and route refresh. What the peer causes is bounded: its reader waits for room before it
// hands it over. What the session itself says always finds room, because it says little: up and down in turn, and what an
// operator changes.
type stream struct {
	loop *ribLoop
	name string         // of the neighbor, for reports
	peer rib.PeerID     // the loop's; Local until the first session
	era  uint32         // the loop's: generation of the session
	post func(any) bool // to the session
	room chan struct{}  // an item of the peer was taken

	mu     sync.Mutex
	items  []streamItem
	caused int  // items that the peer caused
	listed bool // in the loop's list of streams with work
	ready  bool // the peer's ring has room again
}

// streamItem is one of: a batch, or a control item.
type streamItem struct {
	batch    *rib.Batch
	kind     controlKind
	session  *rib.Session
	ring     *ring
	family   wire.Family
	families []wire.Family
	subtype  uint8
	imports  *importer
	regroup  *rib.FamilySession
	numbers  []uint32 // of export policies that the session does not use any more
}

type controlKind uint8

const (
	controlNone controlKind = iota
	controlUp
	controlDown
	controlLose // the session ended, and its routes of families stay
	controlAge  // what stayed of family is long-lived from now on
	controlDrop // what stayed of family leaves
	controlEndOfRIB
	controlAlive // the first KEEPALIVE of the session
	controlRefresh
	controlImport
	controlRegroup
	controlRelease
	controlGone
)

func newStream(l *ribLoop) *stream { return &stream{loop: l, room: make(chan struct{}, 1)} }

// byPeer reports whether a peer can cause such an item as often as it likes.
func (it *streamItem) byPeer() bool {
	return it.batch != nil || it.kind == controlEndOfRIB || it.kind == controlAlive || it.kind == controlRefresh
}

// waiting is the number of the peer's items that wait.
func (s *stream) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caused
}

// hasRoom tells whether the peer may cause another item.
func (s *stream) hasRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.caused < streamLimit
}

// put queues an item. Who passes on what the peer causes waits for room first.
func (s *stream) put(it streamItem) {
	s.mu.Lock()
	if it.byPeer() {
		s.caused++
	}
	s.append(it)
}

// resume says that the peer's ring has room again. It is not ordered against the rest.
func (s *stream) resume() {
	s.mu.Lock()
	s.ready = true
	s.list()
}

func (s *stream) append(it streamItem) {
	s.items = append(s.items, it)
	s.list()
}

// list puts the stream on the loop's list and unlocks it.
func (s *stream) list() {
	add := !s.listed
	s.listed = true
	s.mu.Unlock()
	if add {
		s.loop.list(s)
	}
}

// next takes the oldest item; resumed reports a resume since the last call. When nothing is left the stream is off the
// loop's list.
func (s *stream) next() (it streamItem, ok, resumed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resumed, s.ready = s.ready, false
	if len(s.items) == 0 {
		s.listed = false
		return it, false, resumed
	}
	it = s.items[0]
	s.items[0] = streamItem{}
	if s.items = s.items[1:]; len(s.items) == 0 {
		s.items = nil
	}
	if it.byPeer() {
		if s.caused--; s.caused <= streamLow {
			signal(s.room)
		}
	}
	return it, true, resumed
}
