package daemon

import (
	"net/netip"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// A judge applies importers to the routes of one goroutine: what it finds out about a set of attributes serves for all
// prefixes that come with them.
type judge struct {
	silent bool     // nothing counts, see policy.Run
	runs   [2]*runs // by family; nil before the first route that a policy must look at
	editor wire.Editor

	hop     netip.Addr // a next hop that is fine
	fineFor *importer  // whose judgement that is

	trace   uint64       // of the last evaluate, see rib.Hits: of the policy, and in the upper half of what judges loops
	results []rib.Judged // of the set being announced, by the number of the verdict
}

// runs are what a judge knows of one family.
type runs struct {
	policy policy.Run
	loops  policy.Run // of importFamily.loops
}

// run gives the runs of the family of index i.
func (j *judge) run(i int) *runs {
	if j.runs[i] == nil {
		j.runs[i] = &runs{policy.Run{Silent: j.silent}, policy.Run{Silent: j.silent}}
	}
	return j.runs[i]
}

// Here the policy's and the RIB's word for one thing are the same.
const (
	_ = uint8(policy.HopKept - rib.HopKept)
	_ = uint8(rib.HopKept - policy.HopKept)
)

// constant gives the verdict on a set of attributes where neither policy nor anything else changes or distinguishes its
// routes; false where it does.
func (j *judge) constant(im *importer, pre wire.Attrs, i int) (rib.Reason, bool) {
	own := &im.families[i]
	if reason := im.check(pre, i); reason != 0 {
		return reason, true
	}
	if hop := pre.NextHop(); hop != j.hop || im != j.fineFor { // mostly a neighbor's routes have one
		if im.hopFault(hop.Unmap()) != "" {
			return rib.NextHop, true
		}
		j.hop, j.fineFor = hop, im
	}
	if own.asksLoops(pre) {
		return rib.ASLoop, own.loops.Plain() && own.loops.Judge() != policy.Accepted
	}
	return policyReason(own.policy.Judge()), own.policy.Plain() && !own.rules.edits(pre)
}

// evaluate judges one route and, when it accepts, edits e, which was reset to pre.
func (j *judge) evaluate(im *importer, e *wire.Editor, pre wire.Attrs, f wire.Family, p wire.Prefix) rib.Reason {
	j.trace = 0
	i := config.FamilyIndex(f)
	if i < 0 {
		return rib.NotNegotiated
	}
	if reason, constant := j.constant(im, pre, i); constant {
		return reason
	}
	own := &im.families[i]
	run := j.run(i)
	if own.asksLoops(pre) {
		permitted := run.loops.Permits(own.loops, netip.Addr{}, f, pre, p)
		j.trace = uint64(run.loops.Trace()) << 32
		if !permitted {
			return rib.ASLoop
		}
	}
	own.rules.before(e)
	reason := run.policy.Eval(own.policy, e, f, e.Attrs(), p)
	j.trace |= uint64(run.policy.Trace())
	if reason != policy.Accepted {
		return policyReason(reason)
	}
	own.rules.after(e)
	return 0
}

// again counts a trace of f once more, for a route that got what was remembered.
func (j *judge) again(trace uint64, f wire.Family, p wire.Prefix) {
	r := j.run(config.FamilyIndex(f))
	r.policy.Again(policy.Trace(trace), f, p)
	if trace>>32 != 0 {
		r.loops.Again(policy.Trace(trace>>32), f, p)
	}
}

// announce judges the prefixes of an UPDATE that came with attributes pre, and adds them to a batch.
func (j *judge) announce(im *importer, b *rib.Batch, pre wire.Attrs, f wire.Family, n wire.NLRIs) (count int) {
	i := config.FamilyIndex(f)
	reason, constant := j.constant(im, pre, i)
	if constant {
		b.Begin(f, pre, pre, reason)
		for nlri, ok := n.Next(); ok; nlri, ok = n.Next() {
			b.Announce(nlri)
			count++
		}
		return count
	}
	own := &im.families[i]
	b.Came(f, pre)
	j.editor.Reset(pre)
	own.rules.before(&j.editor)
	run, loops, asks := &j.run(i).policy, &j.run(i).loops, own.asksLoops(pre)
	run.Begin(own.policy, f, j.editor.Attrs(), j.editor.Attrs().Local())
	looped := unjudged
	j.results = j.results[:0]
	for nlri, ok := n.Next(); ok; nlri, ok = n.Next() {
		count++
		if asks && !loops.Permits(own.loops, netip.Addr{}, f, pre, nlri.Prefix) {
			if looped == unjudged {
				looped = b.Judge(nil, rib.ASLoop)
			}
			b.AnnounceAs(nlri, looped)
			continue
		}
		verdict := run.Verdict(nlri.Prefix)
		for verdict >= len(j.results) {
			j.results = append(j.results, unjudged)
		}
		if j.results[verdict] == unjudged {
			j.results[verdict] = j.finish(own, b, verdict, i)
		}
		b.AnnounceAs(nlri, j.results[verdict])
	}
	return count
}

// unjudged stands for a verdict that a batch does not know yet.
const unjudged rib.Judged = -1

// finish gives the batch what policy said of a set in the family of index i, with the changes that follow policy.
func (j *judge) finish(own *importFamily, b *rib.Batch, verdict, i int) rib.Judged {
	post, _, reason := j.run(i).policy.Result(verdict)
	if reason == policy.Accepted && own.rules.finishes(post) {
		j.editor.Reset(post)
		own.rules.after(&j.editor)
		post = j.editor.Attrs()
	}
	return b.Judge(post, policyReason(reason))
}

// flush makes the hits counted so far visible.
func (j *judge) flush() {
	for _, r := range j.runs {
		if r != nil {
			r.policy.Flush()
			r.loops.Flush()
		}
	}
}

// evaluate judges one route by itself.
func (im *importer) evaluate(e *wire.Editor, pre wire.Attrs, f wire.Family, p wire.Prefix) rib.Reason {
	var j judge
	return j.evaluate(im, e, pre, f, p)
}
