package kernel

import (
	"net/netip"
	"testing"
)

func TestSubnets(t *testing.T) {
	list := router()
	list[3].Near = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	list = append(list,
		Interface{Name: "eth2", Index: 101, Up: true, Addrs: prefixes("10.0.12.9/24", "169.254.1.1/16")},
		Interface{Name: "red", Index: 102, Up: true, VRF: true, Addrs: prefixes("10.9.0.1/24")})
	text := func(list []Subnet) (out string) {
		for _, s := range list {
			out += s.Prefix.String() + " " + s.Interface + ", "
		}
		return out
	}
	v := NewView(list)
	if got, want := text(v.Subnets()), "10.0.0.0/8 eth0, 10.0.12.0/24 eth0, 10.255.0.1/32 lo, 192.0.2.2/32 tun0, 2001:db8:12::/64 eth0, "; got != want {
		t.Errorf("subnets are\n%s want\n%s", got, want)
	}
	if got, want := text(v.Hosts()), "10.0.0.1/32 eth0, 10.0.12.1/32 eth0, 10.0.12.9/32 eth2, 10.255.0.1/32 lo, 192.0.2.1/32 tun0, 2001:db8:12::1/128 eth0, 2001:db8:12::2/128 eth0, "; got != want {
		t.Errorf("hosts are\n%s want\n%s", got, want)
	}
}
