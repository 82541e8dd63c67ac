package rib

import "testing"

// A result is that of its attributes, neighbor and class of prefixes alone, also where several stand in one place of the memo; and of one flush.
func TestMemoTellsResultsApart(t *testing.T) {
	var m memo
	know := func(in attrID, peer PeerID, class, out uint32) {
		if e, known := m.entry(in, peer, class); known {
			t.Errorf("attributes %d, neighbor %d, class %x: taken for those with result %d", in, peer, class, e.out)
		} else {
			e.out = out
		}
		if e, known := m.entry(in, peer, class); !known || e.out != out {
			t.Errorf("attributes %d, neighbor %d, class %x: not remembered", in, peer, class)
		}
	}
	for bit := range 32 {
		know(7, 3, 1<<bit, uint32(bit))
		know(1<<bit, 3, 0, 100+uint32(bit))
	}
	for bit := range 16 {
		know(7, 1<<bit, 0, 200+uint32(bit))
	}
	m.forget(nil)
	know(7, 3, 1<<31, 1)
}
