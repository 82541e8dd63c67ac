package shell

import (
	"context"
	"fmt"
	"io"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// showPrefixFilter is `show bgp neighbors P received prefix-filter`.
func showPrefixFilter(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	name := peerName(c.Args.Peer("peer"))
	var all api.PrefixFilters
	if err := s.call(ctx, api.BGPPrefixFilter, api.PrefixFilterParams{Neighbor: name, Family: family(c)}, &all); err != nil {
		return named(err, "No such neighbor in this view/vrf", name)
	}
	if wantsJSON(c) {
		return printNative(w, all)
	}
	if len(all.Filters) == 0 {
		_, err := fmt.Fprintf(w, "%s sends no prefix filter: `capability orf prefix-list` is not agreed, or it is not up\n", name)
		return err
	}
	for _, f := range all.Filters {
		fmt.Fprintf(w, "Address Family: %s\n", familyTitle(f.Family))
		switch {
		case f.Awaited:
			fmt.Fprintln(w, "no filter has come yet, and no route is sent before")
		case len(f.Entries) == 0:
			fmt.Fprintln(w, "no entry: it wants all routes")
		default:
			fmt.Fprintf(w, "%s prefix-list %s: %d entries\n", map[bool]string{true: "ipv6", false: "ip"}[f.Family == api.IPv6Unicast], printable(f.Name), len(f.Entries))
		}
		for _, e := range f.Entries {
			fmt.Fprintf(w, "   %s\n", e)
		}
	}
	return nil
}
