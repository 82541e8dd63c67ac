package daemon

import (
	"net/netip"
	"testing"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// What a judge knows of a next hop is good for the importer that found it out: another one, after an edit, asks again.
func TestNextHopIsFineForOneImporter(t *testing.T) {
	e := wire.NewEditor(nil)
	e.SetOrigin(wire.OriginIGP)
	e.SetASPath(wire.ASPath(nil).AppendSegment(wire.SegmentSequence, 65002))
	e.SetNextHop(netip.MustParseAddr("10.0.0.9"))
	pre, prefix := e.AppendTo(nil), wire.PrefixFrom(netip.MustParsePrefix("192.0.2.0/24"))
	any := &importer{version: 1, remoteAS: 65002}
	own := &importer{version: 2, remoteAS: 65002, hops: config.PeerHop, peer: netip.MustParseAddr("10.0.0.2")}
	var j judge
	for i, step := range []struct {
		im   *importer
		want rib.Reason
	}{{any, 0}, {any, 0}, {own, rib.NextHop}, {any, 0}, {own, rib.NextHop}} {
		e.Reset(pre)
		if got := j.evaluate(step.im, e, pre, wire.IPv4Unicast, prefix); got != step.want {
			t.Errorf("step %d: %v, want %v", i, got, step.want)
		}
	}
}
