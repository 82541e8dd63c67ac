package journal

import "unsafe"

// Size is what a neighbor's history takes: its events and messages, and the bytes allocated for them. Texts of events that
// are shared are not counted.
func (s *Session) Size() (items int, bytes uint64) {
	h := &s.history
	h.mu.Lock()
	defer h.mu.Unlock()
	items = h.all.count
	bytes = uint64(len(h.all.items)+len(h.major.items)) * uint64(unsafe.Sizeof(entry{}))
	for i := range h.recorder.rings {
		for c := range h.recorder.rings[i] {
			m := &h.recorder.rings[i][c]
			items += m.list.count
			bytes += uint64(len(m.list.items))*uint64(unsafe.Sizeof(kept{})) + uint64(len(m.bytes))
		}
	}
	return items, bytes
}
