package daemon

import (
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// hits counts, on the RIB loop, what maps matched of routes that get a remembered result.
type hits struct{ loop *ribLoop }

func (h hits) ImportTrace(p rib.PeerID) uint64 {
	if j := h.loop.judge(p); j != nil {
		return j.trace
	}
	return 0
}

func (h hits) ImportAgain(p rib.PeerID, f wire.Family, trace uint64, pfx wire.Prefix) {
	if j := h.loop.judge(p); j != nil {
		j.again(trace, f, pfx)
	}
}

func (h hits) ExportTrace(number uint32) uint64 {
	return uint64(h.loop.exports.exporter(number).run.Trace())
}

func (h hits) ExportAgain(number uint32, f wire.Family, trace uint64, pfx wire.Prefix) {
	h.loop.exports.exporter(number).run.Again(policy.Trace(trace), f, pfx)
}
