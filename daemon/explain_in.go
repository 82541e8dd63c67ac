package daemon

import (
	"fmt"
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/journal"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// stages are where each reason stops a path.
var stages = map[rib.Reason]api.Stage{
	rib.MissingPolicy: api.StageMissingPolicy, rib.HeldBack: api.StageConfiguration, rib.Filtered: api.StagePolicy,
	rib.ASLoop: api.StageLoop, rib.FirstAS: api.StageFirstAS, rib.NextHop: api.StageNextHop, rib.Malformed: api.StageMalformed,
	rib.OriginatorLoop: api.StageLoop, rib.ClusterLoop: api.StageLoop, rib.RouteLeak: api.StageRole, rib.Limit: api.StageLimit,
	rib.NotNegotiated: api.StageNegotiation, rib.SplitHorizon: api.StageSplitHorizon, rib.NoExport: api.StageCommunity,
	rib.NoAdvertise: api.StageCommunity, rib.IBGPtoIBGP: api.StageInternal, rib.SenderASLoop: api.StageLoop,
	rib.NoNextHop: api.StageNextHop, rib.TooLong: api.StageLimit, rib.NoBestPath: api.StageNoBest, rib.ASSet: api.StageASSet,
	rib.Suppressed: api.StageAggregate, rib.Conditional: api.StagePolicy, rib.SiteOfOrigin: api.StageLoop, rib.NoDefault: api.StagePolicy, rib.LimitOut: api.StageLimit, rib.AwaitsFilter: api.StagePolicy,
}

// refusal tells why import refused a path. The path is judged again; where the verdict is another one by now, because the
// configuration changed and the table has not come by yet, that is the answer.
func (x *explainer) refusal(c *rib.Candidate) *api.Refusal {
	out := &api.Refusal{Stage: stages[c.Reason], Text: c.Reason.String()}
	if c.Peer == rib.Local {
		x.filtered(out, x.explainOwn(c))
		return out
	}
	im, s := x.importers[c.Peer], x.sessions[c.Peer]
	if im == nil || s == nil {
		return out
	}
	switch c.Reason {
	case rib.Malformed:
		x.malformed(out, c, s)
		return out
	case rib.TooLong, rib.Limit:
		return out
	}
	pfx := wire.PrefixFrom(x.found.Prefix)
	var e wire.Editor
	e.Reset(c.Pre)
	if now := im.evaluate(&e, c.Pre, x.family, pfx); now != c.Reason {
		out.Stage = api.StageChanging
		out.Text = fmt.Sprintf("%s until now; about to be judged again (%s)", c.Reason, now)
		return out
	}
	x.detail(out, c, im, s)
	return out
}

// detail says what in the path and in the configuration led to the verdict.
func (x *explainer) detail(out *api.Refusal, c *rib.Candidate, im *importer, s *session) {
	i, path := config.FamilyIndex(x.family), c.Pre.ASPath()
	set := s.view.Load().setup
	switch c.Reason {
	case rib.MissingPolicy:
		out.Text = "no policy for routes from " + s.name + ", which RFC 8212 wants (bgp ebgp-requires-policy)"
		out.Lines = x.advice("neighbor " + s.name + " allow any in")
	case rib.HeldBack:
		out.Text = heldText("routes from "+s.name, set.Families[i].HeldIn)
	case rib.Filtered:
		x.filtered(out, x.explainImport(c, im))
	case rib.ASLoop:
		out.Text = loopText(&im.families[i].rules, path)
		if own := &im.families[i]; own.asksLoops(c.Pre) {
			why := own.loops.Explain(x.family, c.Pre, c.Pre.Local(), wire.PrefixFrom(x.found.Prefix))
			if why.Reason != policy.Accepted {
				out.Text += "; allowas-in: " + why.String()
				out.Rule, out.Steps = why.String(), stepsOf(why.Steps)
			}
		}
	case rib.FirstAS:
		out.Text = fmt.Sprintf("AS path %s does not begin with the neighbor's AS %d (enforce-first-as)", pathText(path), im.remoteAS)
	case rib.NextHop:
		nh := c.Pre.NextHop()
		out.Text = fmt.Sprintf("next hop %s %s", addrText(nh), im.hopFault(nh.Unmap()))
	case rib.OriginatorLoop:
		out.Text = fmt.Sprintf("originator ID %s is our own router ID", addr4(im.routerID))
	case rib.ClusterLoop:
		out.Text = fmt.Sprintf("our cluster %s is in the cluster list", addr4(im.clusterID))
	case rib.RouteLeak:
		otc, _ := c.Pre.OTC()
		out.Text = fmt.Sprintf("route leak: it has OTC %d, and our role towards %s is %s (RFC 9234)", otc, s.name, roleName(im.families[i].rules.role))
	case rib.ASSet:
		out.Text = fmt.Sprintf("AS path %s has an AS set (bgp reject-as-sets)", pathText(path))
	}
}

func loopText(r *importRules, path wire.ASPath) string {
	as, most, count := r.ownAS, r.times, path.Count(r.ownAS)
	switch {
	case count > most:
	case r.confedAS != 0 && path.CountOutside(r.confedAS) > most:
		as, count = r.confedAS, path.CountOutside(r.confedAS)
	default:
		as, most, count = r.localAS, r.localTime, path.Count(r.localAS)
	}
	times := fmt.Sprintf("%d times", count)
	if count == 1 {
		times = "once"
	}
	allowed := "not allowed"
	if most > 0 {
		allowed = fmt.Sprintf("%d allowed", most)
	}
	return fmt.Sprintf("our AS %d is in AS path %s %s, %s (loop)", as, pathText(path), times, allowed)
}

func pathText(p wire.ASPath) string {
	if len(p) == 0 {
		return "(empty)"
	}
	return p.String()
}

// heldText names the line that holds routes back.
func heldText(what string, held []config.Held) string {
	if len(held) == 0 {
		return "a configuration error holds back " + what
	}
	h := held[0]
	return fmt.Sprintf("a configuration error holds back %s: %s (%s)", what, h.Place, h.Reason)
}

// filtered names the rule of a policy that refused, and the entries of its maps.
func (x *explainer) filtered(out *api.Refusal, why policy.Explanation) {
	out.Text, out.Rule, out.Steps = why.Reason.String(), why.String(), stepsOf(why.Steps)
	if why.Rule != "" {
		out.Text = why.String()
	}
}

func stepsOf(steps []policy.Step) (out []api.PolicyStep) {
	for _, s := range steps {
		out = append(out, api.PolicyStep{Map: s.Map, Seq: s.Seq, Permit: s.Permit, Matched: s.Matched, Clause: s.Clause, Calls: s.Calls})
	}
	return out
}

// explainImport asks import policy about a path, given what the importer gives it.
func (x *explainer) explainImport(c *rib.Candidate, im *importer) policy.Explanation {
	own := &im.families[config.FamilyIndex(x.family)]
	var e wire.Editor
	e.Reset(c.Pre)
	own.rules.before(&e)
	in := slices.Clone(e.Attrs())
	return own.policy.Explain(x.family, in, in.Local(), wire.PrefixFrom(x.found.Prefix))
}

// passedBy names the rule of import policy that let a path pass; empty where no policy restricts it.
func (x *explainer) passedBy(c *rib.Candidate) string {
	im := x.importers[c.Peer]
	if c.Peer == rib.Local {
		if name, _ := x.ownMap(c); name != "" {
			return x.explainOwn(c).String()
		}
	}
	if im == nil || c.Local {
		return ""
	}
	if im.families[config.FamilyIndex(x.family)].policy == nil {
		return ""
	}
	if why := x.explainImport(c, im); why.Reason == policy.Accepted {
		return why.String()
	}
	return "" // its policy changed, and it is about to be judged again
}

// malformed finds the message that RFC 7606 made a withdrawal of, by reading the kept ones again.
func (x *explainer) malformed(out *api.Refusal, c *rib.Candidate, s *session) {
	for _, m := range s.log.Mistakes() {
		if werr := x.blames(&m, c); werr != nil {
			out.Text = fmt.Sprintf("%s: treated as withdrawn (RFC 7606)", werr.Text)
			out.Message, out.At = m.Bytes, m.Time
			if werr.Attr != 0 {
				out.Attribute = werr.Attr.String()
			}
			return
		}
	}
	out.Text += "; the message is not kept any more"
}

// blames gives what was wrong with a message, if that is how it announced a candidate.
func (x *explainer) blames(m *journal.Mistake, c *rib.Candidate) (found *wire.Error) {
	if len(m.Bytes) < m.Len || m.Len < wire.HeaderLen {
		return nil
	}
	u, err := wire.ParseUpdate(m.Bytes[wire.HeaderLen:], &m.Params)
	if err != nil {
		return nil
	}
	want := wire.NLRI{ID: c.PathID, Prefix: wire.PrefixFrom(x.found.Prefix)}
	u.Parts(func(p wire.Part) bool {
		p.NLRI.All(func(n wire.NLRI) bool {
			if p.Malformed && p.Family == x.family && n == want {
				found = u.Err()
			}
			return found == nil
		})
		return found == nil
	})
	return found
}
