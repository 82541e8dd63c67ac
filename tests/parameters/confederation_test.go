package parameters

import (
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// memberPath is a path as a neighbor in another AS of the confederation sends it.
func memberPath(members []uint32, rest ...uint32) func(*wire.Editor) {
	return func(e *wire.Editor) {
		p := wire.ASPath{}.AppendSegment(wire.SegmentConfedSequence, members...)
		if len(rest) > 0 {
			p = p.AppendSegment(wire.SegmentSequence, rest...)
		}
		e.SetASPath(p)
	}
}

// A confederation looks like one AS from outside and like several with one policy from inside (RFC 5065).
func TestConfederation(t *testing.T) {
	t.Parallel()
	const fromMember, fromInside, fromOutside = "198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24"
	member := &station{as: 65002, confed: true, feed: [][]byte{
		announcement(fromMember, with(memberPath([]uint32{65002, 65003}, 3356), localPref(150), med(5))),
		announcement("10.9.0.0/16", memberPath([]uint32{65002, 65001}, 3356)), // has been here
		announcement("10.10.0.0/16", memberPath([]uint32{65002}, 3356, 100)),  // has been in the confederation
		announcement("10.11.0.0/16", asPath(65002, 3356)),                     // not as a member sends it
		announcement("10.12.0.0/16", with(memberPath([]uint32{65002}), community(wire.CommunityNoExportSubconfed))),
		announcement("10.13.0.0/16", with(memberPath([]uint32{65002}), community(wire.CommunityNoExport))),
		announcement("10.14.0.0/16", memberPath([]uint32{65002})), // the last: who has it has seen all
	}}
	inside := &station{as: 65001, confed: true, feed: [][]byte{announcement(fromInside, with(localPref(120), hop("10.0.0.3")))}}
	outside := &station{as: 65010, feed: [][]byte{announcement(fromOutside, with(asPath(65010), hop("10.0.0.4")))}}
	other := &station{as: 65003, confed: true}
	l := newLab(t, []*station{member, inside, outside, other}, "bgp confederation identifier 100", "bgp confederation peers 65003 65002",
		"no bgp enforce-first-as")
	for _, c := range []struct {
		who    *station
		prefix string
		want   string
	}{
		{inside, "10.14.0.0/16", "[(65002)] 10.0.0.2 lp 100"}, {other, "10.14.0.0/16", "[(65001 65002)] 10.0.0.2 lp 100"},
		{outside, "10.14.0.0/16", "[100] 10.0.0.2"},
		{outside, fromMember, "[100 3356] 10.0.0.2"},
		{outside, fromInside, "[100] 10.0.0.3"},
		{inside, fromMember, "[(65002 65003) 3356] 10.0.0.2 med 5 lp 150"},
		{inside, fromOutside, "[65010] 10.0.0.4 lp 100"},
		{other, fromMember, "[(65001 65002 65003) 3356] 10.0.0.2 med 5 lp 150"},
		{other, fromInside, "[(65001)] 10.0.0.3 lp 120"},
		{member, fromOutside, "[(65001) 65010] 10.0.0.4 lp 100"},
		{inside, "10.9.0.0/16", "-"}, {inside, "10.10.0.0/16", "-"}, {inside, "10.11.0.0/16", "-"},
		{inside, "10.12.0.0/16", "[(65002)] 10.0.0.2 lp 100 65535:65283"}, {other, "10.12.0.0/16", "-"}, {outside, "10.12.0.0/16", "-"},
		{other, "10.13.0.0/16", "[(65001 65002)] 10.0.0.2 lp 100 65535:65281"}, {outside, "10.13.0.0/16", "-"},
	} {
		l.until(c.prefix+" is told as "+c.want, func() bool { return c.who.told(c.prefix) == c.want })
	}
	for name, link := range map[string]api.Link{
		"10.0.0.2": api.ConfedExternal, "10.0.0.3": api.ConfedInternal, "10.0.0.4": api.External, "10.0.0.5": api.ConfedExternal,
	} {
		if n := l.neighbor(name); n.Link != link {
			t.Errorf("%s is %s, not %s", name, n.Link, link)
		}
	}
	l.apply("no bgp confederation peers 65002 65003", "no bgp confederation identifier")
	l.until("without a confederation they are strangers", func() bool {
		return strings.HasPrefix(outside.told(fromInside), "[65001] ") && member.told(fromOutside) == "[65001 65010] 10.0.0.4"
	})
}

// The number of a confederation may be that of one of its members too: it is a loop only where it stands for the confederation.
func TestConfederationNamedAsMember(t *testing.T) {
	t.Parallel()
	const fromMember, back = "198.51.100.0/24", "10.10.0.0/16"
	member := &station{as: 65002, confed: true, feed: [][]byte{
		announcement(back, memberPath([]uint32{65002}, 3356, 65002)), // has left the confederation
		announcement(fromMember, memberPath([]uint32{65002}, 3356)),
	}}
	outside := &station{as: 65010}
	l := newLab(t, []*station{member, outside}, "bgp confederation identifier 65002", "bgp confederation peers 65002")
	l.until("the member's route goes on", func() bool { return outside.told(fromMember) == "[65002 3356] 10.0.0.2" })
	l.says(back, "", "our AS 65002 is in AS path (65002) 3356 65002 once, not allowed (loop)")
}

// Member ASes count in the length of a path only when they are told to.
func TestConfederationPathLength(t *testing.T) {
	t.Parallel()
	const prefix = "198.51.100.0/24"
	long := &station{as: 65002, confed: true, feed: [][]byte{announcement(prefix, with(memberPath([]uint32{65002, 65004, 65005}, 3356), hop("10.0.0.2")))}}
	short := &station{as: 65003, confed: true, id: 0xfe000001, feed: [][]byte{announcement(prefix, with(memberPath([]uint32{65003}, 3356), hop("10.0.0.3")))}}
	outside := &station{as: 65010}
	inside := &station{as: 65001, confed: true}
	l := newLab(t, []*station{long, short, outside, inside}, "bgp confederation identifier 100", "bgp confederation peers 65002 65003")
	l.until("the lower identifier wins", func() bool { return strings.Contains(inside.told(prefix), "10.0.0.2") })
	l.apply("bgp bestpath as-path confed")
	l.until("the shorter way through the confederation wins", func() bool { return strings.Contains(inside.told(prefix), "10.0.0.3") })
	l.apply("no bgp bestpath as-path confed")
	l.until("the lower identifier wins again", func() bool { return strings.Contains(inside.told(prefix), "10.0.0.2") })
}

// A map towards a neighbor outside sees the members that a path came through, which are not sent; what is done to private and to the
// neighbor's own AS concerns the rest of the path.
func TestConfederationMapsOut(t *testing.T) {
	t.Parallel()
	const through, private, own = "198.51.100.0/24", "10.10.0.0/16", "10.11.0.0/16"
	member := &station{as: 65002, confed: true, feed: [][]byte{
		announcement(through, memberPath([]uint32{65002}, 3356)), announcement(private, memberPath([]uint32{5103}, 64600)),
		announcement(own, memberPath([]uint32{65002, 65003}, 3010, 3356)),
	}}
	outside := &station{as: 3010}
	l := newLab(t, []*station{member, outside}, "bgp confederation identifier 100", "bgp confederation peers 65002 65003 5103", "no bgp enforce-first-as",
		`bgp as-path access-list FIRST permit ^\(65002`, "bgp as-path access-list BARE permit ^3356", "route-map OUT permit 10", "match as-path BARE", "set metric 8", "exit",
		"route-map OUT permit 20", "match as-path FIRST", "set metric 7", "set as-path prepend 3999", "exit", "route-map OUT permit 30", "exit",
		"router bgp 65001", "address-family ipv4 unicast", "neighbor 10.0.0.3 route-map OUT out", "neighbor 10.0.0.3 remove-private-AS", "neighbor 10.0.0.3 as-override")
	for prefix, want := range map[string]string{
		through: "[100 3999 3356] 10.0.0.2 med 7", private: "[100] 10.0.0.2", own: "[100 3999 100 3356] 10.0.0.2 med 7",
	} {
		l.until(prefix+" is told as "+want, func() bool { return outside.told(prefix) == want })
	}
}
