package journal

import (
	"fmt"
	"net/netip"
	"strings"

	"bgpsh/wire"
)

// briefPrefixes is how many prefixes a brief names.
const briefPrefixes = 3

// Brief gives what an operator looks for first in a message, in one short line: "10.0.0.0/8 and 2 more, AS path 65001, next hop
// 192.0.2.1".
func (m *Message) Brief() string {
	if len(m.Bytes) < m.Len || len(m.Bytes) < wire.HeaderLen {
		return m.Display()
	}
	body := m.Bytes[wire.HeaderLen:]
	switch m.Type {
	case wire.TypeOpen:
		if o, err := wire.ParseOpen(body); err == nil {
			return fmt.Sprintf("AS %d, ID %s, hold time %d", o.AS(), dotted(o.ID), o.HoldTime)
		}
	case wire.TypeUpdate:
		u, err := wire.ParseUpdate(body, &m.Params)
		if err != nil {
			return "malformed: " + err.Text
		}
		return briefUpdate(&u)
	case wire.TypeNotification:
		if n, err := wire.ParseNotification(body); err == nil {
			text := n.String()
			if words, ok := n.Communication(); ok {
				text += fmt.Sprintf(": %q", words)
			}
			return text
		}
	case wire.TypeKeepalive:
		return ""
	case wire.TypeRouteRefresh:
		if r, err := wire.ParseRouteRefresh(body, true); err == nil {
			return r.Family.String() + filterText(r.Filter) + [...]string{"", ", begin (BoRR)", ", end (EoRR)"}[min(r.Subtype, 2)]
		}
	}
	return "malformed"
}

func dotted(id uint32) string {
	return netip.AddrFrom4([4]byte{byte(id >> 24), byte(id >> 16), byte(id >> 8), byte(id)}).String()
}

func briefUpdate(u *wire.Update) string {
	if f, ok := u.EndOfRIB(); ok {
		return "End-of-RIB " + f.String()
	}
	var parts []string
	u.Parts(func(p wire.Part) bool {
		text := briefList(&p)
		switch {
		case p.Malformed:
			text += " treated as withdrawn"
		case p.Withdraw:
			text += " withdrawn"
		default:
			a := wire.Attrs(u.AppendAttrs(nil, &p))
			path := "empty AS path"
			if len(a.ASPath()) > 0 {
				path = "AS path " + a.ASPath().String()
			}
			text += ", " + path + ", next hop " + a.NextHop().String()
		}
		parts = append(parts, text)
		return true
	})
	if werr := u.Err(); werr != nil {
		parts = append(parts, "malformed: "+werr.Text)
	}
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, "; ")
}

// briefList names the first prefixes of a part and counts the others.
func briefList(p *wire.Part) string {
	var names []string
	more := 0
	p.NLRI.All(func(n wire.NLRI) bool {
		if len(names) == briefPrefixes {
			more++
			return true
		}
		name := n.Prefix.Netip(p.Family).String()
		if n.ID != 0 {
			name += fmt.Sprintf(" id %d", n.ID)
		}
		names = append(names, name)
		return true
	})
	text := strings.Join(names, " ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
