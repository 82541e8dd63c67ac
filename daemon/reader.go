package daemon

import (
	"bytes"
	"encoding/binary"
	"sync"
	"sync/atomic"

	"bgpsh/daemon/journal"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/wire"
)

const (
	readerMin    = 128      // buffer of a session at rest: a few keepalives
	readerGrowth = 8        // it grows by so much at a time
	readerMax    = 64 << 10 // buffer while a table arrives
	readerShrink = 64       // reads that used little of a large buffer before it shrinks
	batchRoutes  = 1024     // prefixes after which a batch is handed over
)

var batches = sync.Pool{New: func() any { return new(rib.Batch) }}

func getBatch() *rib.Batch { return batches.Get().(*rib.Batch) }

func putBatch(b *rib.Batch) {
	b.Reset()
	batches.Put(b)
}

// A handover is what a reader has for someone else, or the wish for more bytes when it is zero.
type handover struct {
	message *fsm.Message // for the session; the reader waits until it was stepped, and then uses the memory again
	raw     []byte       // the whole message, where it may be the cause of a NOTIFICATION
	item    streamItem   // for the RIB
}

// needsRoom reports whether the reader must wait for room in the stream to the RIB before it hands h over: for routes and
// End-of-RIB, and for a ROUTE-REFRESH, which the session passes on.
func (h *handover) needsRoom() bool {
	if h.message != nil {
		return h.message.Type == wire.TypeRouteRefresh
	}
	return h.item.byPeer()
}

// established is what a reader knows of its session once it is up. Immutable.
type established struct {
	generation uint32
	params     wire.Params
	sent       wire.Params // of what we send, to read it back
	maxLen     int
	filters    bool // outbound route filters may come (RFC 5291)
}

// A reader turns one connection's bytes into messages for the session and batches of routes for the RIB. It is a step
// function: next does at most one message's work and returns what is to be handed over; whoever drives it reads the
// socket into space, says fed, and hands over, in order, before it calls next again. So an UPDATE is never parsed before
// the session has stepped everything ahead of it.
type reader struct {
	buf        []byte // received bytes are buf[start:end]
	start, end int
	idle       int    // reads in a row that would have fitted a small buffer
	current    []byte // the message that was begun last, within buf

	live    atomic.Pointer[established] // nil until the session is up; set by the session
	imports *atomic.Pointer[importer]   // the session's current import side
	counts  *counters
	log     *journal.Conn
	seed    uint64 // of the RIB's hashes

	alive bool       // a KEEPALIVE came since the session is up
	batch *rib.Batch // being filled
	count int        // prefixes in batch
	out   []handover // decided, not yet handed over; there is mostly one, and then it is
	one   [1]handover
	told  fsm.Message // of the last handover with a message

	pre   []byte
	judge judge
}

// space returns where the next bytes of the socket go; it is never empty after next has asked for bytes.
func (r *reader) space() []byte {
	if r.start > 0 && (r.start == r.end || len(r.buf)-r.end < len(r.buf)/4) {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.buf == nil {
		r.buf = make([]byte, readerMin)
	}
	if r.end == len(r.buf) {
		r.resize(min(readerGrowth*len(r.buf), readerMax+wire.MaxExtendedLen))
	}
	return r.buf[r.end:]
}

// fed says that n bytes were put into space.
func (r *reader) fed(n int) {
	full := n == len(r.buf)-r.end
	r.end += n
	switch {
	case full && len(r.buf) < readerMax:
		r.resize(min(readerGrowth*len(r.buf), readerMax))
		r.idle = 0
	case len(r.buf) > readerMin && n < readerMin/2:
		if r.idle++; r.idle >= readerShrink && r.end-r.start < readerMin/2 {
			r.resize(readerMin)
			r.idle = 0
		}
	default:
		r.idle = 0
	}
}

// whole reports whether the first message in the buffer is all there.
func (r *reader) whole() bool {
	b := r.buf[r.start:r.end]
	return len(b) >= wire.HeaderLen && len(b) >= int(binary.BigEndian.Uint16(b[wire.HeaderLen-3:]))
}

func (r *reader) resize(n int) {
	buf := make([]byte, n)
	r.end = copy(buf, r.buf[r.start:r.end])
	r.start, r.buf = 0, buf
}

// next works until there is something to hand over, or nothing without more bytes: then the handover is zero.
func (r *reader) next() (h handover) {
	if len(r.out) == 0 {
		r.out = r.one[:0]
	}
	for len(r.out) == 0 {
		if !r.message() {
			r.flush()
			break
		}
	}
	if len(r.out) > 0 {
		h, r.out[0] = r.out[0], handover{}
		r.out = r.out[1:]
	}
	return h
}

// message takes one whole message from the buffer; false when none is there.
func (r *reader) message() bool {
	b := r.buf[r.start:r.end]
	if len(b) < wire.HeaderLen {
		return false
	}
	live := r.live.Load()
	maxLen := wire.MaxLen
	if live != nil {
		maxLen = live.maxLen
	}
	h, werr := wire.ParseHeader(b, maxLen)
	if werr != nil {
		r.hand(fsm.Message{Type: h.Type, Err: werr}, b)
		r.start = r.end // nothing after a broken header can be trusted
		return true
	}
	if len(b) < h.Len {
		return false
	}
	body := b[wire.HeaderLen:h.Len]
	r.current = b[:h.Len]
	r.start += h.Len
	r.counts.received(h.Type, h.Len)
	r.record(b[:h.Len], live)
	if h.Type == wire.TypeUpdate && live != nil {
		r.update(b[:h.Len], live)
		return true
	}
	if h.Type == wire.TypeKeepalive && live != nil && !r.alive {
		r.alive = true
		r.flush()
		r.out = append(r.out, handover{item: streamItem{kind: controlAlive}})
	}
	r.hand(parseMessage(h.Type, body, live != nil && live.filters), b[:h.Len])
	return true
}

// record puts a whole message into the log and the history.
func (r *reader) record(message []byte, live *established) {
	switch {
	case live == nil:
		r.log.Received(message, nil)
	case wire.Type(message[wire.HeaderLen-1]) == wire.TypeUpdate:
		r.log.ReceivedRoutes(message, r.end-r.start, &live.params)
	default:
		r.log.Received(message, &live.params)
	}
}

// parseMessage decodes every message but an UPDATE of an established session.
// filters tells that the neighbor may have prefix filters for us.
func parseMessage(t wire.Type, body []byte, filters bool) fsm.Message {
	m := fsm.Message{Type: t}
	switch t {
	case wire.TypeOpen:
		m.Open, m.Err = wire.ParseOpen(body)
	case wire.TypeNotification:
		m.Notification, m.Err = wire.ParseNotification(body)
	case wire.TypeRouteRefresh:
		m.Refresh, m.Err = wire.ParseRouteRefresh(body, filters)
	}
	return m
}

// hand queues a message for the session behind the routes that came before it.
func (r *reader) hand(m fsm.Message, whole []byte) {
	r.flush()
	r.told = m
	h := handover{message: &r.told}
	if m.Err != nil || m.Type == wire.TypeOpen {
		h.raw = bytes.Clone(whole[:min(len(whole), wire.MaxLen)])
	}
	r.out = append(r.out, h)
}

// flush queues the batch being filled.
func (r *reader) flush() {
	if r.batch == nil {
		return
	}
	r.out = append(r.out, handover{item: streamItem{batch: r.batch}})
	r.batch, r.count = nil, 0
	r.judge.flush()
}

// update judges one UPDATE and adds it to the batch.
func (r *reader) update(message []byte, live *established) {
	body := message[wire.HeaderLen:]
	r.counts.lastUpdate.Store(r.counts.lastRead.Load())
	u, werr := wire.ParseUpdate(body, &live.params)
	if werr != nil {
		r.malformed(werr, &u, message, live)
		r.hand(fsm.Message{Type: wire.TypeUpdate, Err: werr}, message)
		return
	}
	if werr := u.Err(); werr != nil {
		r.malformed(werr, &u, message, live)
		for e := range u.Errors {
			if e.Subcode == wire.UpdateMissingAttribute && e.Attr == wire.AttrNextHop {
				r.counts.noNextHop.Add(1)
			}
		}
	}
	if stripped, refused := u.Filtered(); stripped || refused {
		r.counts.filtered(stripped, refused)
	}
	if u.Unnegotiated() {
		r.counts.unnegotiated.Add(1)
	}
	if f, ok := u.EndOfRIB(); ok {
		r.flush()
		r.out = append(r.out, handover{item: streamItem{kind: controlEndOfRIB, family: f}})
		return
	}
	im := r.imports.Load()
	if r.batch != nil && r.batch.PolicyVersion != im.version {
		r.flush()
	}
	if r.batch == nil {
		r.batch = getBatch()
		r.batch.Seed, r.batch.Generation, r.batch.PolicyVersion = r.seed, live.generation, im.version
	}
	u.Parts(func(p wire.Part) bool {
		r.part(&u, &p, im)
		return true
	})
	if r.count >= batchRoutes {
		r.flush()
	}
}

// part adds the prefixes of an UPDATE that share one fate to the batch.
func (r *reader) part(u *wire.Update, p *wire.Part, im *importer) {
	n := p.NLRI
	switch {
	case p.Malformed:
		r.batch.Begin(p.Family, nil, nil, rib.Malformed)
		r.announce(n)
	case p.Withdraw:
		for nlri, ok := n.Next(); ok; nlri, ok = n.Next() {
			r.batch.Withdraw(p.Family, nlri)
			r.count++
		}
	default:
		r.pre = u.AppendAttrs(r.pre[:0], p)
		r.count += r.judge.announce(im, r.batch, r.pre, p.Family, n)
	}
}

func (r *reader) announce(n wire.NLRIs) {
	for nlri, ok := n.Next(); ok; nlri, ok = n.Next() {
		r.batch.Announce(nlri)
		r.count++
	}
}

// malformed counts an UPDATE with a verdict and reports it with its bytes.
func (r *reader) malformed(werr *wire.Error, u *wire.Update, message []byte, live *established) {
	r.counts.malformed(werr.Severity)
	r.log.Malformed(werr, u.Errors, message, &live.params)
}
