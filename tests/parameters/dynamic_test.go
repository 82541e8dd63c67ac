package parameters

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// Callers from a listen range are neighbors of its peer-group for as long as they are connected, up to the limit.
func TestDynamicNeighbors(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002))}}
	first, second := &station{as: 65003}, &station{as: 65004}
	l := newLab(t, []*station{feeder, first, second},
		"no neighbor 10.0.0.3", "no neighbor 10.0.0.4", "neighbor PG peer-group", "neighbor PG remote-as external",
		"address-family ipv4 unicast", "neighbor PG allow any in", "neighbor PG allow any out", "exit-address-family")
	l.apply("bgp listen range 10.0.0.3/32 peer-group PG")
	l.expect(first, "[65001 65002] 10.0.0.2")
	n := l.neighbor("10.0.0.3")
	if !n.Dynamic || n.Group != "PG" || n.ListenRange.String() != "10.0.0.3/32" || n.RemoteAS != 65003 {
		t.Errorf("the neighbor is %+v", n.PeerRef)
	}
	if lines := must[api.Running](l.router, api.ConfigRunning, nil).Lines; strings.Contains(strings.Join(lines, "\n"), "neighbor 10.0.0.3") {
		t.Errorf("the running configuration names the dynamic neighbor:\n%v", lines)
	}
	l.apply("bgp listen limit 1", "bgp listen range 10.0.0.4/32 peer-group PG")
	l.until("the second is turned away", func() bool {
		for _, r := range must[api.Listeners](l.router, api.BGPListeners, nil).Refused {
			if r.Address.String() == "10.0.0.4" && r.Reason != "no such neighbor" {
				return true
			}
		}
		return false
	})
	l.apply("no bgp listen limit")
	l.expect(second, "[65001 65002] 10.0.0.2")
	l.apply("address-family ipv4 unicast", "neighbor PG attribute-unchanged as-path")
	l.expect(second, "[65002] 10.0.0.2")
	if first.heard(wire.CodeCease, wire.CeaseConfigChange) {
		t.Error("a live change of the peer-group reset a dynamic neighbor")
	}
	l.apply("no bgp listen range 10.0.0.3/32 peer-group PG")
	l.until("the first is no neighbor any more", func() bool { return first.heard(wire.CodeCease, wire.CeasePeerDeconfigured) })
	second.silence()
	l.until("a dynamic neighbor that left is forgotten", func() bool {
		return len(must[api.Neighbors](l.router, api.BGPNeighbors, api.NeighborsParams{}).Neighbors) == 1
	})
}

// A peer-group's password is demanded from everyone in its listen range, and a neighbor in the range has its own.
func TestListenRangePassword(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, key: "sesame", feed: [][]byte{announcement(fed, asPath(65002))}}
	knows, guesses, own := &station{as: 65003, key: "sesame", hold: 3}, &station{as: 65004, key: "open"}, &station{as: 65005, key: "mine"}
	l := newLab(t, []*station{feeder, knows, guesses, own},
		"no neighbor 10.0.0.3", "no neighbor 10.0.0.4", "neighbor 10.0.0.5 password mine", "neighbor PG peer-group", "neighbor PG remote-as external",
		"neighbor PG password sesame", "bgp listen range 10.0.0.0/29 peer-group PG", "no neighbor 10.0.0.2", "neighbor 10.0.0.2 remote-as 65002",
		"neighbor 10.0.0.2 password sesame", "address-family ipv4 unicast",
		"neighbor PG allow any in", "neighbor PG allow any out", "neighbor 10.0.0.2 allow any in", "exit-address-family")
	l.expect(knows, "[65001 65002] 10.0.0.2")
	l.expect(own, "[65001 65002] 10.0.0.2")
	if n := l.neighbor("10.0.0.3"); !n.Dynamic || !n.Password {
		t.Errorf("the neighbor is %+v", n)
	}
	if guesses.told(fed) != "" {
		t.Error("a wrong password got in")
	}
	l.apply("neighbor PG password open")
	l.expect(guesses, "[65001 65002] 10.0.0.2")
	connected := func() bool {
		all := must[api.Neighbors](l.router, api.BGPNeighbors, api.NeighborsParams{}).Neighbors
		return slices.ContainsFunc(all, func(n api.Neighbor) bool { return n.Address == netip.MustParseAddr("10.0.0.3") })
	}
	l.until("the first is locked out when its hold time has passed", func() bool { return !connected() })
	knows.rekey("sesame") // calls again
	l.apply("no neighbor PG password")
	if connected() {
		t.Error("a signed caller got in where nothing is signed")
	}
}
