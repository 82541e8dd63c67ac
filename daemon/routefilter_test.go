package daemon

import (
	"net/netip"
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

func pathAttrs(path []uint32, communities []uint32, large ...wire.LargeCommunity) wire.Attrs {
	var e wire.Editor
	e.Reset(nil)
	e.PrependAS(0, 0)
	for i := len(path) - 1; i >= 0; i-- {
		e.PrependAS(path[i], 1)
	}
	for _, c := range communities {
		e.AddCommunity(c)
	}
	for _, c := range large {
		e.AddLargeCommunity(c)
	}
	return e.Attrs()
}

func TestRouteFilter(t *testing.T) {
	empty, one := pathAttrs(nil, nil), pathAttrs([]uint32{65001}, []uint32{65001<<16 | 100})
	three := pathAttrs([]uint32{65001, 3356, 65010}, []uint32{65001<<16 | 100, 0xFFFFFF01}, wire.LargeCommunity{Global: 65001, Local1: 1, Local2: 100})
	for _, c := range []struct {
		name              string
		filter            api.RouteFilter
		empty, one, three bool
	}{
		{"a number between", api.RouteFilter{ASPath: "_3356_"}, false, false, true},
		{"the first", api.RouteFilter{ASPath: "^65001_"}, false, true, true},
		{"the whole", api.RouteFilter{ASPath: "^65001$"}, false, true, false},
		{"nothing", api.RouteFilter{ASPath: "^$"}, true, false, false},
		{"a part of a number", api.RouteFilter{ASPath: "335"}, false, false, true},
		{"a part of a number with borders", api.RouteFilter{ASPath: "_335_"}, false, false, false},
		{"a community", api.RouteFilter{Communities: []string{"65001:100"}}, false, true, true},
		{"two", api.RouteFilter{Communities: []string{"no-export", "4259905636"}}, false, false, true},
		{"one and no other", api.RouteFilter{Communities: []string{"65001:100"}, Exact: true}, false, true, false},
		{"any community", api.RouteFilter{AnyCommunity: true}, false, true, true},
		{"a large one", api.RouteFilter{LargeCommunities: []string{"65001:1:100"}}, false, false, true},
		{"any large one", api.RouteFilter{AnyLargeCommunity: true}, false, false, true},
		{"both parts", api.RouteFilter{ASPath: "^65001", Communities: []string{"no-export"}}, false, false, true},
	} {
		f, err := (&publication{}).routeFilter(&c.filter, wire.IPv4Unicast)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, path := range []struct {
			attrs wire.Attrs
			want  bool
		}{{empty, c.empty}, {one, c.one}, {three, c.three}} {
			if got := f.Path(wire.Prefix{}, path.attrs); got != path.want {
				t.Errorf("%s, path %q: %v", c.name, path.attrs.ASPath(), got)
			}
		}
	}
}

func TestRouteFilterMistakes(t *testing.T) {
	for want, f := range map[string]api.RouteFilter{
		"(65001":         {ASPath: "(65001"},
		"no community":   {Communities: []string{"65001:70000"}},
		"no large":       {LargeCommunities: []string{"1:2"}},
		"is no communit": {Communities: []string{"no-exports"}},
	} {
		if _, err := (&publication{}).routeFilter(&f, wire.IPv4Unicast); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", f, err, want)
		}
	}
}

// The natural lengths of the classes of RFC 791; multicast and beyond have none.
func TestClassless(t *testing.T) {
	f, _ := (&publication{}).routeFilter(&api.RouteFilter{Classless: true}, wire.IPv4Unicast)
	for text, want := range map[string]bool{
		"10.0.0.0/8": false, "10.0.0.0/9": true, "0.0.0.0/0": true, "172.16.0.0/16": false, "172.16.0.0/12": true,
		"192.0.2.0/24": false, "223.255.255.0/24": false, "224.0.0.0/24": true, "240.0.0.0/8": true,
	} {
		if got := f.Prefix(wire.PrefixFrom(netip.MustParsePrefix(text))); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
