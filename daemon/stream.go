package daemon

import (
	"sync"

	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// streamBatches is how many batches of one peer may wait for the RIB loop. Then the peer's reader stops reading and TCP
// tells the peer.
const streamBatches = 4

// A stream is one peer's way into the RIB loop. Everything whose order against UPDATEs matters travels in it: batches of
// routes, up, down, End-of-RIB and route refresh. Batches are bounded and their sender waits; the others always find room,
// because a session sends at most one of each before it waits for something itself.
type stream struct {
	loop *ribLoop
	peer rib.PeerID    // the loop's; Local until the first session
	room chan struct{} // a batch was taken

	mu      sync.Mutex
	items   []streamItem
	batches int
	listed  bool // in the loop's list of streams with work
	ready   bool // the peer's ring has room again
}

// streamItem is one of: a batch, or a control item.
type streamItem struct {
	batch   *rib.Batch
	kind    controlKind
	session *rib.Session
	ring    *ring
	family  wire.Family
	subtype uint8
	imports *importer
	regroup rib.FamilySession
}

type controlKind uint8

const (
	controlNone controlKind = iota
	controlUp
	controlDown
	controlEndOfRIB
	controlRefresh
	controlImport
	controlRegroup
	controlGone
)

func newStream(l *ribLoop) *stream { return &stream{loop: l, room: make(chan struct{}, 1)} }

// waiting is the number of batches that wait.
func (s *stream) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.batches
}

// hasRoom tells whether offer would take a batch now.
func (s *stream) hasRoom() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.batches < streamBatches
}

// offer queues a batch, or reports false when the stream is full; then the sender waits for room and tries again.
func (s *stream) offer(b *rib.Batch) bool {
	s.mu.Lock()
	if s.batches >= streamBatches {
		s.mu.Unlock()
		return false
	}
	s.batches++
	s.append(streamItem{batch: b})
	return true
}

// control queues an item that is not a batch.
func (s *stream) control(it streamItem) {
	s.mu.Lock()
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
	if it.batch != nil {
		s.batches--
		signal(s.room)
	}
	return it, true, resumed
}
