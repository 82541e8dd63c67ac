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
	dir := "in"
	if params.Out {
		dir = "out"
	}
	p := &page{}
	p.line("route-map %s %s, tried on the routes there are; nothing is changed", params.Map, dir)
	p.lineIf(len(result.Neighbors) == 0, "No neighbor is up that it could be tried on")
	trialLines(p, &result, !params.Out)
	_, err := io.WriteString(w, p.String())
	return err
}

// trialLines tell what would become of the routes of each neighbor, and of best paths where moves asks for that.
func trialLines(p *page, r *api.PolicyTestResult, moves bool) {
	for i := range r.Neighbors {
		n := &r.Neighbors[i]
		dir := ""
		if n.Out {
			dir = " out"
		}
		p.line("%s%s, %s: %s: %d newly accepted, %d newly refused, %d changed", n.Neighbor, dir, familyTitle(n.Family),
			plural(int(n.Routes), "route"), n.Accepted, n.Refused, n.Changed)
		for _, x := range n.Examples {
			p.line("  %-18s %s by %s", x.Prefix, x.What, printable(x.Rule))
		}
	}
	if moves {
		p.line("Best paths that would move: %d", r.Moves)
		for _, m := range r.MoveExamples {
			p.line("  %-18s from %s to %s", m.Prefix, oneOf(m.From, "none"), oneOf(m.To, "none"))
		}
	}
	p.lineIf(r.Incomplete, "This took too long: not all routes were looked at")
}
