package daemon

import (
	"slices"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// addPath is the mode of ADD-PATH (RFC 7911) that the OPEN offers for a family, 0 for none.
func (c *setup) addPath(f wire.Family) (mode uint8) {
	set := &c.Families[config.FamilyIndex(f)]
	if !set.NoPathsIn {
		mode |= wire.AddPathReceive
	}
	if set.PathsOut.Kind != config.BestPathOnly {
		mode |= wire.AddPathSend
	}
	return mode
}

// selection is which paths the RIB sends.
func selection(p config.PathsOut) rib.Selection {
	switch p.Kind {
	case config.AllPaths:
		return rib.AllPaths
	case config.PathPerAS:
		return rib.PathPerAS
	}
	return rib.Selection(p.Count)
}

// sendingPaths tells of each path what a neighbor with ADD-PATH is told.
func (x *explainer) sendingPaths(to *session) (out []api.SendingPath) {
	for i := range x.found.Sending.Paths {
		p := &x.found.Sending.Paths[i]
		v := api.SendingPath{ID: p.ID, PathID: p.PathID, Outcome: outcome(&p.Told), Wait: waits[p.Wait], Holds: p.Holds, Gone: p.Gone}
		if !p.Gone {
			v.From = x.nameOf(p.Peer)
		}
		if p.Reason != 0 {
			v.Reason = x.pathReason(to, p)
		} else {
			v.ASPath, v.NextHop = pathText(p.Attrs.ASPath()), p.Attrs.NextHop()
		}
		out = append(out, v)
	}
	return out
}

// pathReason tells why a neighbor with ADD-PATH is not to have a path.
func (x *explainer) pathReason(to *session, p *rib.SentPath) string {
	switch {
	case p.Gone:
		return "there is no such path any more"
	case p.Reason == rib.SplitHorizon:
		return "it comes from " + to.name + " itself (split horizon)"
	case p.Reason == rib.Filtered && p.PolicyIn != nil:
		i := slices.IndexFunc(x.found.Candidates, func(c rib.Candidate) bool { return c.Peer == p.Peer && c.PathID == p.PathID })
		if i < 0 {
			break
		}
		var told api.Refusal
		x.filtered(&told, x.explainExport(&p.Told, &x.found.Candidates[i]))
		return told.Text
	}
	return p.Reason.String()
}
