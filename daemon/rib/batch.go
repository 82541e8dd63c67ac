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
	hashed bool        // the hash of came is known
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
	pre    span // none where came tells them
	post   span
	came   uint16 // bytes at the end of post that are no attributes but their origin, see came.go
	reason Reason
	has    attr // what is extracted from post, without a reason
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
func (b *Batch) Came(f wire.Family, pre wire.Attrs) {
	at := int32(len(b.data))
	b.data = append(b.data, pre...)
	b.family, b.came, b.hashed = f, span{at: at, end: int32(len(b.data))}, false
}

// Judge adds a result for the set that Came began: post and reason are as for Begin.
func (b *Batch) Judge(post wire.Attrs, reason Reason) Judged {
	s := set{}
	switch pre := b.attrs(b.came); {
	case reason == 0 && len(pre) == 0:
		reason = Malformed
	case reason == 0 && bytes.Equal(pre, post):
		s.pre = b.original()
		s.post = s.pre
	case reason == 0:
		s.post, s.came = b.made(pre, post)
	}
	if s.reason = reason; reason == 0 {
		s.has.extract(post)
	}
	if s.came == 0 {
		s.pre = b.original()
	}
	b.sets = append(b.sets, s)
	return Judged(len(b.sets) - 1)
}

// original gives the attributes that Came got, with their hash.
func (b *Batch) original() span {
	if !b.hashed {
		b.came.hash, b.hashed = attrHash(b.Seed, b.attrs(b.came)), true
	}
	return b.came
}

// made adds what policy made of pre, with its origin behind it where both find room in one record: then came is not 0.
func (b *Batch) made(pre, post wire.Attrs) (s span, came uint16) {
	s.at = int32(len(b.data))
	b.data, came = appendMade(b.data, pre, post)
	s.end = int32(len(b.data))
	s.hash = attrHash(b.Seed, b.attrs(s))
	return s, came
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
	pre, post := t.keepSet(b, s)
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
	t.let(pre, post)
}

// keepSet interns the attributes of a set before and after policy, with a reference for the caller on each.
func (t *table) keepSet(b *Batch, s *set) (pre attrID, post uint32) {
	switch {
	case s.reason != 0:
		return t.keepSpan(b, s.pre, 0), refused + uint32(s.reason)
	case s.came != 0 || s.pre.at == s.post.at:
		pre = t.keepSpan(b, s.post, s.came)
		post = pre
		t.attrs.retain(post)
	default:
		if pre = t.keepSpan(b, s.pre, 0); pre != 0 {
			post = t.keepSpan(b, s.post, 0)
		}
	}
	if post == 0 {
		return pre, refused + uint32(TooLong)
	}
	t.attrs.learn(post, &s.has)
	return pre, post
}

// let gives back the references on a path's attributes before and after policy.
func (t *table) let(pre attrID, post uint32) {
	t.attrs.release(pre)
	if post < refused {
		t.attrs.release(post)
	}
}

// announceJudged announces a prefix that an older import policy judged.
func (t *table) announceJudged(a *adj, id destID, n wire.NLRI, pre attrID, post uint32, now uint32) {
	pre, post = t.judge(a, pre, post, n.Prefix)
	t.announceAt(a, id, n, pre, post, now)
	t.let(pre, post)
}

// keepSpan interns attributes of a batch, of which the last bytes are their origin, with a reference for the caller; 0 for none, and for
// more than a message can have.
func (t *table) keepSpan(b *Batch, s span, came uint16) attrID {
	a := b.attrs(s)
	if len(a) == 0 || len(a)-int(came) >= 1<<16 {
		return 0
	}
	if b.Seed != t.attrs.seed {
		s.hash = t.attrs.hash(a)
	}
	return t.attrs.keepMade(a, int(came), s.hash)
}

// internResult interns what a policy made, with a reference for the caller, or refuses it.
func (t *table) internResult(a wire.Attrs) uint32 {
	if len(a) == 0 || len(a) >= 1<<16 {
		return refused + uint32(TooLong)
	}
	return t.attrs.intern(a, t.attrs.hash(a))
}
