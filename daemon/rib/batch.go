package rib

import (
	"bytes"

	"bgpsh/wire"
)

// A Batch carries what one neighbor announced and withdrew, in order, from its reader to Apply. It copies everything it is
// given, is built without a RIB at hand, and is meant to be reused: Reset keeps its memory.
type Batch struct {
	Peer          PeerID
	Generation    uint32 // of the session
	PolicyVersion uint32 // of the import policy that judged it
	Seed          uint64 // Config.Seed: hashing is done while the batch is filled; another value costs Apply the work

	runs  []run
	sets  []set
	items []wire.NLRI
	data  []byte // of the attributes

	family wire.Family // of the sets being added
	came   span        // their attributes before policy
}

// run is a stretch of items that share one fate.
type run struct {
	family wire.Family
	set    int32 // in sets; withdrawals for none
	end    int32 // in items
}

const withdrawals = -1

// set is one result of import: attributes before and after policy.
type set struct {
	pre, post span
	reason    Reason
	has       attr // what is extracted from post, without a reason
}

// span is a stretch of Batch.data with its hash.
type span struct {
	at, end int32
	hash    uint32
}

// Reset empties the batch. Seed stays.
func (b *Batch) Reset() {
	b.Peer, b.Generation, b.PolicyVersion = 0, 0, 0
	b.runs, b.sets, b.items, b.data = b.runs[:0], b.sets[:0], b.items[:0], b.data[:0]
}

// Begin opens a set of announcements with equal attributes: pre before import policy, post after it. With a reason post
// is ignored and the paths are kept as refused; a Malformed set has no attributes at all.
func (b *Batch) Begin(f wire.Family, pre, post wire.Attrs, reason Reason) {
	b.Came(f, pre)
	b.open(f, int32(b.Judge(post, reason)))
}

// Judged names a result of import policy in a batch.
type Judged int32

// Came begins a set of announcements that came with equal attributes, of which policy may make several.
func (b *Batch) Came(f wire.Family, pre wire.Attrs) { b.family, b.came = f, b.put(pre) }

// Judge adds a result for the set that Came began: post and reason are as for Begin.
func (b *Batch) Judge(post wire.Attrs, reason Reason) Judged {
	s := set{pre: b.came}
	switch pre := b.attrs(b.came); {
	case reason == 0 && len(pre) == 0:
		reason = Malformed
	case reason == 0 && bytes.Equal(pre, post):
		s.post = s.pre
	case reason == 0:
		s.post = b.put(post)
	}
	if s.reason = reason; reason == 0 {
		s.has.extract(post)
	}
	b.sets = append(b.sets, s)
	return Judged(len(b.sets) - 1)
}

func (b *Batch) put(a wire.Attrs) span {
	s := span{at: int32(len(b.data)), hash: attrHash(b.Seed, a)}
	b.data = append(b.data, a...)
	s.end = int32(len(b.data))
	return s
}

// open begins a run, unless the last one goes on.
func (b *Batch) open(f wire.Family, set int32) {
	if n := len(b.runs); n == 0 || b.runs[n-1].set != set || b.runs[n-1].family != f {
		b.runs = append(b.runs, run{family: f, set: set, end: int32(len(b.items))})
	}
}

// Announce adds a prefix to the set that Begin opened.
func (b *Batch) Announce(n wire.NLRI) {
	b.items = append(b.items, n)
	b.runs[len(b.runs)-1].end++
}

// AnnounceAs adds a prefix of the set that Came began, with a result that Judge gave for it.
func (b *Batch) AnnounceAs(n wire.NLRI, j Judged) {
	b.open(b.family, int32(j))
	b.Announce(n)
}

// Withdraw adds a withdrawal. It needs no Begin, and ends the set that one opened.
func (b *Batch) Withdraw(f wire.Family, n wire.NLRI) {
	b.open(f, withdrawals)
	b.Announce(n)
}

// Len counts the announcements and withdrawals in b.
func (b *Batch) Len() int { return len(b.items) }

// attrs gives the bytes of a span.
func (b *Batch) attrs(s span) wire.Attrs { return b.data[s.at:s.end] }

// perform brings a batch into the tables.
func (r *RIB) perform(b *Batch, now uint32) {
	at, from, warm := 0, 0, 0 // the next item; those that have been looked up
	sets := 0                 // runs whose attributes have been
	for i, run := range b.runs {
		t := r.table(run.family)
		if t == nil || !t.adjs[b.Peer].up {
			at = int(run.end)
			continue
		}
		a := t.adjs[b.Peer]
		for at < int(run.end) {
			if at >= warm {
				from, warm = at, b.alike(i, at)
				t.warm(b.items[at:warm])
				if sets <= i {
					sets = min(i+warmLen/4, len(b.runs))
					t.warmSets(b, b.runs[i:sets])
				}
			}
			end := min(int(run.end), warm)
			if run.set == withdrawals {
				for ; at < end; at++ {
					n := b.items[at]
					t.withdrawAt(a, t.found(at-from, n.Prefix), n)
				}
			} else {
				t.announceSet(a, b, &b.sets[run.set], at, end, from, now)
				at = end
			}
		}
	}
}

// alike is where the next items end that are looked up together: those from at on, in run i, that are of one family.
func (b *Batch) alike(i, at int) (end int) {
	family, most := b.runs[i].family, at+warmLen
	for ; i < len(b.runs) && b.runs[i].family == family && end < most; i++ {
		end = int(b.runs[i].end)
	}
	return min(end, most)
}

// announceSet announces prefixes with equal attributes: the items of b from at up to end. Those from item from on were warmed.
func (t *table) announceSet(a *adj, b *Batch, s *set, at, end, from int, now uint32) {
	pre := t.keepSpan(b, s.pre)
	post := refused + uint32(s.reason)
	switch {
	case pre == 0 && s.reason == 0:
		post = refused + uint32(TooLong)
	case s.reason == 0 && s.post.at == s.pre.at:
		post = pre
		t.attrs.learn(post, &s.has)
		t.attrs.retain(post)
	case s.reason == 0:
		if post = t.keepSpan(b, s.post); post == 0 {
			post = refused + uint32(TooLong)
		} else {
			t.attrs.learn(post, &s.has)
		}
	}
	judged := b.PolicyVersion == a.version
	for ; at < end; at++ {
		n := b.items[at]
		id := t.found(at-from, n.Prefix)
		if id == 0 {
			id = t.create(n.Prefix, t.ahead.hashes[at-from])
		}
		if judged {
			t.announceAt(a, id, n, pre, post, now)
		} else {
			t.announceJudged(a, id, n, pre, post, now)
		}
	}
	if !judged {
		t.sweep.memo.forget(t)
	}
	t.attrs.release(pre)
	if post < refused {
		t.attrs.release(post)
	}
}

// announceJudged announces a prefix that an older import policy judged.
func (t *table) announceJudged(a *adj, id destID, n wire.NLRI, pre attrID, post uint32, now uint32) {
	post = t.judge(a, pre, post, n.Prefix)
	t.announceAt(a, id, n, pre, post, now)
	if pre != 0 && post < refused {
		t.attrs.release(post)
	}
}

// keepSpan interns attributes of a batch, with a reference for the caller; 0 for none, and for more than a message can
// have.
func (t *table) keepSpan(b *Batch, s span) attrID {
	a := b.attrs(s)
	if len(a) == 0 || len(a) >= 1<<16 {
		return 0
	}
	if b.Seed != t.attrs.seed {
		s.hash = t.attrs.hash(a)
	}
	return t.attrs.keep(a, s.hash)
}

// internResult interns what a policy made, with a reference for the caller, or refuses it.
func (t *table) internResult(a wire.Attrs) uint32 {
	if len(a) == 0 || len(a) >= 1<<16 {
		return refused + uint32(TooLong)
	}
	return t.attrs.intern(a, t.attrs.hash(a))
}
