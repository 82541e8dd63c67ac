package rib

import "math/bits"

const (
	indexMin  = 1 << 10 // slots of an empty index
	indexStep = 16      // slots emptied with each change while an index is rebuilt
	bucketLen = 8       // half a cache line
	pageBytes = 4096    // of memory, as the system hands it out
)

// probes is one open-addressing table of numbers. The upper bits of a hash lead to a bucket; whoever finds no room there goes
// to the next one. A slot holds a number in its low bits, above it how many buckets on from its own it is, and above that
// the next bits of the hash, which spare most looks at the object itself. 0 is empty; the mark of a slot whose number was removed is a
// distance without a number.
//
// So a slot that is not far from its bucket says all of its hash that a table of twice the size needs, and moving there takes no look at the
// object and goes through both tables from one end to the other.
type probes struct {
	slots  []uint32
	shift  uint8  // the bucket is what a hash is above it; 1 to 31, which the masks tell the compiler
	idBits uint8  // likewise
	idMask uint32 // of the number
	low    uint32 // of the number and the distance
	gone   int    // slots whose number was removed
}

const (
	farBits = 2
	far     = 1<<farBits - 1 // this distance, or more
)

// An index finds objects by hash. It is rebuilt, larger or smaller, a few slots with each change. Meanwhile lookups go on in
// the old table after the new one; what was moved stays there, and is removed from both.
type index struct {
	probes
	old   probes // slots nil: no rebuild is under way
	next  int    // slots of old before it have been moved
	whole bool   // the slots of old that are near their buckets say enough of their hashes
	count int

	warmth uint32 // keeps the compiler from leaving out reads ahead

	hash  func(id uint32) uint32 // of the object with that number
	limit func() uint32          // above every number in use
}

func (x *index) init(hash func(uint32) uint32, limit func() uint32) {
	x.hash, x.limit = hash, limit
	x.probes = newProbes(indexMin, 0)
}

func newProbes(size int, limit uint32) probes {
	idBits := max(14, bits.Len(uint(size-1)), bits.Len32(limit)) // numbers are given out without gaps: no larger ones until there are more than slots
	p := probes{
		slots: make([]uint32, size), shift: uint8(32 - bits.TrailingZeros(uint(size/bucketLen))),
		idBits: uint8(idBits), idMask: 1<<idBits - 1, low: 1<<(idBits+farBits) - 1,
	}
	for i := 0; i < size; i += pageBytes / 4 {
		p.slots[i] = 0 // a page that is read before it is written costs two faults
	}
	return p
}

// start gives the first slot to look at and the bits that a slot of this hash has above low.
func (p *probes) start(h uint32) (pos, tag uint32) {
	return h >> (p.shift & 31) * bucketLen, h << (-p.shift & 31) &^ p.low
}

// after gives the slot behind pos.
func (p *probes) after(pos uint32) uint32 { return (pos + 1) & uint32(len(p.slots)-1) }

// removed is the mark of a slot whose number was removed.
func (p *probes) removed() uint32 { return p.low &^ p.idMask }

// put stores id, which is not in the table.
func (p *probes) put(h, id uint32) {
	if checked && (id == 0 || id > p.idMask) {
		panic("rib: a number that no slot can hold")
	}
	home, tag := p.start(h)
	pos, distance := home, uint32(0)
	for free := p.room(pos); ; free = p.room(pos) {
		if pos += free; free < bucketLen {
			break
		}
		pos &= uint32(len(p.slots) - 1)
		distance++
	}
	if p.slots[pos] != 0 {
		p.gone--
	}
	p.slots[pos] = tag | min(distance, far)<<(p.idBits&31) | id
}

// room gives the first slot without a number of the bucket that begins at pos, counted from there; bucketLen: there is none. It looks at the
// whole bucket without a branch: so the processor goes on with what comes after, while the bucket is on its way from memory.
func (p *probes) room(pos uint32) (n uint32) {
	b, mask := (*[bucketLen]uint32)(p.slots[pos:]), p.idMask
	n = bucketLen
	if b[7]&mask == 0 {
		n = 7
	}
	if b[6]&mask == 0 {
		n = 6
	}
	if b[5]&mask == 0 {
		n = 5
	}
	if b[4]&mask == 0 {
		n = 4
	}
	if b[3]&mask == 0 {
		n = 3
	}
	if b[2]&mask == 0 {
		n = 2
	}
	if b[1]&mask == 0 {
		n = 1
	}
	if b[0]&mask == 0 {
		n = 0
	}
	return n
}

// take removes id. A search must not stop at its slot while there is something behind it.
func (p *probes) take(h, id uint32) {
	pos, ok := p.position(h, id)
	switch {
	case !ok:
		return
	case p.slots[p.after(pos)] != 0:
		p.slots[pos] = p.removed()
		p.gone++
		return
	}
	p.slots[pos] = 0
	last := uint32(len(p.slots) - 1)
	for pos = (pos - 1) & last; p.slots[pos] == p.removed(); pos = (pos - 1) & last {
		p.slots[pos] = 0
		p.gone--
	}
}

// position finds the slot of id.
func (p *probes) position(h, id uint32) (uint32, bool) {
	pos, _ := p.start(h)
	for v := p.slots[pos]; v != 0; v = p.slots[pos] {
		if v&p.idMask == id {
			return pos, true
		}
		pos = p.after(pos)
	}
	return 0, false
}

// likely gives the number that a search for h most probably ends with: the first alike in its bucket. There may be none (0); then
// sure says that a search finds none either. It looks at the whole bucket without a branch, since no processor guesses where in
// it a number stands.
func (p *probes) likely(h uint32) (id uint32, sure bool) {
	pos, tag := p.start(h)
	b, low := (*[bucketLen]uint32)(p.slots[pos:]), p.low
	found := uint32(0)
	if b[7]&^low == tag {
		found = b[7]
	}
	if b[6]&^low == tag {
		found = b[6]
	}
	if b[5]&^low == tag {
		found = b[5]
	}
	if b[4]&^low == tag {
		found = b[4]
	}
	if b[3]&^low == tag {
		found = b[3]
	}
	if b[2]&^low == tag {
		found = b[2]
	}
	if b[1]&^low == tag {
		found = b[1]
	}
	if b[0]&^low == tag {
		found = b[0]
	}
	return found & p.idMask, found == 0 && b[7] == 0
}

// warm reads the slots where searches for hashes begin.
func (x *index) warm(hashes []uint32) {
	warmth := uint32(0)
	for _, h := range hashes {
		warmth += x.slots[h>>(x.shift&31)*bucketLen]
	}
	x.warmth += warmth
}

// insert adds id, whose object has hash h and is in use.
func (x *index) insert(h, id uint32) {
	x.put(h, id)
	x.step()
	if x.count++; x.count+x.gone > len(x.slots)/16*13 {
		x.rebuild(x.larger())
	}
}

// larger gives the next size. An index that is full of removed numbers only needs to be rid of them.
func (x *index) larger() int {
	if n := len(x.slots); x.count >= n/8*3 {
		return 2 * n
	}
	return len(x.slots)
}

// remove takes id out. Its object is freed before the index changes again.
func (x *index) remove(h, id uint32) {
	x.step()
	x.count--
	x.take(h, id)
	if x.moving() {
		x.old.take(h, id)
		return
	}
	if len(x.slots) > indexMin && x.count < len(x.slots)/8 {
		x.rebuild(len(x.slots) / 4)
	}
}

// rebuild begins the move into a table of another size. All numbers in use are in the index.
func (x *index) rebuild(size int) {
	for x.moving() { // a move ends long before the next begins, but for a table that grows right after it shrank
		x.step()
	}
	x.old, x.next = x.probes, 0
	x.probes = newProbes(size, x.limit())
	more, fewer := int(x.old.shift)-int(x.shift), bits.OnesCount32(x.low)-bits.OnesCount32(x.old.low)
	x.whole = more >= 0 && more <= fewer
}

// step moves some slots into the new table. The move ends within a sixteenth as many changes as the old table has slots, so that
// there is room enough for the new numbers that go there meanwhile.
func (x *index) step() {
	if !x.moving() {
		return
	}
	o := &x.old
	for pos, end := x.next, x.next+indexStep; pos < end; pos++ {
		v := o.slots[pos]
		id, distance := v&o.idMask, v&o.low>>(o.idBits&31)
		switch {
		case id == 0:
		case x.whole && distance < far:
			home := (uint32(pos)/bucketLen - distance) & (uint32(len(o.slots))/bucketLen - 1)
			x.put(home<<(o.shift&31)|v&^o.low>>(-o.shift&31), id)
		default:
			x.put(x.hash(id), id)
		}
	}
	if x.next += indexStep; x.next >= len(o.slots) {
		x.old = probes{}
	}
}

// moving reports whether a rebuild is under way.
func (x *index) moving() bool { return x.old.slots != nil }

// settle goes on with a rebuild for up to n steps and reports how many: one whose changes have ceased must not hold the old
// table for ever.
func (x *index) settle(n int) (done int) {
	for ; done < n && x.moving(); done++ {
		x.step()
	}
	return done
}

// bytes is the memory of the index.
func (x *index) bytes() uint64 { return 4 * uint64(len(x.slots)+len(x.old.slots)) }
