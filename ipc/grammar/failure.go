package grammar

import "slices"

// ambiguous is the error for several whole readings: the first word that they read differently is the one in question.
func ambiguous(line string, toks []token, all []state) *Error {
	e := &Error{Kind: Ambiguous, Line: trim(line)}
	for i := range toks {
		var words []string
		for j := range all {
			if i < len(all[j].steps) {
				words = addOnce(words, all[j].steps[i].node.describe())
			}
		}
		if len(words) > 1 {
			e.at(toks, i)
			e.Expected = words
			return e
		}
	}
	return e
}

// at points the error at word i, or behind the last one.
func (e *Error) at(toks []token, i int) {
	start := toks[0].at
	if i < len(toks) {
		e.Word, e.Offset = toks[i].text, toks[i].at-start
		return
	}
	e.Offset = len(e.Line)
}

func addOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// describe is the node in an error: the keyword, or the argument in words.
func (n *Node) describe() string {
	if n.arg != nil {
		return n.arg.expect
	}
	return n.Word
}

// failure is the error of a line that no level can read: it is about the word that the longest ways stumbled over.
func failure(mode Mode, line string, toks []token, near []Mode, readers []*reader) *Error {
	far := 0
	for _, r := range readers {
		far = max(far, r.far)
	}
	var stuck []state
	for i, r := range readers {
		if r.far == far {
			r.collect, r.partial, r.visits = far, nil, 0
			r.walk(rootOf(near[i]), 0)
			stuck = append(stuck, r.partial...)
		}
	}
	stuck = best(stuck)
	e := &Error{Kind: Unknown, Line: trim(line)}
	e.at(toks, far)
	if far == len(toks) {
		e.Kind = Incomplete
		if word, ok := divided(stuck); ok {
			return ambiguous(line, toks[:word+1], stuck)
		}
	}
	e.expect(stuck)
	e.choose(stuck)
	if e.Suggest == "" && far < len(toks) {
		e.Hint = elsewhere(mode, line, toks)
	}
	return e
}

// divided tells whether ways that read all words disagree about a keyword, and at which word.
func divided(all []state) (word int, ok bool) {
	for i := 0; len(all) > 0 && i < len(all[0].steps); i++ {
		for j := 1; j < len(all); j++ {
			a, b := all[0].steps[i].node, all[j].steps[i].node
			if a.Word != b.Word && a.Word != "" && b.Word != "" {
				return i, true
			}
		}
	}
	return 0, false
}

// expect lists what could stand at the word in question: what is ours first, the rest only if there is nothing else.
func (e *Error) expect(stuck []state) {
	var rest []string
	typed := false
	for i := range stuck {
		if stuck[i].node.ends != nil && e.Word != "" {
			e.Expected = addOnce(e.Expected, endOfLine)
		}
		for _, n := range stuck[i].node.next {
			if n.member != 0 && stuck[i].passed(n.member) || covered(n, stuck[i].node.next) {
				continue
			}
			if slices.ContainsFunc(n.all, func(f *form) bool { return f.Support == Ours && !f.Hidden }) {
				e.Expected = addOnce(e.Expected, n.describe())
			} else {
				rest = addOnce(rest, n.describe())
			}
			typed = typed || n.arg != nil
		}
	}
	if len(e.Expected) == 0 {
		e.Expected = rest
	}
	if e.Word == "" {
		return
	}
	if e.Suggest = nearest(e.Word, keywords(stuck)); e.Suggest == "" && typed {
		e.Kind = BadArgument
	}
}

// covered tells whether another of the nodes takes all that this one takes.
func covered(n *Node, among []*Node) bool {
	return n.arg != nil && slices.ContainsFunc(among, func(m *Node) bool { return m.arg != nil && m.arg.covers(n.arg) })
}

func (s *state) passed(member int) bool {
	return slices.ContainsFunc(s.steps, func(st step) bool { return st.node.member == member })
}

func keywords(stuck []state) []string {
	var words []string
	for i := range stuck {
		for _, n := range stuck[i].node.next {
			if n.Word != "" {
				words = addOnce(words, n.Word)
			}
		}
	}
	return words
}

// choose keeps in the error the forms that the line was probably meant as, for Hold and Opens.
func (e *Error) choose(stuck []state) {
	for i := range stuck {
		var forms []*form
		for _, n := range stuck[i].node.next {
			if e.Suggest == "" || n.Word == e.Suggest {
				forms = append(forms, n.all...)
			}
		}
		if f := stuck[i].node.ends; f != nil && e.Suggest == "" {
			forms = append(forms, f)
		}
		if len(forms) > 0 {
			e.meant = append(e.meant, meaning{stuck[i].steps, forms})
		}
	}
}

// meaning is a beginning that was understood, and the forms that it could have become.
type meaning struct {
	steps []step
	forms []*form
}

// elsewhere says where a line would have been right, if anywhere.
func elsewhere(mode Mode, line string, toks []token) string {
	for _, p := range []struct {
		level Mode
		hint  string
	}{
		{Exec, "an exec command: put do before it"},
		{Config, "a configuration statement: enter configure terminal first"},
		{routerOwn, "a statement of router bgp: enter that first"},
		{AF4, "a statement of address-family ipv4 unicast: enter that first"},
		{AF6, "a statement of address-family ipv6 unicast: enter that first"},
		{RouteMap, "a line of a route map: enter route-map first"},
	} {
		r := newReader(line, toks)
		if r.walk(rootOf(p.level), 0); len(r.found) > 0 && !slices.Contains(levels(mode), p.level) {
			return p.hint
		}
	}
	return ""
}

// nearest is the word that a misspelling was probably meant as: one letter wrong, missing, doubled or swapped in a word of up to four,
// two in a longer one. Empty when none or several are as near.
func nearest(word string, from []string) string {
	limit := 1
	if len(word) > 4 {
		limit = 2
	}
	found, least := "", limit+1
	for _, w := range from {
		if len(w) < 3 || len(word) < 3 {
			continue
		}
		d := distance(word, w, least)
		switch {
		case d < least:
			found, least = w, d
		case d == least:
			found = ""
		}
	}
	if least > limit {
		return ""
	}
	return found
}

// distance counts the letters to insert, remove, replace or swap with their neighbor between two words; anything above most is most+1.
func distance(a, b string, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most || len(a) > 60 {
		return most + 1
	}
	var before, last, row [66]int
	for j := 0; j <= len(b) && j < len(row); j++ {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
