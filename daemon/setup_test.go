package daemon

import (
	"net/netip"
	"testing"

	"bgpsh/daemon/kernel"
)

func link0(name string, addrs ...string) kernel.Interface {
	i := kernel.Interface{Name: name, Index: len(name), Up: true}
	for _, a := range addrs {
		i.Addrs = append(i.Addrs, netip.MustParsePrefix(a))
	}
	return i
}

func TestChosenRouterID(t *testing.T) {
	rows := []struct {
		name  string
		links []kernel.Interface
		want  string
	}{
		{"highest of an interface", []kernel.Interface{link0("lo", "127.0.0.1/8"), link0("eth0", "10.0.0.1/24"), link0("eth12", "10.0.1.1/24")}, "10.0.1.1"},
		{"loopback interface first", []kernel.Interface{link0("lo", "127.0.0.1/8", "10.0.0.9/32"), link0("eth0", "192.0.2.1/24")}, "10.0.0.9"},
		{"loopback address last", []kernel.Interface{link0("lo", "127.0.0.1/8", "::1/128")}, "127.0.0.1"},
		{"nothing", nil, "0.0.0.0"},
	}
	for _, row := range rows {
		if got := addr4(chooseRouterID(row.links)); got.String() != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
	six := []kernel.Interface{link0("lo", "127.0.0.1/8"), link0("eth0", "2001:db8::1/64", "fe80::1/64")}
	if id := chooseRouterID(six); id == 0 || addr4(id).IsLoopback() || id != chooseRouterID(six) {
		t.Errorf("a host with IPv6 only has the identifier %s", addr4(id))
	}
}

func TestNextHopsOfASession(t *testing.T) {
	view := kernel.NewView([]kernel.Interface{
		link0("lo", "127.0.0.1/8", "::1/128", "2001:db8::1/128"),
		link0("eth0", "10.0.0.1/24", "2001:db8:1::1/64", "fe80::1/64"),
	})
	rows := []struct {
		name, local, remote string
		want                hops
	}{
		{"IPv4 on a link", "10.0.0.1", "10.0.0.2", hops{v4: a("10.0.0.1"), v6: a("2001:db8:1::1"), link: a("fe80::1"), subnet: netip.MustParsePrefix("10.0.0.0/24")}},
		{"IPv6 on a link", "2001:db8:1::1", "2001:db8:1::2", hops{v4: a("10.0.0.1"), v6: a("2001:db8:1::1"), link: a("fe80::1"), subnet: netip.MustParsePrefix("2001:db8:1::/64")}},
		{"link-local", "fe80::1%eth0", "fe80::2%eth0", hops{v4: a("10.0.0.1"), v6: a("2001:db8:1::1"), link: a("fe80::1"), subnet: netip.MustParsePrefix("fe80::/64")}},
		{"between loopback interfaces", "2001:db8::1", "2001:db8::2", hops{v6: a("2001:db8::1")}},
		{"several hops away", "10.0.0.1", "10.7.7.7", hops{v4: a("10.0.0.1"), v6: a("2001:db8:1::1")}},
	}
	for _, row := range rows {
		if got := nextHops(view, a(row.local), a(row.remote)); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func a(s string) netip.Addr { return netip.MustParseAddr(s) }
