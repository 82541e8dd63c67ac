package capture

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"

	"bgpsh/wire"
)

// openFields is the body of an OPEN.
type openFields struct {
	Version      uint8         `json:"version"`
	AS           uint32        `json:"as"`  // the one in effect: as4 where it is there
	AS2          uint16        `json:"as2"` // the field of two octets
	AS4          *uint32       `json:"as4,omitempty"`
	HoldTime     uint16        `json:"holdTime"` // seconds
	ID           string        `json:"id"`
	Capabilities *capabilities `json:"capabilities,omitempty"`
	Parameters   string        `json:"parameters,omitempty"` // of a refused OPEN, in hex digits
}

// capabilities are those of wire.Capabilities that were offered.
type capabilities struct {
	Multiprotocol        []familyFields   `json:"multiprotocol,omitempty"`
	RouteRefresh         bool             `json:"routeRefresh,omitempty"`
	OldRouteRefresh      bool             `json:"oldRouteRefresh,omitempty"`
	EnhancedRouteRefresh bool             `json:"enhancedRouteRefresh,omitempty"`
	ExtendedNextHop      []nextHopFamily  `json:"extendedNextHop,omitempty"`
	ExtendedMessage      bool             `json:"extendedMessage,omitempty"`
	Role                 *uint8           `json:"role,omitempty"`
	RoleName             string           `json:"roleName,omitempty"`
	GracefulRestart      *gracefulRestart `json:"gracefulRestart,omitempty"`
	FourOctetAS          *uint32          `json:"fourOctetAs,omitempty"`
	AddPath              []addPathFamily  `json:"addPath,omitempty"`
	Filters              []addPathFamily  `json:"outboundRouteFilter,omitempty"` // by prefix
	LongLived            []restartFamily  `json:"longLivedGracefulRestart,omitempty"`
	FQDN                 *fqdn            `json:"fqdn,omitempty"`
	SoftwareVersion      string           `json:"softwareVersion,omitempty"`
	Unknown              []unknown        `json:"unknown,omitempty"`
}

type nextHopFamily struct {
	familyFields
	NextHopAFI uint16 `json:"nextHopAfi"`
}

// addPathFamily is a family with a mode.
type addPathFamily struct {
	familyFields
	Mode string `json:"mode"` // receive, send, both
}

type gracefulRestart struct {
	Restarting   bool            `json:"restarting"`
	Notification bool            `json:"notification"`
	Time         uint16          `json:"time"` // seconds
	Families     []restartFamily `json:"families"`
}

type restartFamily struct {
	familyFields
	Forwarding bool    `json:"forwarding"`
	Time       *uint32 `json:"time,omitempty"` // seconds; long-lived only
}

type fqdn struct {
	Host   string `json:"host"`
	Domain string `json:"domain,omitempty"`
}

type unknown struct {
	Code uint8  `json:"code"`
	Hex  string `json:"hex"`
}

var (
	roleNames = map[uint8]string{
		wire.RoleProvider: "provider", wire.RoleRS: "rs-server", wire.RoleRSClient: "rs-client",
		wire.RoleCustomer: "customer", wire.RolePeer: "peer",
	}
	addPathNames = map[uint8]string{
		wire.AddPathReceive: "receive", wire.AddPathSend: "send", wire.AddPathBoth: "both",
	}
)

// describeOpen shows an OPEN. Of one that is refused the fixed fields are there
// nevertheless, the rest as it came.
func (o *object) describeOpen(body []byte) []*wire.Error {
	open, err := wire.ParseOpen(body)
	if err != nil {
		o.openFields = &openFields{
			Version: body[0], AS2: binary.BigEndian.Uint16(body[1:]), HoldTime: binary.BigEndian.Uint16(body[3:]),
			ID: dotted(binary.BigEndian.Uint32(body[5:])), Parameters: hex.EncodeToString(body[10:]),
		}
		o.AS = uint32(o.AS2)
		return []*wire.Error{err}
	}
	o.open = open
	o.openFields = &openFields{
		Version: open.Version, AS: open.AS(), AS2: open.AS16, HoldTime: open.HoldTime,
		ID: dotted(open.ID), Capabilities: offered(&open.Caps),
	}
	o.AS4 = o.Capabilities.FourOctetAS
	return nil
}

// offered puts capabilities into their JSON form.
func offered(c *wire.Capabilities) *capabilities {
	out := &capabilities{
		RouteRefresh: c.RouteRefresh, OldRouteRefresh: c.OldRouteRefresh,
		EnhancedRouteRefresh: c.EnhancedRouteRefresh, ExtendedMessage: c.ExtendedMessage,
		SoftwareVersion: c.SoftwareVersion,
	}
	for _, f := range c.Multiprotocol {
		out.Multiprotocol = append(out.Multiprotocol, *familyOf(f))
	}
	for _, e := range c.ExtendedNextHop {
		out.ExtendedNextHop = append(out.ExtendedNextHop, nextHopFamily{*familyOf(e.Family), e.NextHopAFI})
	}
	if c.HasRole {
		out.Role = &c.Role
		if out.RoleName = roleNames[c.Role]; out.RoleName == "" {
			out.RoleName = "role " + strconv.Itoa(int(c.Role))
		}
	}
	if g := c.GracefulRestart; g != nil {
		out.GracefulRestart = &gracefulRestart{
			Restarting: g.Restarting, Notification: g.Notification, Time: g.Time, Families: []restartFamily{},
		}
		for _, f := range g.Families {
			out.GracefulRestart.Families = append(out.GracefulRestart.Families,
				restartFamily{familyFields: *familyOf(f.Family), Forwarding: f.Forwarding})
		}
	}
	if c.HasAS4 {
		out.FourOctetAS = &c.AS4
	}
	for _, a := range c.AddPath {
		out.AddPath = append(out.AddPath, addPathFamily{*familyOf(a.Family), addPathNames[a.Mode]})
	}
	for _, m := range c.Filters { // its modes are those of ADD-PATH
		out.Filters = append(out.Filters, addPathFamily{*familyOf(m.Family), addPathNames[m.Mode]})
	}
	for i := range c.LongLived {
		f := &c.LongLived[i]
		out.LongLived = append(out.LongLived,
			restartFamily{familyFields: *familyOf(f.Family), Forwarding: f.Forwarding, Time: &f.Time})
	}
	if c.FQDN != nil {
		out.FQDN = &fqdn{c.FQDN.Host, c.FQDN.Domain}
	}
	for _, u := range c.Unknown {
		out.Unknown = append(out.Unknown, unknown{u.Code, hex.EncodeToString(u.Value)})
	}
	return out
}
