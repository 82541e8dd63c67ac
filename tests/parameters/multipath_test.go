package parameters

import (
	"net/netip"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// A multipathRow shows one statement by how many paths of two feeders, 10.0.0.2 and 10.0.0.3, are used beside each other.
type multipathRow struct {
	name          string
	as            [2]uint32
	line, no      string
	af            bool
	clusters      int // of the second feeder's path
	without, with int
}

var multipathRows = []multipathRow{
	{name: "maximum-paths", as: [2]uint32{65002, 65002}, af: true, line: "maximum-paths 1", no: "no maximum-paths", without: 2, with: 1},
	{name: "maximum-paths ibgp", as: [2]uint32{65001, 65001}, af: true, line: "maximum-paths ibgp 1", no: "no maximum-paths ibgp", without: 2, with: 1},
	{name: "maximum-paths ibgp equal-cluster-length", as: [2]uint32{65001, 65001}, af: true, clusters: 1, line: "maximum-paths ibgp 8 equal-cluster-length",
		no: "no maximum-paths ibgp", without: 2, with: 1},
	{name: "multipath-relax", as: [2]uint32{65002, 65003}, line: "bgp bestpath as-path multipath-relax", no: "no bgp bestpath as-path multipath-relax", without: 1, with: 2},
	{name: "peer-type", as: [2]uint32{65002, 65001}, line: "bgp bestpath peer-type multipath-relax", no: "no bgp bestpath peer-type multipath-relax", without: 1, with: 2},
}

// Each statement about multipath changes how many paths of a prefix are used, and its no form takes that back.
func TestMultipath(t *testing.T) {
	t.Parallel()
	for _, row := range multipathRows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var stations []*station
			for i, as := range row.as {
				edit := with(asPath(as), hop([]string{"10.0.0.2", "10.0.0.3"}[i]))
				if as == 65001 {
					edit = with(asPath(65002), localPref(100), hop("10.0.0.3"))
				}
				if row.as == [2]uint32{65001, 65001} {
					edit = with(asPath(65009), localPref(100), hop([]string{"10.0.0.2", "10.0.0.3"}[i]))
				}
				for range i * row.clusters {
					edit = with(edit, func(e *wire.Editor) { e.SetUint32(wire.AttrOriginatorID, 9); e.PrependCluster(8) })
				}
				stations = append(stations, &station{as: as, feed: [][]byte{announcement(fed, edit)}})
			}
			l := newLab(t, stations)
			used := func() (n int) {
				page := must[api.RoutesPage](l.router, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewTable, Prefix: netip.MustParsePrefix(fed), Detail: true})
				if len(page.Routes) == 0 || len(page.Routes[0].Paths) != 2 {
					return 0
				}
				for _, p := range page.Routes[0].Paths {
					if p.Best || p.Multipath {
						n++
					}
				}
				return n
			}
			in := func(line string) {
				t.Helper()
				lines := []string{line}
				if row.af {
					lines = []string{"address-family ipv4 unicast", line}
				}
				if r := l.apply(lines...); !r.Applied {
					t.Fatalf("%s: %+v", line, r)
				}
			}
			l.until("without", func() bool { return used() == row.without })
			in(row.line)
			l.until("with", func() bool { return used() == row.with })
			in(row.no)
			l.until("without it again", func() bool { return used() == row.without })
		})
	}
}
