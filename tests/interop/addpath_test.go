package interop

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"time"
)

// shared is the prefix that we have several paths for.
const shared = "203.0.113.0/24"

// sharedRoutes are the paths that the source gives us, of which each is better than those after it.
const sharedRoutes = `route ` + shared + ` next-hop self as-path [ 65009 65021 ] path-information 1;
route ` + shared + ` next-hop self as-path [ 65009 65022 65022 ] path-information 2;
route ` + shared + ` next-hop self as-path [ 65009 65023 65023 65023 ] path-information 3;
route 2001:db8:b::/48 next-hop self;`

// ourPaths: the peer holds all paths that we have, loses the one that goes and no other, and then the best two.
func ourPaths(m *meeting) {
	first, second, third := "65001 65009 65021", "65001 65009 65022 65022", "65001 65009 65023 65023 65023"
	holds := func(what string, want ...string) {
		m.t.Helper()
		within(m.t, 20*time.Second, what, func() error {
			if got := m.peer.asPaths(shared); !slices.Equal(got, want) {
				return fmt.Errorf("%q", got)
			}
			return nil
		})
	}
	family := func(line string) {
		m.t.Helper()
		m.configure("address-family ipv4 unicast", line)
	}
	route := func(verb string) {
		m.source.tell("neighbor 10.2.0.1 " + verb + " route " + shared + " next-hop self as-path [ 65009 65021 ] path-information 0.0.0.1")
	}
	holds("all paths", first, second, third)
	route("withdraw")
	holds("the two that are left", second, third)
	route("announce")
	holds("all paths again", first, second, third)
	family("neighbor " + their4 + " addpath-tx-best-selected 2")
	holds("the best two", first, second)
	route("withdraw")
	holds("the best two of those that are left", second, third)
	family("no neighbor " + their4 + " addpath-tx-best-selected 2")
	holds("the best one", second)
}

func (p *frrPeer) asPaths(prefix string) (out []string) {
	paths, _ := decode(p.h.lab.t, p.vtysh("show bgp ipv4 unicast "+prefix+" json"))["paths"].([]any)
	for _, v := range paths {
		path, _ := v.(map[string]any)
		out = append(out, pathAttributes(path)["as-path"])
	}
	sort.Strings(out)
	return out
}

var birdPath = regexp.MustCompile(`BGP\.as_path: (.*)`)

func (p *birdPeer) asPaths(prefix string) (out []string) {
	for _, found := range birdPath.FindAllStringSubmatch(p.birdc("show route "+prefix+" protocol dut4 all"), -1) {
		out = append(out, found[1])
	}
	sort.Strings(out)
	return out
}

func (p *gobgpPeer) asPaths(prefix string) (out []string) {
	text, _ := p.gobgp("neighbor", our4, "adj-in", "-j")
	var table map[string][]struct{ Attrs []map[string]any }
	if json.Unmarshal([]byte(text), &table) != nil {
		return nil
	}
	for _, path := range table[prefix] {
		out = append(out, fromGoBGP(path.Attrs)["as-path"])
	}
	sort.Strings(out)
	return out
}

func (p *openbgpdPeer) asPaths(prefix string) (out []string) {
	text, _ := p.bgpctl("-j", "show", "rib", "detail", "in", "neighbor", our4, prefix)
	var table struct{ RIB []openbgpdRoute }
	if json.Unmarshal([]byte(text), &table) != nil {
		return nil
	}
	for _, path := range table.RIB {
		out = append(out, path.ASPath)
	}
	sort.Strings(out)
	return out
}

func (p *exabgpPeer) asPaths(prefix string) (out []string) {
	standing := map[string]string{} // by identifier
	for _, r := range p.records() {
		if r.Neighbor.Address.Peer != our4 {
			continue
		}
		if r.Type == "state" && r.Neighbor.State == "down" {
			clear(standing)
		}
		u := r.Neighbor.Message.Update
		for _, list := range u.Withdraw {
			for _, n := range list {
				if n.NLRI == prefix {
					delete(standing, n.Identifier)
				}
			}
		}
		for _, hops := range u.Announce {
			for hop, list := range hops {
				for _, n := range list {
					if n.NLRI == prefix {
						standing[n.Identifier] = fromExaBGP(u.Attribute, hop)["as-path"]
					}
				}
			}
		}
	}
	for _, path := range standing {
		out = append(out, path)
	}
	sort.Strings(out)
	return out
}
