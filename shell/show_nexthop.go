package shell

import (
	"context"
	"fmt"
	"io"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// showNextHops is `show bgp nexthop [ADDR]`.
func showNextHops(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.NextHopsParams{Address: c.Args.Addr("addr")}
	var all api.NextHops
	if err := s.call(ctx, api.BGPNextHops, params, &all); err != nil {
		return s.withoutBGP(named(err, "specified nexthop does not have entry", params.Address.String()), c, w)
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		return printJSON(w, nextHopsObject(&all))
	}
	p := &page{}
	p.line("Current BGP nexthop cache:")
	for i := range all.NextHops {
		printNextHop(p, &all.NextHops[i])
	}
	p.lineIf(len(all.NextHops) == 0, " none: there is no neighbor, and no route came from one")
	p.lineIf(all.More, "More next hops are not shown")
	_, err := io.WriteString(w, p.String())
	return err
}

// printNextHop writes one next hop in FRR 8.4's layout. There is no cache
// here, and so no time of its last change.
func printNextHop(p *page, h *api.NextHop) {
	state := fmt.Sprintf("valid [IGP metric %d]", h.Metric)
	if !h.Valid {
		state = "invalid"
	}
	peers := ""
	for _, name := range h.Peers {
		peers += ", peer " + name
	}
	p.line(" %s %s, #paths %d%s", h.Address, state, h.Paths, peers)
	p.lineIf(!h.Valid, "  %s", h.Reason)
	p.lineIf(h.Valid && h.Interface != "", "  if %s", h.Interface)
	p.line("")
}

// nextHopsObject is keyed by version of IP and address, as FRR 10's.
func nextHopsObject(all *api.NextHops) *object {
	versions := map[bool]*object{false: {}, true: {}}
	for i := range all.NextHops {
		h := &all.NextHops[i]
		o := (&object{}).set("valid", h.Valid).set("complete", true).set("igpMetric", h.Metric).set("pathCount", h.Paths)
		if len(h.Peers) > 0 {
			o.set("peer", h.Peers[0])
		}
		o.text("resolvedPrefix", h.Subnet).text("reason", h.Reason)
		if h.Interface != "" {
			o.set("nexthops", list{(&object{}).set("interfaceName", h.Interface)})
		}
		versions[h.Address.Is6()].set(h.Address.String(), o)
	}
	return (&object{}).set("ipv4", versions[false]).set("ipv6", versions[true])
}

// showImportCheck is `show bgp import-check-table`: nothing is looked for
// while network import-check is not enforced.
func showImportCheck(_ *Shell, _ context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(w, (&object{}).set("ipv4", &object{}).set("ipv6", &object{}))
	}
	_, err := io.WriteString(w, "Current BGP import check cache:\n none: bgp network import-check is not enforced, network announces unconditionally\n")
	return err
}

// attributeKinds are the words of `show bgp attribute-info` and its like.
var attributeKinds = map[string]struct {
	kind  api.AttributeKind
	title string
	key   string
}{
	"attribute-info":       {api.AttributeSets, "Attributes", "attributes"},
	"community-info":       {api.AttributeStandard, "Community", "communities"},
	"large-community-info": {api.AttributeLarge, "Large community", "largeCommunities"},
	"paths":                {api.AttributeASPaths, "AS path", "paths"},
	"martian":              {api.AttributeOwnHops, "Own address", "ownAddresses"},
}

// showAttributes lists the values of attributes in use.
func showAttributes(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	of := attributeKinds[oneOf(c.Args.Text("what"), "martian")]
	var all api.Attributes
	if err := s.call(ctx, api.BGPAttributes, api.AttributesParams{Kind: of.kind}, &all); err != nil {
		return s.withoutBGP(err, c, w)
	}
	martian := of.kind == api.AttributeOwnHops
	switch {
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		values := list{}
		for _, v := range all.Values {
			values = append(values, (&object{}).set("value", v.Text).when(!martian, "paths", v.Paths))
		}
		return printJSON(w, (&object{}).set(of.key, values).set("distinct", all.Distinct))
	case len(all.Values) == 0:
		_, err := fmt.Fprintf(w, "No path in the table has one\n")
		return err
	}
	if martian {
		fmt.Fprintln(w, "self nexthop database:")
		for _, v := range all.Values {
			fmt.Fprintf(w, "  %s\n", v.Text)
		}
		return nil
	}
	fmt.Fprintf(w, "%10s %s\n", "Paths", of.title)
	for _, v := range all.Values {
		fmt.Fprintf(w, "%10d %s\n", v.Paths, printable(v.Text))
	}
	_, err := fmt.Fprintf(w, "\nDisplayed %d of %d\n", len(all.Values), all.Distinct)
	return err
}
