package config

import (
	"math"
	"slices"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// addingEdit is what an edit knows of the prefix lists that it adds lines to.
type addingEdit struct {
	reader  prefixReader[string]
	adding  [2]map[string]*addedList // by name, the IPv6 ones second
	current *addedList               // whose lines come one after the other; nil: none
	fresh   []policy.PrefixEntry     // of the current one, to be put behind its entries
	rules   ruleSet
}

// An addedList is a prefix list that has got lines. Its entries from a place on are as the lines came, until it is settled.
type addedList struct {
	*policy.PrefixList
	settled int
	last    uint32 // the last number is not above it
}

// quick takes a line of a prefix list without the grammar, which is how the many lines of an exchange are read, and reports whether it was
// one. All other lines take the way through the grammar; with settles also those of a list that holds something back.
func (e *edit) quick(s *grammar.Scanner, line string, settles bool) bool {
	r := &e.reader
	if !s.AtTop() || !r.read(line) || settles && e.holdsList(prefixRef(r.six, r.name)) || !addEntries(e, r.six, r.name, r.entry) {
		return false
	}
	s.Took()
	return true
}

// holdsList reports that a list has a line that is not in force, which another line may settle.
func (e *edit) holdsList(r policy.Ref) bool {
	return len(e.config.Held) > 0 && slices.ContainsFunc(e.config.Held, func(h Held) bool { return h.Scope == HoldsList && h.Ref == r })
}

// addEntries adds lines to a prefix list, behind those that it got before; see withLines. It adds none and reports false when there may be
// no number left for one: addEntry tells.
func addEntries[T chars](e *edit, six bool, name T, lines ...policy.PrefixEntry) bool {
	l := adding(e, six, name)
	last := l.last
	for i := range lines {
		switch seq := lines[i].Seq; {
		case seq > last:
			last = seq
		case seq == 0 && last == math.MaxUint32:
			return false
		case seq == 0:
			last = fiveOn(last)
		}
	}
	l.last = last
	if l != e.current {
		e.close()
		e.current = l
	}
	e.fresh = append(e.fresh, lines...)
	return true
}

// addEntry adds one line to a prefix list, or says why it cannot be.
func (e *edit) addEntry(six bool, name string, x policy.PrefixEntry) error {
	if addEntries(e, six, name, x) {
		return nil
	}
	l := adding(e, six, name)
	e.settleList(l)
	switch {
	case slices.ContainsFunc(l.Entries, func(y policy.PrefixEntry) bool { return x.Same(&y) }):
		return nil
	case addEntries(e, six, name, x): // some of the lines were repeats, which have no numbers
		return nil
	}
	return errNumbered(prefixRef(six, name))
}

// adding finds the prefix list that lines are added to.
func adding[T chars](e *edit, six bool, name T) *addedList {
	family := sixIndex(six)
	l := e.adding[family][string(name)]
	if l == nil {
		own := e.prefixList(six, strings.Clone(string(name)))
		if e.adding[family] == nil {
			e.adding[family] = map[string]*addedList{}
		}
		l = &addedList{own, len(own.Entries), lastSeq(own.Entries)}
		e.adding[family][own.Name] = l
	}
	return l
}

// lastSeq is the number of the last entry, 0 where there is none.
func lastSeq(list []policy.PrefixEntry) uint32 {
	if n := len(list); n > 0 {
		return list[n-1].Seq
	}
	return 0
}

// close puts what came for the current list into it. One that has no others yet mostly is whole by that.
func (e *edit) close() {
	l := e.current
	e.current = nil
	switch {
	case l == nil:
	case len(l.Entries) == 0:
		l.Entries = slices.Clone(e.rules.withLines(e.fresh, 0))
		l.settled = len(l.Entries)
	default:
		l.Entries = append(l.Entries, e.fresh...)
	}
	e.fresh = e.fresh[:0]
}

// settleList gives the entries of a list that got lines their order.
func (e *edit) settleList(l *addedList) {
	if l == e.current {
		e.close()
	}
	if l.settled < len(l.Entries) {
		l.Entries = e.rules.withLines(l.Entries, l.settled)
		if n := len(l.Entries); cap(l.Entries) > n+n/8 {
			l.Entries = slices.Clone(l.Entries)
		}
	}
	l.settled, l.last = len(l.Entries), lastSeq(l.Entries)
}

// settleLists is settleList for all.
func (e *edit) settleLists() {
	for _, family := range e.adding {
		for _, l := range family {
			e.settleList(l)
		}
	}
}

// settledList gives a list's lines their order, if it got some, because something else is to be done with it.
func (e *edit) settledList(six bool, name string) {
	family := e.adding[sixIndex(six)]
	if l := family[name]; l != nil {
		e.settleList(l)
		delete(family, name)
	}
}
