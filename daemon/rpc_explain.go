package daemon

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"sync"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// localName stands for this router where a neighbor is named.
const localName = "local"

// An explainer puts one explanation of the RIB into the operator's terms. It judges paths again by the importers that the RIB
// judged them by, outside the loop.
type explainer struct {
	pub       *publication
	peers     *peerNames
	family    wire.Family
	sessions  map[rib.PeerID]*session
	importers map[rib.PeerID]*importer
	exports   *exports
	found     rib.Explanation
	counts    map[*session]rib.Counters // where no path was found
	// redistributed tells where the route to the prefix comes from that is redistributed now; false: there is none.
	redistributed func() (originated, bool)
}

func (d *Daemon) explain(ctx context.Context, _ *ipc.Caller, p api.ExplainParams) (api.Explanation, error) {
	pub, err := d.bgp()
	if err != nil {
		return api.Explanation{}, err
	}
	q, err := explainQuery(&p)
	if err != nil {
		return api.Explanation{}, err
	}
	var from, to *session
	if p.From != "" && p.From != localName {
		if from, err = pub.neighbor(p.From); err != nil {
			return api.Explanation{}, err
		}
	}
	if p.To != "" {
		if to, err = pub.neighbor(p.To); err != nil {
			return api.Explanation{}, err
		}
	}
	x := &explainer{
		pub: pub, peers: newPeerNames(pub), family: q.Family, exports: d.controller.exports,
		sessions: map[rib.PeerID]*session{}, importers: map[rib.PeerID]*importer{}, counts: map[*session]rib.Counters{},
	}
	x.redistributed = sync.OnceValues(func() (originated, bool) { return d.redistributedAs(pub.config, x.found.Prefix) })
	if err := d.loop.ask(ctx, func(r *rib.RIB) { x.read(r, d.loop, q, to) }); err != nil {
		return api.Explanation{}, err
	}
	return x.explanation(&p, from, to), nil
}

// explainQuery checks the parameters and puts them into the RIB's terms.
func explainQuery(p *api.ExplainParams) (q rib.ExplainQuery, err error) {
	addr := p.Address
	if p.Prefix.IsValid() {
		addr = p.Prefix.Addr()
	}
	if !addr.IsValid() || p.Prefix.IsValid() == p.Address.IsValid() {
		return q, badParam("prefix", "one of prefix and address is needed")
	}
	i := indexOf(addr)
	if p.Family != "" && p.Family != apiFamilies[i] {
		return q, badParam("family", fmt.Sprintf("%s is not of family %s", addr, p.Family))
	}
	return rib.ExplainQuery{Family: config.Families[i], Prefix: p.Prefix.Masked(), Addr: p.Address}, nil
}

// read asks the RIB, on its loop.
func (x *explainer) read(r *rib.RIB, l *ribLoop, q rib.ExplainQuery, to *session) {
	if to != nil {
		q.To = to.stream.peer
	}
	found := false
	x.found, found = r.Explain(q)
	x.peers.learn(x.pub)
	for _, s := range x.pub.sessions {
		if s.stream.peer == rib.Local {
			continue
		}
		x.sessions[s.stream.peer] = s
		if !found {
			x.counts[s] = r.Counters(s.stream.peer, x.family)
		}
	}
	for i := range x.found.Candidates {
		peer := x.found.Candidates[i].Peer
		x.importers[peer] = l.imports[peer]
	}
}

func (x *explainer) explanation(p *api.ExplainParams, from, to *session) api.Explanation {
	out := api.Explanation{
		Family: apiFamily(x.family), TableVersion: x.found.Version, RouterID: addr4(x.pub.identity.routerID), AS: x.pub.config.Router.AS,
		ASNotation: x.pub.notation(),
		Prefix:     x.found.Prefix, Changing: x.found.Changing, Paths: []api.PathVerdict{}, Total: len(x.found.Candidates),
	}
	for i := range x.found.Candidates {
		c := &x.found.Candidates[i]
		v := x.verdict(c)
		if v.Outcome == api.OutcomeRefused {
			out.Refused++
		}
		if v.Outcome == api.OutcomeBest {
			out.Best = &v
		}
		if p.From == "" || p.From == localName && c.Peer == rib.Local || from != nil && c.Peer != rib.Local && x.sessions[c.Peer] == from {
			out.Paths = append(out.Paths, v)
		}
	}
	sort.SliceStable(out.Paths, func(i, j int) bool { return rank(out.Paths[i].Outcome) < rank(out.Paths[j].Outcome) })
	if c := x.found.Covering; c.IsValid() {
		out.Covering, out.CoveringFrom = c, x.nameOf(x.found.CoveringPeer)
	}
	if len(out.Paths) == 0 {
		out.Absent = x.absent(p, from)
	}
	if to != nil {
		out.Sending = x.sending(to)
	}
	return out
}

func rank(o api.Outcome) int {
	return slices.Index([]api.Outcome{api.OutcomeBest, api.OutcomeMultipath, api.OutcomeLost, api.OutcomeRefused}, o)
}

// nameOf is the name of a path's neighbor.
func (x *explainer) nameOf(p rib.PeerID) string {
	if p == rib.Local {
		return localName
	}
	if v := x.peers.byID[p]; v != nil {
		return v.setup.Name
	}
	return "a removed neighbor"
}

// verdict puts one candidate into the operator's terms.
func (x *explainer) verdict(c *rib.Candidate) api.PathVerdict {
	v := api.PathVerdict{Path: x.peers.path(&c.PathView, api.ViewTable, true)}
	if from, ok := x.redistributed(); ok && v.Redistributed == from.origin.Protocol.String() {
		v.Redistributed, v.Interface = from.origin.String(), from.link
	}
	if c.Reason != 0 {
		v.Outcome, v.Refusal = api.OutcomeRefused, x.refusal(c)
		return v
	}
	switch {
	case c.Best:
		v.Outcome = api.OutcomeBest
	case c.Multi:
		v.Outcome = api.OutcomeMultipath
	default:
		v.Outcome = api.OutcomeLost
	}
	v.Step, v.Rule = c.Step.String(), x.passedBy(c)
	if c.Versus >= 0 {
		other := &x.found.Candidates[c.Versus]
		v.Versus, v.VersusID = x.nameOf(other.Peer), receivedID(&other.PathView)
		v.Own, v.Other = rungText(c.Step, c.Own), rungText(c.Step, c.Other)
	}
	return v
}

// rungText is a value of the ladder for the operator.
func rungText(s rib.Step, r rib.Rung) string {
	switch s {
	case rib.StepStale:
		return [...]string{"fresh", "long-lived stale"}[r.Number&1]
	case rib.StepLocal:
		return [...]string{"from a neighbor", "originated here"}[r.Number&1]
	case rib.StepPeerType:
		return [...]string{"external", "internal"}[r.Number&1]
	case rib.StepOrigin:
		return map[api.Origin]string{api.OriginIGP: "IGP", api.OriginEGP: "EGP", api.OriginIncomplete: "incomplete"}[originName(uint8(r.Number))]
	case rib.StepOlder:
		return r.Time.UTC().Format(time.RFC3339)
	case rib.StepRouterID:
		return addr4(uint32(r.Number)).String()
	case rib.StepNeighborIP:
		return r.Addr.String()
	}
	switch {
	case r.Assumed && s == rib.StepLocalPref:
		return fmt.Sprintf("%d by default", r.Number)
	case r.Assumed:
		return fmt.Sprintf("%d for none", r.Number)
	}
	return fmt.Sprint(r.Number)
}

// absent says who might have sent a path and has not.
func (x *explainer) absent(p *api.ExplainParams, from *session) []string {
	what := x.found.Prefix.String()
	if !x.found.Prefix.IsValid() {
		what = p.Address.String()
	}
	if p.From == localName {
		text := what + " is not originated here: no network statement of " + x.family.String() + " has it"
		if len(x.pub.config.Router.Redistributions[config.FamilyIndex(x.family)]) > 0 {
			text += ", nor has anything that is redistributed"
		}
		return []string{text}
	}
	if from != nil {
		return []string{x.silent(from, what)}
	}
	out := []string{"no neighbor has sent " + what + ", and it is not originated here"}
	for _, s := range x.pub.sessions {
		i := config.FamilyIndex(x.family)
		if v := s.view.Load(); v.setup.Families[i].Active && (!v.negotiated(x.family) || !x.counts[s].EndOfRIBIn) {
			out = append(out, x.silent(s, what))
		}
	}
	return out
}

// silent says why a neighbor may not have sent a prefix.
func (x *explainer) silent(s *session, what string) string {
	v := s.view.Load()
	switch {
	case v.agreed == nil && v.down != nil:
		return s.name + " is down: " + v.downNow(time.Now()).String()
	case !v.setup.Families[config.FamilyIndex(x.family)].Active:
		return s.name + " is not activated in " + x.family.String()
	case !v.negotiated(x.family):
		return s.name + " has not agreed to " + x.family.String()
	case len(x.found.Candidates) == 0 && !x.counts[s].EndOfRIBIn:
		return s.name + " has not sent all of its routes yet"
	}
	return s.name + " has not sent " + what
}

// advice gives the lines to type for a family, with those that lead to their mode.
func (x *explainer) advice(lines ...string) []string {
	words := [...]string{"ipv4 unicast", "ipv6 unicast"}[config.FamilyIndex(x.family)]
	head := []string{fmt.Sprintf("router bgp %d", x.pub.config.Router.AS), "address-family " + words}
	return append(head, lines...)
}

// addrText is an address for a sentence; "none" where there is none.
func addrText(a netip.Addr) string {
	if !a.IsValid() {
		return "none"
	}
	return a.String()
}
