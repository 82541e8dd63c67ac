package rib

// entry is what a group was told at a spot: the attributes last sent, and the source of the path behind them,
// whose neighbor was not told. It holds a reference on both. 8 bytes; zero: nothing.
type entry struct {
	attr attrID
	src  sourceID
}

// A column is the Adj-RIB-Out of a group: an entry a destination, or a lane, in pages that exist where there are entries.
type column struct {
	wide  bool      // by lanes
	pages [][]entry // of chunkLen
	used  []uint16  // entries of a page
	count uint32
	own   []uint32 // entries by the neighbor they come from
}

// get gives the entry of a spot.
func (c *column) get(id spot) entry {
	n := id >> chunkBits
	if int(n) >= len(c.pages) || c.pages[n] == nil {
		return entry{}
	}
	return c.pages[n][id&chunkMask]
}

// put replaces an entry: old by e, whose references it takes over from the caller, who gives back those of old. The peers
// are those of the two sources.
func (c *column) put(id spot, old, e entry, oldPeer, newPeer PeerID) {
	n := int(id >> chunkBits)
	for n >= len(c.pages) {
		c.pages = append(c.pages, nil)
		c.used = append(c.used, 0)
	}
	if c.pages[n] == nil {
		page := make([]entry, chunkLen)
		for i := 0; i < chunkLen; i += pageBytes / 8 {
			page[i] = entry{} // a page of memory that is read before it is written costs two faults
		}
		c.pages[n] = page
	}
	c.pages[n][id&chunkMask] = e
	if old.attr != 0 {
		c.own[oldPeer]--
		c.count--
		c.used[n]--
	}
	if e.attr != 0 {
		for int(newPeer) >= len(c.own) {
			c.own = append(c.own, 0)
		}
		c.own[newPeer]++
		c.count++
		c.used[n]++
	}
	if c.used[n] == 0 {
		c.pages[n] = nil
	}
}

// sentTo counts the entries that peer was told.
func (c *column) sentTo(peer PeerID) uint32 {
	if int(peer) < len(c.own) {
		return c.count - c.own[peer]
	}
	return c.count
}

// told reports whether peer was told the entry.
func (t *table) told(e entry, peer PeerID) bool {
	return e.attr != 0 && t.sources.recs.at(e.src).peer != peer
}

// decay gives back the references of about units entries of a column whose group is gone, and reports how many it
// looked at; 0: nothing is left.
func (c *column) decay(t *table) int {
	last := len(c.pages) - 1
	if last < 0 {
		return 0
	}
	if page := c.pages[last]; page != nil {
		for i := range page {
			if e := page[i]; e.attr != 0 {
				t.attrs.release(e.attr)
				t.releaseSource(e.src)
				if c.wide {
					t.letGo(uint32(last)<<chunkBits | uint32(i))
				}
			}
		}
	}
	c.pages = c.pages[:last]
	return chunkLen
}

// bytes is the memory of the column.
func (c *column) bytes() uint64 {
	n := uint64(0)
	for _, p := range c.pages {
		if p != nil {
			n += 8 * chunkLen
		}
	}
	return n
}
