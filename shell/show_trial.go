package shell

import (
	"context"
	"io"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// testPolicy is `show bgp policy test route-map M [neighbor P] [in|out] [PFX]`.
func testPolicy(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := api.PolicyTestParams{
		Map: c.Args.Text("map"), Neighbor: peerName(c.Args.Peer("peer")), Out: c.Args.Text("dir") == "out",
		Prefix: c.Args.Prefix("prefix").Masked(),
	}
	var result api.PolicyTestResult
	if err := s.call(ctx, api.PolicyTest, params, &result); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printNative(w, result)
	}
	p := &page{}
	dir := "in"
	if params.Out {
		dir = "out"
	}
	p.line("route-map %s %s, tried on the routes there are; nothing is changed", params.Map, dir)
	p.lineIf(len(result.Neighbors) == 0, "No neighbor is up that it could be tried on")
	for i := range result.Neighbors {
		n := &result.Neighbors[i]
		p.line("%s, %s: %s: %d newly accepted, %d newly refused, %d changed", n.Neighbor, familyTitle(n.Family),
			plural(int(n.Routes), "route"), n.Accepted, n.Refused, n.Changed)
		for _, x := range n.Examples {
			rule := ""
			if x.Rule != "" {
				rule = " by " + x.Rule
			}
			p.line("  %-18s %s%s", x.Prefix, x.What, printable(rule))
		}
	}
	if !params.Out {
		p.line("Best paths that would move: %d", result.Moves)
		for _, m := range result.MoveExamples {
			p.line("  %-18s from %s to %s", m.Prefix, oneOf(m.From, "none"), oneOf(m.To, "none"))
		}
	}
	_, err := io.WriteString(w, p.String())
	return err
}
