package daemon

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"bgpsh/daemon/config"
	"bgpsh/daemon/kernel"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

const (
	nextHopsMax = 10_000 // of an answer
	valuesMax   = 5_000  // of an answer
	// distinctMax bounds the values that a walk tells apart.
	distinctMax = 200_000
)

func (d *Daemon) nextHops(ctx context.Context, _ *ipc.Caller, p api.NextHopsParams) (api.NextHops, error) {
	out := api.NextHops{NextHops: []api.NextHop{}}
	pub, err := d.bgp()
	if err != nil {
		return out, err
	}
	all, view := map[netip.Addr]*api.NextHop{}, d.kernel.View()
	hop := func(a netip.Addr) *api.NextHop {
		a = a.WithZone("")
		if all[a] == nil {
			all[a] = &api.NextHop{Address: a, Valid: true}
		}
		return all[a]
	}
	for _, s := range pub.sessions {
		if v := s.view.Load(); v.setup.Addr.IsValid() {
			h := hop(v.setup.Addr)
			h.Peers = append(h.Peers, s.name)
			if v.down != nil && v.down.Cause == api.DownNotConnected {
				h.Valid, h.Reason = false, "Must be Connected"
			}
		}
	}
	for _, f := range config.Families {
		err := d.scan(ctx, f, func(seen rib.Seen) {
			for path := range seen.Paths() {
				a := path.Attrs.LinkLocal()
				if !a.IsValid() {
					a = path.Attrs.NextHop()
				}
				if path.Peer != rib.Local && a.IsValid() && (len(all) < distinctMax || all[a] != nil) {
					hop(a).Paths++
				}
			}
		})
		if err != nil {
			return out, err
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(all), netip.Addr.Compare) {
		if p.Address.IsValid() && a != p.Address {
			continue
		}
		if out.More = len(out.NextHops) == nextHopsMax; out.More {
			break
		}
		out.NextHops = append(out.NextHops, located(*all[a], view))
	}
	if p.Address.IsValid() && len(out.NextHops) == 0 {
		return out, &ipc.Error{Code: api.CodeNotFound, Message: "no such next hop: " + p.Address.String(), Data: api.ErrorData{What: p.Address.String()}}
	}
	return out, nil
}

// located adds where a next hop is.
func located(h api.NextHop, view *kernel.View) api.NextHop {
	if iface, subnet, ok := view.Connected(h.Address); ok {
		h.Interface, h.Subnet = iface, subnet.String()
	}
	return h
}

func (d *Daemon) attributes(ctx context.Context, _ *ipc.Caller, p api.AttributesParams) (api.Attributes, error) {
	out := api.Attributes{Values: []api.AttributeValue{}}
	if _, err := d.bgp(); err != nil {
		return out, err
	}
	if p.Kind == api.AttributeOwnHops {
		out.Values = hostAddresses(d.kernel.View())
		out.Distinct = uint64(len(out.Values))
		return out, nil
	}
	value, ok := attributeValues[p.Kind]
	if !ok {
		return out, badParam("kind", fmt.Sprintf("unknown kind %q", p.Kind))
	}
	counts := map[string]*uint64{}
	for _, f := range config.Families {
		err := d.scan(ctx, f, func(seen rib.Seen) {
			for path := range seen.Paths() {
				raw := value.of(path.Attrs)
				n := counts[string(raw)]
				if n == nil && len(raw) > 0 && len(counts) < distinctMax {
					n = new(uint64)
					counts[string(raw)] = n
				}
				if n != nil {
					*n++
				}
			}
		})
		if err != nil {
			return out, err
		}
	}
	out.Distinct = uint64(len(counts))
	raws := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(*counts[b], *counts[a]), strings.Compare(a, b))
	})
	for _, raw := range raws[:min(len(raws), valuesMax)] {
		out.Values = append(out.Values, api.AttributeValue{Text: value.text([]byte(raw)), Paths: *counts[raw]})
	}
	return out, nil
}

// attributeValues are what a listing of attributes counts: the bytes that tell values apart, none where a path has no such
// attribute, and their text.
var attributeValues = map[api.AttributeKind]struct {
	of   func(wire.Attrs) []byte
	text func([]byte) string
}{
	api.AttributeASPaths: {
		func(a wire.Attrs) []byte { return a.ASPath() },
		func(b []byte) string { return wire.ASPath(b).String() },
	},
	api.AttributeStandard: {
		func(a wire.Attrs) []byte { return a.Communities() },
		func(b []byte) string {
			c := wire.Communities(b)
			return joinWords(c.Len(), func(i int) string { return communityText(c.At(i)) })
		},
	},
	api.AttributeLarge: {
		func(a wire.Attrs) []byte { return a.LargeCommunities() },
		func(b []byte) string {
			c := wire.LargeCommunities(b)
			return joinWords(c.Len(), func(i int) string { return c.At(i).String() })
		},
	},
	api.AttributeSets: {
		func(a wire.Attrs) []byte { return a },
		func(b []byte) string { return setText(wire.Attrs(b)) },
	},
}

// setText is a whole set of attributes in one line.
func setText(a wire.Attrs) string {
	var path api.Path
	describeAttrs(&path, a)
	detailAttrs(&path, a)
	b := fmt.Appendf(nil, "next hop %s, origin %s, AS path [%s]", path.NextHop, path.Origin, path.ASPath)
	for _, part := range []struct {
		name  string
		value *uint32
	}{{"metric", path.MED}, {"localpref", path.LocalPref}} {
		if part.value != nil {
			b = fmt.Appendf(b, ", %s %d", part.name, *part.value)
		}
	}
	for _, list := range [][]string{path.Communities, path.ExtCommunities, path.LargeCommunities} {
		if len(list) > 0 {
			b = append(append(b, ", "...), strings.Join(list, " ")...)
		}
	}
	return string(b)
}

// joinWords gives n words with blanks between them.
func joinWords(n int, word func(int) string) string {
	words := make([]string, n)
	for i := range words {
		words[i] = word(i)
	}
	return strings.Join(words, " ")
}

// hostAddresses are the addresses of this host.
func hostAddresses(view *kernel.View) (out []api.AttributeValue) {
	for _, i := range view.Interfaces() {
		for _, a := range i.Addrs {
			out = append(out, api.AttributeValue{Text: a.Addr().String()})
		}
	}
	return out
}
