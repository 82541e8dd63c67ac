package daemon

import (
	"fmt"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// waits say for the operator what a neighbor waits for.
var waits = map[rib.Wait]string{
	rib.AwaitGroup:    "its update group has not come by yet",
	rib.AwaitQueue:    "its send queue is full: it reads slower than we send",
	rib.AwaitTurn:     "it is behind its update group and catches up",
	rib.AwaitDelay:    "announcements are held back for some time after the start (update-delay, advertisement-delay)",
	rib.AwaitInterval: "its update group waits for its next run (advertisement-interval)",
	rib.AwaitOthers:   "bgpd restarted and learns the other neighbors' routes first",
}

// sending puts what a neighbor is told into the operator's terms.
func (x *explainer) sending(to *session) *api.Sending {
	v, s := to.view.Load(), &x.found.Sending
	out := &api.Sending{Neighbor: v.ref(), Group: s.Group, Wait: waits[s.Wait]}
	i := config.FamilyIndex(x.family)
	switch {
	case v.agreed == nil:
		out.Outcome, out.Down = api.SendingNone, v.downNow(time.Now())
		out.Refusal = &api.Refusal{Stage: api.StageSession, Text: "the session is down"}
		if out.Down != nil {
			out.Refusal.Text += ": " + out.Down.String()
		}
		return out
	case !v.setup.Families[i].Active:
		out.Outcome = api.SendingNone
		out.Refusal = &api.Refusal{Stage: api.StageNegotiation, Text: to.name + " is not activated in " + x.family.String(),
			Lines: x.advice("neighbor " + to.name + " activate")}
		return out
	case !v.negotiated(x.family) || !s.Agreed:
		out.Outcome = api.SendingNone
		out.Refusal = &api.Refusal{Stage: api.StageNegotiation, Text: to.name + " has not agreed to " + x.family.String()}
		return out
	}
	out.Holds = s.Holds
	out.Outcome = outcome(&s.Told)
	if s.Reason != 0 {
		out.Refusal = x.withholding(to, v)
		out.Paths = x.sendingPaths(to)
		return out
	}
	sent := rib.PathView{Local: true, RouterID: x.pub.identity.routerID}
	if s.Default {
		out.Rule = "default-originate"
	} else {
		sent = x.found.Candidates[0].PathView
	}
	sent.Sent = s.Attrs
	path := x.peers.path(&sent, api.ViewAdvertised, true)
	out.Path = &path
	if s.PolicyIn != nil {
		out.Rule = x.explainExport(&s.Told, &x.found.Candidates[0]).String()
	}
	out.Paths = x.sendingPaths(to)
	return out
}

// outcome sums up what a neighbor is told of a path.
func outcome(s *rib.Told) api.SendingOutcome {
	switch {
	case s.Wait != rib.Settled:
		return api.SendingPending
	case s.Reason != 0:
		return api.SendingWithheld
	}
	return api.SendingSent
}

// explainExport asks export policy about a path, given what the RIB gave it.
func (x *explainer) explainExport(s *rib.Told, c *rib.Candidate) policy.Explanation {
	return x.exports.exporter(s.Policy).policy.Load().ExplainSent(c.Addr, x.family, s.PolicyIn, c.Post.Local(), c.Post.ASPath(), wire.PrefixFrom(x.found.Prefix))
}

// withholding tells why the neighbor is to have nothing.
func (x *explainer) withholding(to *session, v *view) *api.Refusal {
	s := &x.found.Sending
	out := &api.Refusal{Stage: stages[s.Reason], Text: s.Reason.String()}
	i := config.FamilyIndex(x.family)
	if s.Reason == rib.NoBestPath {
		out.Text = "there is no best path to send"
		return out
	}
	if len(x.found.Candidates) == 0 {
		return out
	}
	best := &x.found.Candidates[0]
	from := x.nameOf(best.Peer)
	switch s.Reason {
	case rib.MissingPolicy:
		out.Text = "no policy for routes to " + to.name + ", which RFC 8212 wants (bgp ebgp-requires-policy)"
		out.Lines = x.advice("neighbor " + to.name + " allow any out")
	case rib.HeldBack:
		out.Text = heldText("routes to "+to.name, v.setup.Families[i].HeldOut)
	case rib.Filtered:
		x.filtered(out, x.explainExport(&s.Told, best))
	case rib.SplitHorizon:
		out.Text = "the best path comes from " + to.name + " itself (split horizon)"
	case rib.NoExport:
		out.Text = fmt.Sprintf("community no-export keeps the path from %s inside AS %d", from, x.pub.config.Router.AS)
	case rib.NoAdvertise:
		out.Text = "community no-advertise keeps the path from " + from + " from every neighbor"
	case rib.IBGPtoIBGP:
		out.Text = fmt.Sprintf("the best path is internal (from %s), and so is %s: one of them would have to be a route reflector client", from, to.name)
		out.Lines = x.advice("neighbor " + to.name + " route-reflector-client")
	case rib.SenderASLoop:
		out.Text = fmt.Sprintf("AS %d of %s is in AS path %s: it would refuse the route", v.agreed.RemoteAS, to.name, pathText(best.Post.ASPath()))
	case rib.NoNextHop:
		out.Text = fmt.Sprintf("no next hop that %s could use: the path's is %s, and we have no address for it on this session", to.name, addrText(best.Post.NextHop()))
		out.Lines = x.advice("neighbor " + to.name + " next-hop ADDRESS")
	case rib.RouteLeak:
		otc, _ := best.Post.OTC()
		out.Text = fmt.Sprintf("it is for customers only (OTC %d), and our role towards %s is %s (RFC 9234)", otc, to.name, roleName(v.setup.Role.Value.Role))
	case rib.Suppressed:
		out.Text = x.suppressedBy(best)
	case rib.Conditional:
		out.Text = conditionText(v.setup.Families[i].Advertise.Value)
	case rib.SiteOfOrigin:
		out.Text = fmt.Sprintf("it comes from the site of %s: it has its site of origin %s", to.name,
			policy.AppendExtCommunity(nil, v.setup.Families[i].Site, false))
	case rib.NoDefault:
		out.Text = fmt.Sprintf("default-originate: no route in use passes route-map %s", v.setup.Families[i].DefaultOriginate.Value.Map)
	case rib.TooLong:
		out.Text = "its attributes leave no room for a prefix in a message"
	}
	return out
}
