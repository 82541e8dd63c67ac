package rib

import "bgpsh/wire"

// A Batch carries what one neighbor announced and withdrew, in order, from its reader to Apply. It copies everything it is
// given, is built without a RIB at hand, and is meant to be reused: Reset keeps its memory.
type Batch struct {
	Peer          PeerID
	Generation    uint32 // of the session
	PolicyVersion uint32 // of the import policy that judged it
	Seed          uint64 // Config.Seed: hashing is done while the batch is filled; another value costs Apply the work
}

// Reset empties the batch. Seed stays.
func (b *Batch) Reset() {}

// Begin opens a set of announcements with equal attributes: pre before import policy, post after it. With a reason post
// is ignored and the paths are kept as refused; a Malformed set has no attributes at all.
func (b *Batch) Begin(f wire.Family, pre, post wire.Attrs, reason Reason) {}

// Announce adds a prefix to the set that Begin opened.
func (b *Batch) Announce(n wire.NLRI) {}

// AnnounceAs adds a prefix to the set that Begin opened, with a result of import policy of its own.
func (b *Batch) AnnounceAs(n wire.NLRI, post wire.Attrs, reason Reason) {}

// Withdraw adds a withdrawal. It needs no Begin, and ends the set that one opened.
func (b *Batch) Withdraw(f wire.Family, n wire.NLRI) {}

// Len counts the announcements and withdrawals in b.
func (b *Batch) Len() int { return 0 }
