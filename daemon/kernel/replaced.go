package kernel

import (
	"net/netip"
	"slices"
	"sync"
)

// replacedMost is how many replaced routes are remembered during one read; of more it is assumed that one was selected.
const replacedMost = 1024

// replacements are the prefixes whose route was replaced while the routes are read.
type replacements struct {
	mu       sync.Mutex
	reading  bool
	prefixes []netip.Prefix
}

func (r *replacements) begin() {
	r.mu.Lock()
	r.reading = true
	r.mu.Unlock()
}

func (r *replacements) note(p netip.Prefix) {
	r.mu.Lock()
	if r.reading && len(r.prefixes) < replacedMost {
		r.prefixes = append(r.prefixes, p)
	}
	r.mu.Unlock()
}

// end reports whether shown, which is what was read, may have a route that was replaced meanwhile.
func (r *replacements) end(shown *Routes) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	found := len(r.prefixes) == replacedMost || slices.ContainsFunc(r.prefixes, func(p netip.Prefix) bool { return len(shown.To(p)) > 0 })
	r.reading, r.prefixes = false, nil
	return found
}
