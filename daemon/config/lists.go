package config

import (
	"fmt"
	"math"
	"slices"
	"time"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// listEdit is what an edit knows of lists and maps while it goes on. Those of the configuration that it started from are
// shared and never changed: the first edit of each makes a copy.
type listEdit struct {
	owned map[policy.Ref]bool // made or copied in this edit
	addingEdit
	routes  string // name and number of the entry of a route map that is open
	entry   uint32
	mapLine map[policy.Ref]Line // the last line about a list or map
}

// touch notes the line being applied as one about a list or map.
func (e *edit) touch(r policy.Ref) {
	if e.mapLine == nil {
		e.mapLine = map[policy.Ref]Line{}
	}
	e.mapLine[r] = e.line
}

// own gives the value under a name as one that this edit may change: a new one, a copy at the first time, or nil where there
// is none and fresh is nil.
func own[T any](e *edit, in *map[string]*T, r policy.Ref, copyOf func(*T) *T, fresh func() *T) *T {
	have := (*in)[r.Name]
	if have == nil && fresh == nil {
		return nil
	}
	e.touch(r)
	if have != nil && e.owned[r] {
		return have
	}
	if have == nil {
		have = fresh()
	} else {
		have = copyOf(have)
	}
	if *in == nil {
		*in = map[string]*T{}
	}
	if e.owned == nil {
		e.owned = map[policy.Ref]bool{}
	}
	(*in)[r.Name], e.owned[r] = have, true
	return have
}

// drop removes a list or map.
func drop[T any](e *edit, in map[string]*T, r policy.Ref) {
	if in[r.Name] == nil {
		e.say(Notice, "%s is not configured", r)
		return
	}
	e.touch(r)
	delete(in, r.Name)
	delete(e.owned, r)
	e.releaseRef(r)
}

// listLine is a list's line as putLine finds it.
type listLine interface {
	policy.AccessEntry | policy.PathEntry | policy.CommunityEntry
}

// seqOf finds the number of a line.
func seqOf[E listLine](x *E) *uint32 {
	switch v := any(x).(type) {
	case *policy.AccessEntry:
		return &v.Seq
	case *policy.PathEntry:
		return &v.Seq
	case *policy.CommunityEntry:
		return &v.Seq
	}
	return nil
}

// putLine puts a line into a list in the order of the numbers: in place of the one with its number, at the end where it has
// none (next gives the number after the last), and not at all where one says the same already. r is the list, for messages.
func putLine[E listLine](r policy.Ref, list []E, x E, given bool, next func(last uint32) uint32, same func(a, b *E) bool) ([]E, error) {
	if slices.ContainsFunc(list, func(y E) bool { return same(&x, &y) }) {
		return list, nil
	}
	if !given {
		last := uint32(0)
		if len(list) > 0 {
			last = *seqOf(&list[len(list)-1])
		}
		if last == math.MaxUint32 {
			return list, errNumbered(r)
		}
		*seqOf(&x) = next(last)
	}
	i, found := slices.BinarySearchFunc(list, *seqOf(&x), func(y E, seq uint32) int { return compareSeq(*seqOf(&y), seq) })
	if found {
		list[i] = x
		return list, nil
	}
	return slices.Insert(list, i, x), nil
}

// errNumbered refuses a line without a number behind the last number that there is.
func errNumbered(r policy.Ref) error {
	return fmt.Errorf("%s ends with number %d, so a line behind it has none: say seq N, with a free number below, or renumber that line first", r, uint32(math.MaxUint32))
}

func compareSeq(a, b uint32) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Both ways of FRR's to number a line without a number, which end at the last one.
func fiveOn(last uint32) uint32     { return last + min(5, math.MaxUint32-last) }
func nextOfFive(last uint32) uint32 { return fiveOn(last / 5 * 5) }

// withoutLine removes the line with a number, or the one that says what x says; it reports whether there was one.
func withoutLine[E listLine](list []E, x E, given bool, same func(a, b *E) bool) ([]E, bool) {
	i := slices.IndexFunc(list, func(y E) bool {
		if given {
			return *seqOf(&x) == *seqOf(&y)
		}
		return same(&x, &y)
	})
	if i < 0 {
		return list, false
	}
	return slices.Delete(list, i, i+1), true
}

// noEntry says that a line to be removed is not there.
func (e *edit) noEntry(r policy.Ref) { e.say(Notice, "%s has no such line", r) }

// sixIndex is 1 for statements about IPv6.
func sixIndex(six bool) int {
	if six {
		return 1
	}
	return 0
}

// prefixRef names a prefix list.
func prefixRef(six bool, name string) policy.Ref {
	return policy.Ref{Kind: policy.RefPrefixList + policy.RefKind(sixIndex(six)), Name: name}
}

func (e *edit) prefixList(six bool, name string) *policy.PrefixList {
	return own(e, &e.config.Policy.PrefixLists[sixIndex(six)], prefixRef(six, name), func(l *policy.PrefixList) *policy.PrefixList {
		out := *l
		out.Entries = slices.Clone(l.Entries)
		return &out
	}, func() *policy.PrefixList { return &policy.PrefixList{Name: name, Six: six} })
}

// readPrefixEntry reads the rule of a prefix list's line.
func (e *edit) readPrefixEntry(six bool, c grammar.Command) (policy.PrefixEntry, error) {
	x := policy.AnyPrefix(six)
	if !c.Args.Has("any") {
		typed := c.Args.Prefix("prefix")
		if typed != typed.Masked() {
			e.say(Notice, "%s taken as %s", typed, typed.Masked())
		}
		x = policy.NewPrefixEntry(typed, uint8(c.Args.Uint("ge")), uint8(c.Args.Uint("le")))
		low, high := int(x.Len), typed.Addr().BitLen()
		if c.Args.Has("ge") {
			low = int(x.GE)
		}
		if c.Args.Has("le") {
			high = int(x.LE)
		}
		if low < int(x.Len) || low > high {
			return x, frr(fmt.Sprintf("Invalid prefix range for %s: Make sure that mask length <= ge <= le", typed.Masked()))
		}
	}
	if c.Args.Text("action") == "permit" {
		x.Flags |= policy.Permit
	}
	x.Seq = c.Args.Uint32("seq")
	return x, nil
}

func setPrefixList(six bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		x, err := e.readPrefixEntry(six, c)
		if err != nil {
			return err
		}
		return e.addEntry(six, c.Args.Text("name"), x)
	}
}

func unsetPrefixList(six bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		name := c.Args.Text("name")
		r, all := prefixRef(six, name), e.config.Policy.PrefixLists[sixIndex(six)]
		given := c.Args.Has("seq")
		e.settledList(six, name)
		if all[name] == nil || !given && !c.Args.Has("action") {
			drop(e, all, r)
			return nil
		}
		var x policy.PrefixEntry
		if c.Args.Has("action") {
			var err error
			if x, err = e.readPrefixEntry(six, c); err != nil {
				return err
			}
		}
		seq := c.Args.Uint32("seq")
		l := e.prefixList(six, name)
		i := slices.IndexFunc(l.Entries, func(y policy.PrefixEntry) bool { return given && y.Seq == seq || !given && y.Same(&x) })
		if i < 0 {
			e.noEntry(r)
			return nil
		}
		if l.Entries = slices.Delete(l.Entries, i, i+1); len(l.Entries) == 0 && l.Description == "" {
			drop(e, all, r)
		}
		return nil
	}
}

func describePrefixList(six, on bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		name := c.Args.Text("name")
		all := e.config.Policy.PrefixLists[sixIndex(six)]
		if !on {
			e.settledList(six, name)
		}
		if !on && all[name] == nil {
			drop(e, all, prefixRef(six, name))
			return nil
		}
		l := e.prefixList(six, name)
		l.Description = ""
		if on {
			l.Description = c.Args.Text("text")
		} else if len(l.Entries) == 0 {
			drop(e, all, prefixRef(six, name))
		}
		return nil
	}
}

// ListDelay is how long a live change of a list waits before it takes effect, def where nothing is configured.
func (c *Config) ListDelay(def time.Duration) time.Duration {
	if c.Router == nil {
		return def
	}
	return pick(c.Router.MapDelay, time.Second, def)
}
