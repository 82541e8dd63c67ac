package rib

import (
	"net/netip"
	"time"

	"bgpsh/wire"
)

// A RIB holds the tables of both families, all neighbors' sessions and the update groups. It belongs to one goroutine.
type RIB struct {
	config Config
}

// New makes an empty RIB.
func New(c Config) *RIB { return &RIB{config: c} }

// AddPeer makes room for a neighbor and gives its name.
func (r *RIB) AddPeer() PeerID { return 0 }

// RemovePeer forgets a neighbor; a session that is still up goes Down first. Its number may be given again when its last
// route has left.
func (r *RIB) RemovePeer(p PeerID) {}

// Up starts a session: the neighbor joins its groups and gets the table, then End-of-RIB.
func (r *RIB) Up(p PeerID, s *Session) {}

// Down ends the session. The neighbor's routes leave in the next Turns; nothing more is delivered to it.
func (r *RIB) Down(p PeerID) {}

// Ready says that p's send queue has room again, after Deliver had returned false.
func (r *RIB) Ready(p PeerID) {}

// Apply performs a batch. One of another session generation is dropped; one that an older import policy judged is judged
// again. Work is proportional to the batch.
func (r *RIB) Apply(b *Batch, now time.Time) {}

// EndOfRIB notes that p has sent its initial table of f.
func (r *RIB) EndOfRIB(p PeerID, f wire.Family) {}

// RefreshIn performs a ROUTE-REFRESH from p: subtype 0 sends p everything again; 1 (BoRR) makes all of p's paths stale; 2
// (EoRR) removes those that were not announced again since. A timer that waits for EoRR in vain calls it with 2 as well.
func (r *RIB) RefreshIn(p PeerID, f wire.Family, subtype uint8) {}

// ImportChanged says that Config.Import judges p differently from now on: its paths are judged again in the next Turns,
// and batches with another PolicyVersion at once.
func (r *RIB) ImportChanged(p PeerID, version uint32) {}

// ExportChanged says that Config.Export with this policy gives other results from now on. Neighbors get what differs.
func (r *RIB) ExportChanged(policy uint32) {}

// Regroup replaces one family of p's session: another group key, or another DenyOut. The neighbor gets what differs.
func (r *RIB) Regroup(p PeerID, s FamilySession) {}

// Originate puts a network of our own into the table. The attributes have ORIGIN, an empty AS_PATH and an unspecified next
// hop, or a given one; weight and kind stand in attribute 0.
func (r *RIB) Originate(f wire.Family, p wire.Prefix, a wire.Attrs, now time.Time) {}

// Unoriginate takes it back.
func (r *RIB) Unoriginate(f wire.Family, p wire.Prefix) {}

// SetBest changes the knobs of the decision; every destination is decided again in the next Turns.
func (r *RIB) SetBest(b BestPath) {}

// SetLocal changes what the router says about itself.
func (r *RIB) SetLocal(as, routerID, defaultLocalPref uint32) {}

// Turn does bounded background work, about units destinations of it, and reports whether there is more. The phases, in
// order: sweep of routes that must leave, evaluation anew, egress of each group in turn.
func (r *RIB) Turn(units int) (more bool) { return false }

// Counters gives p's counts of f.
func (r *RIB) Counters(p PeerID, f wire.Family) Counters { return Counters{} }

// Totals gives the counts of the table of f.
func (r *RIB) Totals(f wire.Family) Totals { return Totals{} }

// Version grows with every change of a best path of f.
func (r *RIB) Version(f wire.Family) uint64 { return 0 }

// Sizes tells where the memory is.
func (r *RIB) Sizes() []Size { return nil }

// Lookup gives the route to exactly p.
func (r *RIB) Lookup(f wire.Family, p netip.Prefix) (RouteView, bool) { return RouteView{}, false }

// LookupAddr gives the most specific route with a path to a.
func (r *RIB) LookupAddr(f wire.Family, a netip.Addr) (RouteView, bool) { return RouteView{}, false }

// List begins an ordered listing.
func (r *RIB) List(q Query) *Listing { return &Listing{} }
