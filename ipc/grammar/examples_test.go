package grammar

// Examples of a statement, made from its specification: the shortest line, and lines that between them use every optional part, every
// alternative and every sample of every argument.

// maxExamples bounds the lines that one part gives.
const maxExamples = 12

// examples gives lines of a part as lists of words.
func examples(p *part) [][]string {
	switch p.kind {
	case wordPart:
		return [][]string{{p.word}}
	case argPart:
		var all [][]string
		for _, s := range p.arg.samples {
			all = append(all, []string{s})
		}
		return all
	case seqPart:
		all := [][]string{nil}
		for i := range p.kids {
			all = product(all, examples(&p.kids[i]))
		}
		return all
	case optPart:
		return append([][]string{nil}, examples(&p.kids[0])...)
	case choicePart:
		var all [][]string
		for i := range p.kids {
			all = append(all, examples(&p.kids[i])...)
		}
		return all
	case setPart:
		all := [][]string{nil}
		var full []string
		for i := range p.kids {
			e := examples(&p.kids[i])
			all = append(all, e...)
			full = append(append([]string(nil), e[len(e)-1]...), full...) // backwards, so that the order is not the table's
		}
		return append(all, full)
	case repeatPart:
		one := examples(&p.kids[0])
		var many []string
		for _, e := range one {
			many = append(many, e...)
		}
		return append(one, many)
	}
	return [][]string{nil}
}

// product joins each beginning with each end, or, when that would be too many, each with at least one.
func product(beginnings, ends [][]string) [][]string {
	join := func(a, b []string) []string { return append(append([]string(nil), a...), b...) }
	var all [][]string
	if len(beginnings)*len(ends) <= maxExamples {
		for _, b := range beginnings {
			for _, e := range ends {
				all = append(all, join(b, e))
			}
		}
		return all
	}
	for i := range max(len(beginnings), len(ends)) {
		all = append(all, join(beginnings[i%len(beginnings)], ends[i%len(ends)]))
	}
	return all
}
