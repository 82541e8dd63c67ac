package journal

import (
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"

	"bgpsh/fsm"
	"bgpsh/wire"
)

// maxListed is how many prefixes or attribute values one record names.
const maxListed = 20

// title is a message type's name in records.
func title(t wire.Type) string { return fsm.MessageTitle(t) }

// messageType reads the type of a whole message.
func messageType(b []byte) wire.Type {
	if len(b) < wire.HeaderLen {
		return 0
	}
	return wire.Type(b[wire.HeaderLen-1])
}

// Display gives a whole message, header included, in words. params are those of the session, for an UPDATE; nil stands
// for four-octet AS numbers and nothing else negotiated.
func Display(b []byte, params *wire.Params) string {
	if len(b) < wire.HeaderLen {
		return "Malformed " + displayBytes(b)
	}
	body := b[wire.HeaderLen:]
	switch messageType(b) {
	case wire.TypeOpen:
		if o, err := wire.ParseOpen(body); o != nil && err == nil {
			return displayOpen(o)
		}
	case wire.TypeUpdate:
		if params == nil {
			params = &wire.Params{AS4: true, IPv4: true, IPv6: true}
		}
		if u, err := wire.ParseUpdate(body, params); err == nil {
			return displayUpdate(&u)
		}
	case wire.TypeNotification:
		if n, err := wire.ParseNotification(body); err == nil {
			return displayNotification(n)
		}
	case wire.TypeKeepalive:
		return "Keepalive"
	case wire.TypeRouteRefresh:
		if r, err := wire.ParseRouteRefresh(body, true); err == nil {
			return displayRefresh(r)
		}
	}
	return "Malformed " + displayBytes(b)
}

// displayBytes gives hexadecimal digits without leading zeros: "[ff, 0, 33]".
func displayBytes(b []byte) string {
	var out strings.Builder
	out.WriteByte('[')
	for i, x := range b {
		if i > 0 {
			out.WriteString(", ")
		}
		out.WriteString(strconv.FormatUint(uint64(x), 16))
	}
	out.WriteByte(']')
	return out.String()
}

func displayOpen(o *wire.Open) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Open [ version: %d, asn: %d, hold_time: %d, id: %d, parameters: [ ", o.Version, o.AS16, o.HoldTime, o.ID)
	if caps := displayCapabilities(&o.Caps); caps != "" {
		b.WriteString("Capabilities [ " + caps + "]")
	}
	b.WriteString("] ]")
	return b.String()
}

// displayCapabilities gives each capability with ", " behind it, by code.
func displayCapabilities(c *wire.Capabilities) string {
	var b strings.Builder
	add := func(format string, args ...any) { fmt.Fprintf(&b, format+", ", args...) }
	for _, f := range c.Multiprotocol {
		add("MP-Extensions %d/%d", f.AFI(), f.SAFI())
	}
	if c.RouteRefresh {
		add("Route Refresh")
	}
	for _, e := range c.ExtendedNextHop {
		add("Extended Next Hop Encoding safi=%d/afi=%d/nh_afi=%d", e.Family.SAFI(), e.Family.AFI(), e.NextHopAFI)
	}
	if c.ExtendedMessage {
		add("Extended Message")
	}
	if c.HasRole {
		add("Role %d", c.Role)
	}
	if g := c.GracefulRestart; g != nil {
		b.WriteString(displayRestart(g))
	}
	if c.HasAS4 {
		add("Four Octet ASN %d", c.AS4)
	}
	if len(c.AddPath) > 0 {
		b.WriteString("AddPath [ ")
		for _, a := range c.AddPath {
			add("AddPathElement { afi: %s, safi: %s, send_receive: %d }", afiName(a.Family.AFI()), safiName(a.Family.SAFI()), a.Mode)
		}
		b.WriteString("], ")
	}
	if c.EnhancedRouteRefresh {
		add("Enhanced Route Refresh")
	}
	if c.HasLongLived {
		b.WriteString("Long-lived Graceful Restart [ ")
		for _, f := range c.LongLived {
			add("{ afi: %s, safi: %s, forwarding: %v, time: %d }", afiName(f.Family.AFI()), safiName(f.Family.SAFI()), f.Forwarding, f.Time)
		}
		b.WriteString("], ")
	}
	if c.FQDN != nil {
		add("FQDN %q %q", c.FQDN.Host, c.FQDN.Domain)
	}
	if c.OldRouteRefresh {
		add("Route Refresh (old)")
	}
	if c.SoftwareVersion != "" {
		add("Software Version %q", c.SoftwareVersion)
	}
	for _, u := range c.Unknown {
		add("Unknown %d %s", u.Code, displayBytes(u.Value))
	}
	return b.String()
}

func displayRestart(g *wire.GracefulRestart) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Graceful Restart [ restarting: %v, notification: %v, time: %d, ", g.Restarting, g.Notification, g.Time)
	for _, f := range g.Families {
		fmt.Fprintf(&b, "{ afi: %s, safi: %s, forwarding: %v }, ", afiName(f.Family.AFI()), safiName(f.Family.SAFI()), f.Forwarding)
	}
	b.WriteString("], ")
	return b.String()
}

func afiName(afi uint16) string {
	switch afi {
	case 1:
		return "IPv4"
	case 2:
		return "IPv6"
	}
	return strconv.Itoa(int(afi))
}

func safiName(safi uint8) string {
	if safi == 1 {
		return "Unicast"
	}
	return strconv.Itoa(int(safi))
}

func displayNotification(n wire.Notification) string {
	code := strconv.Itoa(int(n.Code)) + " (" + wire.CodeName(n.Code) + ")"
	subcode := strconv.Itoa(int(n.Subcode))
	if name := wire.SubcodeName(n.Code, n.Subcode); name != "" {
		subcode += " (" + name + ")"
	}
	return "Notification [ error_code: " + code + ", error_subcode: " + subcode + ", data: " + displayBytes(n.Data) + " ]"
}

func displayRefresh(r wire.RouteRefresh) string {
	subtype := ""
	if r.Subtype != 0 {
		subtype = ", subtype: " + strconv.Itoa(int(r.Subtype))
	}
	return fmt.Sprintf("Route Refresh [ afi: %d, safi: %d%s%s ]", r.Family.AFI(), r.Family.SAFI(), subtype, filterText(r.Filter))
}

// filterText says how much of a filter a message changes.
func filterText(u *wire.FilterUpdate) string {
	if u == nil {
		return ""
	}
	return fmt.Sprintf(", %d changes of the prefix filter", len(u.Changes))
}

func displayUpdate(u *wire.Update) string {
	var withdrawn, announced prefixList
	var attrs wire.Attrs
	u.Parts(func(p wire.Part) bool {
		list := &announced
		if p.Withdraw {
			list = &withdrawn
		} else if attrs == nil {
			attrs = u.AppendAttrs(nil, &p)
		}
		p.NLRI.All(func(n wire.NLRI) bool {
			list.add(p.Family, n)
			return true
		})
		return true
	})
	var b strings.Builder
	fmt.Fprintf(&b, "Update[ treat-as-withdraw: (%v) withdrawn(%s) path_attributes: (", u.Severity() == wire.Withdraw, withdrawn.String())
	displayAttrs(&b, attrs)
	b.WriteString(") nlri(" + announced.String() + ") ]")
	return b.String()
}

// A prefixList names the first prefixes and counts the rest.
type prefixList struct {
	b     strings.Builder
	count int
}

func (l *prefixList) add(f wire.Family, n wire.NLRI) {
	if l.count++; l.count > maxListed {
		return
	}
	if l.count > 1 {
		l.b.WriteString(", ")
	}
	l.b.WriteString(n.Prefix.Netip(f).String())
	if n.ID != 0 {
		fmt.Fprintf(&l.b, " id %d", n.ID)
	}
}

func (l *prefixList) String() string {
	switch {
	case l.count == 0:
		return "empty"
	case l.count > maxListed:
		return l.b.String() + fmt.Sprintf(", and %d more", l.count-maxListed)
	}
	return l.b.String()
}

var originNames = [...]string{"igp", "egp", "incomplete"}

func displayAttrs(w io.Writer, a wire.Attrs) {
	between := ""
	a.All(func(t wire.AttrType, _ uint8, value []byte) bool {
		io.WriteString(w, between)
		between = ", "
		displayAttr(w, a, t, value)
		return true
	})
}

func displayAttr(w io.Writer, a wire.Attrs, t wire.AttrType, value []byte) {
	switch t {
	case wire.AttrOrigin:
		name := "invalid"
		if o := int(a.Origin()); o < len(originNames) {
			name = originNames[o]
		}
		io.WriteString(w, "origin: "+name)
	case wire.AttrASPath:
		io.WriteString(w, "as-path: ["+a.ASPath().String()+"]")
	case wire.AttrNextHop:
		io.WriteString(w, "next-hop: "+a.NextHop().String())
		if ll := a.LinkLocal(); ll.IsValid() {
			io.WriteString(w, " "+ll.String())
		}
	case wire.AttrMED:
		n, _ := a.MED()
		fmt.Fprintf(w, "med: %d", n)
	case wire.AttrLocalPref:
		n, _ := a.LocalPref()
		fmt.Fprintf(w, "local-pref: %d", n)
	case wire.AttrCommunities:
		c := a.Communities()
		fmt.Fprint(w, "communities: [")
		for i := range min(c.Len(), maxListed) {
			if i > 0 {
				fmt.Fprint(w, ", ")
			}
			fmt.Fprintf(w, "%d:%d", c.At(i)>>16, c.At(i)&0xffff)
		}
		fmt.Fprint(w, "]")
	case wire.AttrLargeCommunities:
		c := a.LargeCommunities()
		fmt.Fprint(w, "large-communities: [")
		for i := range min(c.Len(), maxListed) {
			if i > 0 {
				fmt.Fprint(w, ", ")
			}
			fmt.Fprint(w, c.At(i))
		}
		fmt.Fprint(w, "]")
	default:
		fmt.Fprintf(w, "%s: %s", strings.ToLower(strings.ReplaceAll(t.String(), "_", "-")), displayBytes(value[:min(len(value), 64)]))
	}
}

// addr gives an address and port, "unknown" for none.
func addr(a netip.AddrPort) string {
	if !a.IsValid() {
		return "unknown"
	}
	return a.String()
}
