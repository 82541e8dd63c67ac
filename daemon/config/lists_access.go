package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

func accessRef(six bool, name string) policy.Ref {
	return policy.Ref{Kind: policy.RefAccessList + policy.RefKind(sixIndex(six)), Name: name}
}

func (e *edit) accessList(six bool, name string) *policy.AccessList {
	return own(e, &e.config.Policy.AccessLists[sixIndex(six)], accessRef(six, name), func(l *policy.AccessList) *policy.AccessList {
		out := *l
		out.Entries = slices.Clone(l.Entries)
		return &out
	}, func() *policy.AccessList { return &policy.AccessList{Name: name, Six: six} })
}

func sameAccess(a, b *policy.AccessEntry) bool {
	x, y := *a, *b
	x.Seq, y.Seq = 0, 0
	return x == y
}

// readAccess reads what stands behind permit or deny of an access list's line: any, a prefix, an address with a wildcard, or
// `ip` with two of these.
func readAccess(text string, permit, six bool) (policy.AccessEntry, error) {
	x := policy.AccessEntry{Permit: permit}
	w := strings.Fields(text)
	wrong := fmt.Errorf("%q is no line of an access list: expected any, A.B.C.D/M [exact-match], host A.B.C.D, A.B.C.D WILDCARD, or ip SOURCE DESTINATION", text)
	switch {
	case len(w) == 0:
		return x, wrong
	case len(w) == 1 && w[0] == "any":
		return x, nil
	case strings.Contains(w[0], "/"):
		p, err := netip.ParsePrefix(w[0])
		x.Kind, x.Prefix, x.Exact = policy.AccessPrefix, p.Masked(), len(w) == 2 && w[1] == "exact-match"
		if err != nil || len(w) > 2 || len(w) == 2 && !x.Exact {
			return x, wrong
		}
		return x, x.Validate(six)
	}
	rest := w
	if w[0] == "ip" {
		rest = w[1:]
	}
	var ok bool
	if x.Addr, x.Wild, rest, ok = readWild(rest, w[0] != "ip"); !ok {
		return x, wrong
	}
	x.Kind = policy.AccessHost
	if w[0] == "ip" {
		x.Kind = policy.AccessExtended
		if x.Mask, x.MaskWild, rest, ok = readWild(rest, false); !ok {
			return x, wrong
		}
	}
	if len(rest) > 0 {
		return x, wrong
	}
	return x, x.Validate(six)
}

// readWild reads `any`, `host A`, `A WILDCARD` or, where bare says so, A alone.
func readWild(w []string, bare bool) (addr, wild netip.Addr, rest []string, ok bool) {
	zero, all := netip.IPv4Unspecified(), netip.AddrFrom4([4]byte{255, 255, 255, 255})
	if len(w) == 0 {
		return addr, wild, nil, false
	}
	if w[0] == "any" {
		return zero, all, w[1:], true
	}
	if w[0] == "host" && len(w) > 1 {
		a, err := netip.ParseAddr(w[1])
		return a, zero, w[2:], err == nil && a.Is4()
	}
	a, err := netip.ParseAddr(w[0])
	if err != nil || !a.Is4() {
		return addr, wild, nil, false
	}
	if len(w) == 1 {
		return a, zero, nil, bare
	}
	m, err := netip.ParseAddr(w[1])
	return a, m, w[2:], err == nil && m.Is4()
}

func setAccessList(six bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		x, err := readAccess(c.Args.Text("rule"), c.Args.Text("action") == "permit", six)
		if err != nil {
			return err
		}
		x.Seq = c.Args.Uint32("seq")
		l := e.accessList(six, c.Args.Text("name"))
		l.Entries, err = putLine(accessRef(six, l.Name), l.Entries, x, c.Args.Has("seq"), fiveOn, sameAccess)
		return err
	}
}

func unsetAccessList(six bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		name := c.Args.Text("name")
		r, all := accessRef(six, name), e.config.Policy.AccessLists[sixIndex(six)]
		if all[name] == nil || !c.Args.Has("seq") && !c.Args.Has("action") {
			drop(e, all, r)
			return nil
		}
		x := policy.AccessEntry{Seq: c.Args.Uint32("seq")}
		if c.Args.Has("rule") && !c.Args.Has("seq") {
			var err error
			if x, err = readAccess(c.Args.Text("rule"), c.Args.Text("action") == "permit", six); err != nil {
				return err
			}
		}
		l := e.accessList(six, name)
		var found bool
		if l.Entries, found = withoutLine(l.Entries, x, c.Args.Has("seq"), sameAccess); !found {
			e.noEntry(r)
		}
		if len(l.Entries) == 0 && l.Remark == "" {
			drop(e, all, r)
		}
		return nil
	}
}

func remarkAccessList(six, on bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		name := c.Args.Text("name")
		all := e.config.Policy.AccessLists[sixIndex(six)]
		if !on && all[name] == nil {
			drop(e, all, accessRef(six, name))
			return nil
		}
		l := e.accessList(six, name)
		l.Remark = ""
		if on {
			l.Remark = c.Args.Text("text")
		} else if len(l.Entries) == 0 {
			drop(e, all, accessRef(six, name))
		}
		return nil
	}
}
