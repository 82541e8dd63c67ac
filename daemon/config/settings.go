package config

import (
	"net/netip"
	"time"

	"bgpsh/daemon/policy"
	"bgpsh/wire"
)

// Settings is one neighbor with every value resolved: its own lines, its peer-group's, the router's, the profile's, in that
// order. It is what the daemon reads; it is never written back.
type Settings struct {
	Name        string     // as in the running configuration
	Addr        netip.Addr // zero for an unnumbered neighbor; a link-local address carries its interface as zone
	Interface   string     // of a link-local or unnumbered neighbor
	Group       string     // peer-group, empty for none
	Description string

	LocalAS  uint32
	RouterID netip.Addr // zero: the daemon chooses
	RemoteAS RemoteAS   // Kind Exactly and AS 0: not configured, the session stays down
	RemoteID netip.Addr // zero: any
	Shutdown bool
	Text     string // shutdown communication
	Held     []Held // not empty: the neighbor stays Idle (Config) because of these lines

	Port     uint16
	Passive  bool
	Source   Source
	Password Secret // Empty: none
	TTL      uint8  // 0: the system's
	MinTTL   uint8  // 0: no check (GTSM, RFC 5082)
	DSCP     uint8
	// ConnectedCheck: an external session to this neighbor needs its address on a connected subnet.
	ConnectedCheck bool

	HoldTime, Keepalive, ConnectRetry time.Duration // HoldTime 0: no keepalives
	IdleHold, IdleHoldMax             time.Duration // IdleHold 0: neither wait nor doubling
	DelayOpen, OpenHold               time.Duration
	SendHold                          time.Duration // 0: off
	MinHoldTime                       time.Duration // 0: whatever RFC 4271 allows
	Resolution                        time.Duration // of displayed times
	ConnectJitter, IdleHoldJitter     Jitter

	CollisionEstablished bool
	EnforceFirstAS       bool         // of external sessions
	DiscardAttrs         wire.AttrSet // attributes of the neighbor's that count as not there
	WithdrawAttrs        wire.AttrSet // attributes whose routes count as withdrawn
	VLAN                 uint16
	CapabilityFQDN       Opt[bool] // unset: to internal neighbors only
	CapabilityENHE       bool      // extended next hop (RFC 8950)
	NoCapabilities       bool      // the OPEN carries none
	Role                 Opt[Role]
	LogChanges           bool
	RequiresPolicy       bool // RFC 8212 applies when the session is external

	SessionHandling
	SessionRestart
	Families [2]FamilySettings // by family; see Families and FamilyIndex
}

// FamilySettings is one family of one neighbor, resolved.
type FamilySettings struct {
	Family wire.Family
	Active bool
	// PolicyIn and PolicyOut report that the configuration has a policy in that direction (RFC 8212 counts it).
	PolicyIn, PolicyOut bool
	HeldIn, HeldOut     []Held      // not empty: the direction refuses all, shown as (Config)
	In, Out             policy.Spec // without the RFC 8212 verdict, which needs to know the session: see Import and Export
	NextHop             netip.Addr
	NextHopSelf         bool
	NextHopSelfForce    bool // on routes from internal neighbors too
	SendCommunity       Communities
	SoftInbound         bool
	Attached            [2]Attached // by direction
	FamilyHandling
	requiresPolicy bool
}

// Import gives what the neighbor's routes pass, with internal telling the kind of the session: RFC 8212 refuses all from an
// external neighbor without a policy.
func (f *FamilySettings) Import(internal bool) policy.Spec {
	return f.withPresence(f.In, f.PolicyIn, internal)
}

// Export is Import's counterpart for what the neighbor is sent.
func (f *FamilySettings) Export(internal bool) policy.Spec {
	return f.withPresence(f.Out, f.PolicyOut, internal)
}

func (f *FamilySettings) withPresence(s policy.Spec, present, internal bool) policy.Spec {
	if f.requiresPolicy && !present && !internal && s.DenyAll == policy.Accepted {
		s.DenyAll = policy.MissingPolicy
	}
	return s
}
