package fsm

import (
	"time"

	"bgpsh/wire"
)

// RemoteASKind tells how the peer's AS number is judged.
type RemoteASKind uint8

// The kinds of remote AS. The zero value with AS 0 accepts nobody.
const (
	Exactly  RemoteASKind = iota // RemoteAS.AS and no other
	Internal                     // our own AS
	External                     // any AS but our own
	Auto                         // any AS
)

// RemoteAS is what a neighbor's OPEN must say about its AS number.
type RemoteAS struct {
	Kind RemoteASKind
	AS   uint32 // for Exactly
}

// accepts tells whether a peer of that AS is the one that is configured.
func (r RemoteAS) accepts(localAS, as uint32) bool {
	switch r.Kind {
	case Internal:
		return as == localAS
	case External:
		return as != localAS
	case Auto:
		return true
	default:
		return as == r.AS && as != 0
	}
}

// Jitter is a range of factors for a timer's interval; each time the timer is armed the interval is multiplied by a random
// factor from Min to Max. The zero value means no jitter.
type Jitter struct{ Min, Max float64 }

// Config is everything the machine knows of its neighbor. Durations of zero mean what their comments say; defaults are chosen
// by whoever fills it in. The slices are shared with the caller and must not change afterwards.
type Config struct {
	LocalAS  uint32
	RouterID uint32 // our BGP identifier, never 0
	RemoteAS RemoteAS
	RemoteID uint32 // required BGP identifier of the peer; 0 accepts any
	// DualAS is offered in place of LocalAS after the peer refused that, and the other way round; 0: never.
	DualAS uint32
	// Confederation tells that this router is in one; Member, that the neighbor is in another AS of it (RFC 5065).
	Confederation, Member bool

	HoldTime     time.Duration // offered in our OPEN, whole seconds: 0 or 3 s to 65535 s
	Keepalive    time.Duration // upper bound of the interval between KEEPALIVEs; 0 leaves it at a third of the negotiated hold time
	ConnectRetry time.Duration // wait between two attempts to dial
	IdleHold     time.Duration // stay in Idle after a failure; 0 means no wait and no back-off
	IdleHoldMax  time.Duration // the back-off doubles IdleHold up to this
	DelayOpen    time.Duration // wait for the peer's OPEN before sending ours; 0 sends at once
	OpenHold     time.Duration // wait in OpenSent for the peer's OPEN; 0 means 240 s
	SendHold     time.Duration // RFC 9687: longest time without progress in sending; 0 is off
	MinHoldTime  time.Duration // a peer that offers a smaller hold time is refused with 2/6, also with 0; 0 accepts any

	ConnectJitter, IdleHoldJitter Jitter

	Passive              bool // never dial
	CollisionEstablished bool // RFC 4271 8.1.1 CollisionDetectEstablishedState
	RetryInConnect       bool // a failed dial leaves the neighbor in Connect until the next, as the seeds show it; else it goes to Active

	Families []wire.Family // at least one
	// NoCapabilities: the OPEN carries none at all, and the session is one of RFC 4271 alone.
	NoCapabilities bool
	// Restarted: we restarted ourselves; until then our OPENs say so where they offer graceful restart (RFC 4724 3).
	Restarted time.Time
	// SoftReset: AdminReset lets the peer keep our routes where RFC 8538 is agreed.
	SoftReset bool
	Caps      wire.Capabilities // offered beside AS4, Multiprotocol and Role, which come from LocalAS, Families and Role

	// StrictFamilies refuses a peer that offers other families than Families; AllFamilies takes those for agreed whatever the peer
	// offers.
	StrictFamilies, AllFamilies bool

	HasRole    bool
	Role       uint8 // RFC 9234, with HasRole
	RoleStrict bool  // refuse a peer that does not tell its role

	Rand func() float64 // from [0,1), for jitter; nil means the middle of the range
}
