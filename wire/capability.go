package wire

// Codes of capabilities (IANA, RFC 5492).
const (
	CapMultiprotocol        uint8 = 1   // RFC 4760
	CapRouteRefresh         uint8 = 2   // RFC 2918
	CapFilters              uint8 = 3   // RFC 5291
	CapExtendedNextHop      uint8 = 5   // RFC 8950
	CapExtendedMessage      uint8 = 6   // RFC 8654
	CapRole                 uint8 = 9   // RFC 9234
	CapGracefulRestart      uint8 = 64  // RFC 4724
	CapAS4                  uint8 = 65  // RFC 6793
	CapAddPath              uint8 = 69  // RFC 7911
	CapEnhancedRouteRefresh uint8 = 70  // RFC 7313
	CapLongLived            uint8 = 71  // RFC 9494
	CapFQDN                 uint8 = 73  // draft-walton-bgp-hostname-capability
	CapSoftwareVersion      uint8 = 75  // draft-abraitis-bgp-version-capability
	CapOldRouteRefresh      uint8 = 128 // route refresh before RFC 2918
)

// Roles (RFC 9234 4.1).
const (
	RoleProvider uint8 = 0
	RoleRS       uint8 = 1
	RoleRSClient uint8 = 2
	RoleCustomer uint8 = 3
	RolePeer     uint8 = 4
)

// Modes of ADD-PATH (RFC 7911 4), as their sender sees them.
const (
	AddPathReceive uint8 = 1
	AddPathSend    uint8 = 2
	AddPathBoth    uint8 = 3
)

// Capabilities is what one side of a session can do. Its zero value is a
// speaker of RFC 4271 alone.
type Capabilities struct {
	Present              bool     // received: the OPEN had a Capabilities parameter
	Multiprotocol        []Family // empty: IPv4 unicast only (RFC 4760 8)
	RouteRefresh         bool
	OldRouteRefresh      bool         // the code in use before RFC 2918
	Filters              []FilterMode // by prefix; other kinds are passed over
	ExtendedNextHop      []ExtendedNextHop
	ExtendedMessage      bool
	HasRole              bool
	Role                 uint8
	GracefulRestart      *GracefulRestart // nil: not offered
	HasAS4               bool
	AS4                  uint32
	AddPath              []AddPath
	EnhancedRouteRefresh bool
	HasLongLived         bool
	LongLived            []LongLivedFamily
	FQDN                 *FQDN  // nil: not offered
	SoftwareVersion      string // empty: not offered; safe to show
	Unknown              []Capability
}

// ExtendedNextHop says that routes of Family may have a next hop of another
// address family (RFC 8950 4).
type ExtendedNextHop struct {
	Family     Family
	NextHopAFI uint16
}

// AddPath says what its sender does with path identifiers in Family.
type AddPath struct {
	Family Family
	Mode   uint8 // AddPathReceive, AddPathSend or AddPathBoth
}

// GracefulRestart is the capability of RFC 4724 3, with RFC 8538's flag.
type GracefulRestart struct {
	Restarting   bool   // R: its sender has just restarted
	Notification bool   // N: routes are also kept after a NOTIFICATION
	Time         uint16 // seconds, 12 bits
	Families     []RestartFamily
}

// RestartFamily is one family that its sender can keep over a restart.
type RestartFamily struct {
	Family     Family
	Forwarding bool // F: forwarding went on while it restarted
}

// LongLivedFamily is one family of RFC 9494 3.
type LongLivedFamily struct {
	Family     Family
	Forwarding bool
	Time       uint32 // seconds, 24 bits
}

// FQDN is the name of a speaker. Received text is safe to show: valid UTF-8
// whose unprintable characters were replaced.
type FQDN struct {
	Host, Domain string
}

// Capability is one of a code that this package has no type for.
type Capability struct {
	Code  uint8
	Value []byte
}
