package journal

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"time"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// Message is one message that was sent or received.
type Message struct {
	Time   time.Time
	Conn   string // eight digits
	Sent   bool
	Type   wire.Type
	Len    int         // of the message
	Bytes  []byte      // the message, or with Len greater its beginning
	Params wire.Params // by which it was to be read
	// Local and Remote are the ends of its connection, invalid where that was too long ago. Direction says who dialed.
	Local, Remote netip.AddrPort
	Direction     fsm.Direction
}

// Display gives the message in words.
func (m *Message) Display() string {
	if len(m.Bytes) < m.Len {
		return fmt.Sprintf("%s of %d octets, of which the first %d were kept", m.Type, m.Len, len(m.Bytes))
	}
	return Display(m.Bytes, &m.Params)
}

// Messages gives the newest limit messages (0: all that are kept) of the directions asked for, newest first.
func (s *Session) Messages(sent, received bool, limit int) []Message {
	s.history.mu.Lock()
	defer s.history.mu.Unlock()
	return s.history.recorder.newest(sent, received, limit)
}

// class sorts messages by how long they are worth keeping: what begins and ends sessions is rare and explains them, routes
// come in floods, and a keepalive is like the next.
type class uint8

const (
	classSession class = iota // OPEN, NOTIFICATION, ROUTE-REFRESH, and what has no type
	classUpdate
	classKeepalive
	classes
)

func classOf(t wire.Type) class {
	switch t {
	case wire.TypeUpdate:
		return classUpdate
	case wire.TypeKeepalive:
		return classKeepalive
	}
	return classSession
}

// budgets are the bytes of messages kept, by class, in each direction. Of keepalives, which are all alike, none are.
var budgets = [classes]int{classSession: 8 << 10, classUpdate: historyBytes}

const (
	historyBytes    = 16 << 10 // of UPDATEs, in each direction
	historyMessages = 1024     // of one class and direction
	keptKeepalives  = 16       // of one direction
	historyConns    = 64       // whose ends are known
	keptBytes       = 4096     // of one message
)

// A recorder keeps a neighbor's last messages.
type recorder struct {
	rings  [2][classes]messages // sent, received
	order  uint32               // of the last message: those of one instant are told apart by it
	params []wire.Params        // those that messages were read by; each neighbor has few
	conns  ring[connEnds]
}

// connEnds is what is known of a connection.
type connEnds struct {
	number        uint32
	local, remote netip.AddrPort
	direction     fsm.Direction
}

// add keeps a message.
func (r *recorder) add(now time.Time, sent bool, conn uint32, b []byte, p *wire.Params) {
	r.order++
	k := kept{at: now.UnixNano(), conn: conn, order: r.order, length: uint16(min(len(b), wire.MaxExtendedLen)), params: r.paramsOf(p)}
	c := classOf(messageType(b))
	if c == classKeepalive {
		r.rings[way(sent)][c].list.add(k, keptKeepalives)
		return
	}
	r.rings[way(sent)][c].add(k, b, budgets[c])
}

func way(sent bool) int {
	if sent {
		return 0
	}
	return 1
}

// maxParams bounds the list: a neighbor whose sessions agree on more different things reads its oldest messages by others.
const maxParams = 16

func (r *recorder) paramsOf(p *wire.Params) uint8 {
	if p == nil {
		p = &unagreed
	}
	if i := slices.Index(r.params, *p); i >= 0 {
		return uint8(i)
	}
	if len(r.params) == maxParams {
		r.params[maxParams-1] = *p
		return maxParams - 1
	}
	r.params = append(r.params, *p)
	return uint8(len(r.params) - 1)
}

// unagreed stands for what two neighbors would agree on, while they have not.
var unagreed = wire.Params{AS4: true, IPv4: true, IPv6: true}

// newest merges the rings of the directions asked for.
func (r *recorder) newest(sent, received bool, limit int) []Message {
	type ordered struct {
		Message
		order uint32
	}
	var all []ordered
	for direction, wanted := range [2]bool{sent, received} {
		for c := range r.rings[direction] {
			if !wanted {
				continue
			}
			r.rings[direction][c].newest(limit, func(k *kept, b []byte) {
				if class(c) == classKeepalive {
					b = wire.AppendKeepalive(nil)
				}
				m := Message{
					Time: time.Unix(0, k.at), Conn: connName(k.conn), Sent: direction == 0, Type: messageType(b),
					Len: int(k.length), Bytes: b, Params: r.params[k.params],
				}
				r.endsOf(&m, k.conn)
				all = append(all, ordered{m, k.order})
			})
		}
	}
	sort.Slice(all, func(i, j int) bool {
		a, b := &all[i], &all[j]
		return cmp.Or(b.Time.Compare(a.Time), cmp.Compare(int32(b.order-a.order), 0)) < 0
	})
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	out := make([]Message, len(all))
	for i := range all {
		out[i] = all[i].Message
	}
	return out
}

func (r *recorder) endsOf(m *Message, conn uint32) {
	for i := range r.conns.count {
		if c := r.conns.at(i); c.number == conn {
			m.Local, m.Remote, m.Direction = c.local, c.remote, c.direction
		}
	}
}

// messages keeps the last messages of one class and direction, at most historyMessages of them, and of their bytes as many
// as its budget. They lie in one circular buffer, so that keeping a message allocates nothing.
type messages struct {
	list  ring[kept]
	bytes []byte
	end   int // where the next byte goes
	used  int
}

type kept struct {
	at     int64
	conn   uint32
	order  uint32
	length uint16 // of the message, at most wire.MaxExtendedLen
	stored uint16 // of its bytes in the buffer
	params uint8  // in recorder.params
}

func (m *messages) add(k kept, b []byte, budget int) {
	k.stored = uint16(min(len(b), keptBytes, budget/2))
	for m.list.count > 0 && (m.list.count == historyMessages || m.used+int(k.stored) > budget) {
		m.used -= int(m.list.at(0).stored)
		m.list.drop()
	}
	if m.used+int(k.stored) > len(m.bytes) {
		m.grow(m.used+int(k.stored), budget)
	}
	m.put(b[:k.stored])
	m.list.add(k, historyMessages)
}

// grow makes room for need bytes, the present ones first.
func (m *messages) grow(need, budget int) {
	size := max(2*len(m.bytes), min(64, budget))
	for size < need {
		size *= 2
	}
	grown := make([]byte, min(size, budget))
	m.copyOut(grown[:m.used], m.end-m.used)
	m.bytes, m.end = grown, m.used
}

func (m *messages) put(b []byte) {
	m.used += len(b)
	if m.end == len(m.bytes) {
		m.end = 0
	}
	n := copy(m.bytes[m.end:], b)
	if rest := b[n:]; len(rest) > 0 {
		m.end = copy(m.bytes, rest)
	} else {
		m.end += n
	}
}

// copyOut fills dst from the buffer, beginning at from, which may be negative: before its start is its end.
func (m *messages) copyOut(dst []byte, from int) {
	if len(dst) == 0 {
		return
	}
	if from < 0 {
		from += len(m.bytes)
	}
	n := copy(dst, m.bytes[from:])
	copy(dst[n:], m.bytes)
}

// newest visits up to limit messages (0: all), the newest first, each with a copy of its bytes.
func (m *messages) newest(limit int, visit func(*kept, []byte)) {
	at := m.end
	m.list.newest(limit, func(k *kept) {
		if at -= int(k.stored); at < 0 {
			at += len(m.bytes)
		}
		b := make([]byte, k.stored)
		m.copyOut(b, at)
		visit(k, b)
	})
}
