package rib

import "iter"

// path is one way to a destination, from one source. 16 bytes.
type path struct {
	pre  attrID // attributes before import policy, or the set that was made of them; 0 for a malformed one
	post uint32 // attributes after it, or refused + Reason
	src  sourceID
	meta uint32 // epoch in the upper 4 bits, 2 spare ones, arrival in units of arrivalUnit
}

const (
	refused = 0xffffff00 // post from here on is a Reason

	epochShift  = 28
	epochs      = 16
	arrivalMask = 1<<26 - 1
	arrivalUnit = 4 // seconds
)

// usable reports whether import accepted the path.
func (p *path) usable() bool { return p.post < refused }

// reason gives why import refused it, 0 when it did not.
func (p *path) reason() Reason {
	if p.usable() {
		return 0
	}
	return Reason(p.post - refused)
}

func (p *path) epoch() uint8    { return uint8(p.meta >> epochShift) }
func (p *path) arrival() uint32 { return p.meta & arrivalMask }

// slot is what a destination knows of its paths. The best one is inline, so that the common question, does this path beat
// the best one, touches nothing else. Of several paths the rest is in blocks that more leads to. 24 bytes.
type slot struct {
	best  path // flagBest: the best one; else any; none when count is 0
	more  uint32
	count uint16
	flags uint16 // the low byte is the prefix length in an IPv6 destination
}

// Flags of a slot.
const (
	flagBest uint16 = 0x100 << iota // best is usable and wins
	flagMED                         // a usable path has or had a MED
	flagTomb                        // in the list of tombs
	flagKin                         // two usable paths may be of one neighbor AS, or may have been
)

// single and block hold the paths of a destination behind its best one. The head of the chain holds one (single), two or
// three (block), all others hold three. The upper bit of a link marks a single.
type single struct {
	path path
	next uint32
}

type block struct {
	paths [3]path
	next  uint32
}

const singleBit = 1 << 31

// paths holds the overflow of a table.
type paths struct {
	singles arena[single]
	blocks  arena[block]
}

// find gives the path from src, nil when there is none.
func (ps *paths) find(d *slot, src sourceID) *path {
	if d.best.src == src {
		return &d.best
	}
	for link := d.more; link != 0; {
		if link&singleBit != 0 {
			s := ps.singles.at(link &^ singleBit)
			if s.path.src == src {
				return &s.path
			}
			link = s.next
			continue
		}
		b := ps.blocks.at(link)
		for i := range b.paths {
			if b.paths[i].src == src {
				return &b.paths[i]
			}
		}
		link = b.next
	}
	return nil
}

// iterate gives the paths, the inline one first. None may be added or removed meanwhile.
func (ps *paths) iterate(d *slot) iter.Seq[*path] {
	return func(yield func(*path) bool) { ps.each(d, yield) }
}

func (ps *paths) each(d *slot, yield func(*path) bool) {
	if d.count == 0 || !yield(&d.best) {
		return
	}
	for link := d.more; link != 0; {
		if link&singleBit != 0 {
			s := ps.singles.at(link &^ singleBit)
			if !yield(&s.path) {
				return
			}
			link = s.next
			continue
		}
		b := ps.blocks.at(link)
		for i := range b.paths {
			if b.paths[i].src != 0 && !yield(&b.paths[i]) {
				return
			}
		}
		link = b.next
	}
}

// gather adds pointers to all paths to list, the inline one first.
func (ps *paths) gather(list []*path, d *slot) []*path {
	if d.count == 0 {
		return list
	}
	list = append(list, &d.best)
	for link := d.more; link != 0; {
		if link&singleBit != 0 {
			s := ps.singles.at(link &^ singleBit)
			list = append(list, &s.path)
			link = s.next
			continue
		}
		b := ps.blocks.at(link)
		for i := range b.paths {
			if b.paths[i].src != 0 {
				list = append(list, &b.paths[i])
			}
		}
		link = b.next
	}
	return list
}

// add puts a path from a new source behind the others and gives its place.
func (ps *paths) add(d *slot, p path) *path {
	d.count++
	if d.count == 1 {
		d.best = p
		return &d.best
	}
	switch (d.count - 2) % 3 { // paths in the head so far, if it is not full
	case 0:
		id := ps.singles.alloc()
		s := ps.singles.at(id)
		s.path, s.next = p, d.more
		d.more = id | singleBit
		return &s.path
	case 1:
		old := d.more &^ singleBit
		s := ps.singles.at(old)
		id := ps.blocks.alloc()
		b := ps.blocks.at(id)
		b.paths[0], b.paths[1], b.next = s.path, p, s.next
		ps.singles.free(old)
		d.more = id
		return &b.paths[1]
	default:
		b := ps.blocks.at(d.more)
		b.paths[2] = p
		return &b.paths[2]
	}
}

// remove takes out the path at p, which is d's. The last path of the head moves into the hole.
func (ps *paths) remove(d *slot, p *path) {
	d.count--
	if d.count == 0 {
		d.best = path{}
		return
	}
	switch (d.count - 1) % 3 { // paths left in the head
	case 0:
		id := d.more &^ singleBit
		s := ps.singles.at(id)
		*p = s.path
		d.more = s.next
		ps.singles.free(id)
	case 1:
		old := d.more
		b := ps.blocks.at(old)
		*p = b.paths[1]
		id := ps.singles.alloc()
		s := ps.singles.at(id)
		s.path, s.next = b.paths[0], b.next
		d.more = id | singleBit
		ps.blocks.free(old)
	default:
		b := ps.blocks.at(d.more)
		*p = b.paths[2]
		b.paths[2] = path{}
	}
}
