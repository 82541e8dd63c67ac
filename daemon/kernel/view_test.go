package kernel

import (
	"net/netip"
	"testing"
)

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// router has an Ethernet with both families, one without carrier, a point-to-point link, and a loopback with addresses.
func router() []Interface {
	return []Interface{
		{Name: "eth1", Index: 3, Up: false, Addrs: prefixes("10.0.13.1/24", "fe80::1/64")},
		{Name: "lo", Index: 1, Up: true, Addrs: prefixes("127.0.0.1/8", "10.255.0.1/32", "::1/128")},
		{Name: "eth0", Index: 100, Up: true, Addrs: prefixes("10.0.12.1/24", "10.0.0.1/8", "fe80::1/64", "2001:db8:12::1/64",
			"2001:db8:12::2/64")},
		{Name: "tun0", Index: 7, Up: true, Addrs: prefixes("192.0.2.1/32"), Peers: prefixes("192.0.2.2/32")},
	}
}

func TestConnected(t *testing.T) {
	v := NewView(router())
	for addr, want := range map[string]string{
		"10.0.12.2":        "eth0 10.0.12.0/24",
		"10.9.9.9":         "eth0 10.0.0.0/8",
		"10.0.13.2":        "eth0 10.0.0.0/8", // eth1 is down
		"10.255.0.1":       "lo 10.255.0.1/32",
		"::ffff:10.0.12.2": "eth0 10.0.12.0/24",
		"192.0.2.2":        "tun0 192.0.2.2/32",
		"192.0.2.3":        "",
		"2001:db8:12::99":  "eth0 2001:db8:12::/64",
		"2001:db8:13::99":  "",
		"fe80::2%eth0":     "eth0 fe80::/64",
		"fe80::2%100":      "eth0 fe80::/64",
		"fe80::2%eth1":     "",
		"fe80::2%eth9":     "",
		"fe80::2":          "",
		"127.0.0.2":        "lo 127.0.0.0/8",
	} {
		iface, subnet, ok := v.Connected(netip.MustParseAddr(addr))
		got := ""
		if ok {
			got = iface + " " + subnet.String()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", addr, got, want)
		}
	}
}

func TestOwnAddresses(t *testing.T) {
	v := NewView(router())
	for addr, want := range map[string]struct {
		iface string
		local bool
	}{
		"10.0.12.1":        {"eth0", true},
		"::ffff:10.0.12.1": {"eth0", true},
		"10.0.12.2":        {"", false},
		"10.0.13.1":        {"eth1", true},
		"127.0.0.5":        {"", true},
		"::1":              {"lo", true},
		"fe80::1%eth0":     {"eth0", true},
		"fe80::1%100":      {"eth0", true},
		"fe80::1%tun0":     {"", false},
		"fe80::1":          {"", true}, // on two interfaces
		"192.0.2.2":        {"", false},
	} {
		iface, ok := v.InterfaceOf(netip.MustParseAddr(addr))
		if iface != want.iface || ok != (iface != "") {
			t.Errorf("InterfaceOf(%s) = %q, %v", addr, iface, ok)
		}
		if got := v.IsLocal(netip.MustParseAddr(addr)); got != want.local {
			t.Errorf("IsLocal(%s) = %v", addr, got)
		}
	}
}

func TestAddressesOfAnInterface(t *testing.T) {
	v := NewView(router())
	show := func(a netip.Addr, ok bool) string {
		if !ok {
			return "-"
		}
		return a.String()
	}
	for iface, want := range map[string][4]string{
		"eth0": {"2001:db8:12::1", "fe80::1", "10.0.12.1", "2001:db8:12::1"},
		"eth1": {"-", "fe80::1", "10.0.13.1", "-"},
		"lo":   {"-", "-", "127.0.0.1", "::1"},
		"tun0": {"-", "-", "192.0.2.1", "-"},
		"eth9": {"-", "-", "-", "-"},
	} {
		got := [4]string{show(v.GlobalIPv6(iface)), show(v.LinkLocal(iface)), show(v.FirstAddr(iface, IPv4)), show(v.FirstAddr(iface, IPv6))}
		if got != want {
			t.Errorf("%s: got %v, want %v", iface, got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	v := NewView(router())
	if v.ScopeID("eth0") != 100 || v.ScopeID("nosuch") != 0 || v.ScopeName(100) != "eth0" || v.ScopeName(42) != "42" {
		t.Error("scope ids and names do not match")
	}
	if first := v.Interfaces()[0].Name; first != "lo" {
		t.Errorf("the list starts with %s, want the lowest index", first)
	}
	var zero View
	if _, _, ok := zero.Connected(netip.MustParseAddr("10.0.0.1")); ok || zero.IsLocal(netip.MustParseAddr("10.0.0.1")) {
		t.Error("the zero View knows something")
	}
}

func TestFakeNotifiesOfChangesOnly(t *testing.T) {
	w := Fake(router()...)
	noticed := func() bool {
		select {
		case <-w.Changes():
			return true
		default:
			return false
		}
	}
	old := w.View()
	w.Set(router())
	if noticed() {
		t.Error("notice without a change")
	}
	w.Set(router()[:2])
	w.Set(router()[:1])
	if !noticed() || noticed() {
		t.Error("two changes that nobody looked at are one notice")
	}
	if len(w.Snapshot()) != 1 || len(old.Interfaces()) != 4 {
		t.Errorf("now %d interfaces, before %d", len(w.Snapshot()), len(old.Interfaces()))
	}
}
