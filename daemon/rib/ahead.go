package rib

import "bgpsh/wire"

// warmLen is how many items are looked up ahead of time.
const warmLen = 64

// An ahead is what was found out of the next few items of a batch before their turn. No destination ends meanwhile.
type ahead struct {
	hashes [warmLen]uint32 // of their prefixes
	ids    [warmLen]destID // of their destinations; 0: none was seen
	absent uint64          // a bit for each item: it had none, surely
	posts  [warmLen]uint32 // attributes of the best paths of those
	links  [warmLen]uint32 // their overflow, see slot.more
	sets   [2 * warmLen]uint32
}

// warm finds the destinations of items, and reads the memory that announcing or withdrawing them will need: index slots,
// destinations, the attributes of best paths, the paths behind them. Each of its reads from memory stands in a loop with next to nothing
// beside it, so that the processor has many of them under way at once.
func (t *table) warm(items []wire.NLRI) {
	w := &t.ahead
	for i := range items {
		w.hashes[i%warmLen] = t.hash(items[i].Prefix)
	}
	t.index.warm(w.hashes[:len(items)])
	w.absent, t.fresh = 0, [freshBits / 64]uint64{}
	for i := range items {
		id, sure := t.index.likely(w.hashes[i%warmLen])
		w.ids[i%warmLen] = id
		w.absent |= uint64(bit(sure)) << (i % warmLen)
	}
	if t.index.moving() {
		t.warmOld(len(items))
	}
	warmth := uint32(0)
	for _, id := range w.ids[:len(items)] {
		if id != 0 {
			warmth += uint32(t.all.at(id).flags)
		}
	}
	posts, links := w.posts[:0], w.links[:0]
	for i := range items {
		id := w.ids[i%warmLen]
		if id == 0 {
			continue
		}
		if !t.is(id, &items[i].Prefix) {
			w.ids[i%warmLen] = 0
			continue
		}
		d := t.slot(id)
		if d.flags&flagTomb == 0 && d.best.usable() {
			posts = append(posts, d.best.post)
		}
		if d.more != 0 {
			links = append(links, d.more)
		}
	}
	for _, post := range posts {
		warmth += t.attrs.recs.at(post).med
	}
	for _, link := range links {
		if link&singleBit != 0 {
			warmth += t.paths.singles.at(link &^ singleBit).next
		} else {
			warmth += t.paths.blocks.at(link).next
		}
	}
	t.warmth += warmth
}

// warmOld looks for those of n items in the table that the index comes from that are not in the new one.
func (t *table) warmOld(n int) {
	w := &t.ahead
	for i := range n {
		if w.ids[i%warmLen] == 0 {
			id, sure := t.index.old.likely(w.hashes[i%warmLen])
			w.ids[i%warmLen] = id
			w.absent &^= uint64(bit(!sure)) << (i % warmLen)
		}
	}
}

// found gives the destination of the item at place i of those that were warmed, 0 for none.
func (t *table) found(i int, p wire.Prefix) destID {
	w := &t.ahead
	if id := w.ids[i]; id != 0 {
		return id
	}
	if w.absent>>i&1 != 0 && !t.made(w.hashes[i]) {
		return 0
	}
	return t.lookup(p, w.hashes[i])
}

// warmSets reads ahead for the attributes of the first few runs.
func (t *table) warmSets(b *Batch, runs []run) {
	hashes := t.ahead.sets[:0]
	for _, r := range runs {
		if r.set == withdrawals {
			continue
		}
		s := &b.sets[r.set]
		if s.pre.end > 0 {
			hashes = append(hashes, s.pre.hash)
		}
		if s.post.end > s.pre.end {
			hashes = append(hashes, s.post.hash)
		}
	}
	t.attrs.index.warm(hashes)
}
