package grammar

import "sync"

// Node is one word or argument of the language. The nodes of a mode form a graph: a line is a way through it, from the mode's root to a
// node that ends a statement. Statements share the nodes of their common beginning up to the first optional part; behind it each has its own.
type Node struct {
	Word string // keyword; empty for an argument
	arg  *argType
	name string // under which it is kept; empty: not kept
	text string // keyword: what is kept; empty: true
	next []*Node
	ends *form   // the line may end here, and is this
	all  []*form // forms that pass here

	whole  bool // keyword that may not be abbreviated
	member int  // number of the set member that this node begins, 0 if none
	option bool // stands in an optional part, a choice or a set
}

// form is the plain or the no form of a statement in a mode.
type form struct {
	*Statement
	mode Mode // that the statement belongs to
	no   bool
	spec part
}

// label tells whether two nodes stand for the same word or argument.
func (n *Node) label(m *Node) bool {
	return n.Word == m.Word && n.arg == m.arg && n.name == m.name && n.text == m.text
}

// builder compiles the statements of one mode.
type builder struct {
	root    *Node
	members int
}

// add compiles both forms of a statement.
func (b *builder) add(s *Statement, mode Mode) {
	spec := *parseCached(s, mode)
	if s.Sign != NoOnly {
		b.insert(&form{Statement: s, mode: mode, spec: spec}, spec.kids)
	}
	if s.Sign != PlainOnly && mode.Configures() {
		b.insert(&form{Statement: s, mode: mode, no: true, spec: spec}, append([]part{{kind: wordPart, word: "no"}}, spec.kids...))
	}
}

// insert walks and extends the shared beginning, then hangs the rest behind it.
func (b *builder) insert(f *form, seq []part) {
	at, loose := b.root, false
	for i := range seq {
		p := &seq[i]
		if p.kind == markPart {
			if loose = f.no; loose {
				at.end(f)
			}
			continue
		}
		if p.kind != wordPart && p.kind != argPart {
			rest := b.sequence(f, seq[i:], loose)
			at.next = append(at.next, rest.first...)
			if rest.empty {
				at.end(f)
			}
			return
		}
		at = at.child(p, f)
		if loose {
			at.end(f)
		}
	}
	at.end(f)
}

func (n *Node) end(f *form) {
	if n.ends != nil && n.ends != f {
		panic("grammar: " + n.ends.ID + " and " + f.ID + " are the same line")
	}
	n.ends = f
}

// child finds or makes the shared node for a word or argument.
func (n *Node) child(p *part, f *form) *Node {
	c := newNode(p, f)
	for _, have := range n.next {
		if have.label(c) && !have.option {
			have.all = append(have.all, f)
			have.whole = have.whole && c.whole
			return have
		}
	}
	n.next = append(n.next, c)
	return c
}

// newNode makes the node of a word or argument. Some keywords have to be written out: no, those of another's statements, which come from
// files and end in free text, and those of spellings that nobody is offered, which would only make others ambiguous.
func newNode(p *part, f *form) *Node {
	whole := f.Support == Foreign && !f.abbreviated || f.Support == Unsupported && f.Hidden || p.word == "no"
	return &Node{Word: p.word, arg: p.arg, name: p.name, text: p.text, all: []*form{f}, whole: whole}
}

// piece is a compiled part: the nodes it can begin and end with, and whether it may be left out.
type piece struct {
	first, last []*Node
	empty       bool
}

// sequence links parts one behind the other. loose is true behind the "~" of a no form, where the line may end anywhere.
func (b *builder) sequence(f *form, seq []part, loose bool) piece {
	all := piece{empty: true}
	for i := range seq {
		if seq[i].kind == markPart {
			if loose = f.no; loose {
				for _, n := range all.last {
					n.ends = f
				}
			}
			continue
		}
		p := b.part(f, &seq[i], loose)
		for _, n := range all.last {
			n.next = append(n.next, p.first...)
		}
		if all.empty {
			all.first = append(all.first, p.first...)
		}
		if p.empty {
			all.last = append(all.last, p.last...)
		} else {
			all.last = p.last
		}
		all.empty = all.empty && p.empty
	}
	for _, n := range all.last {
		n.ends = f
	}
	return all
}

// inner is sequence for the body of a part, whose ends are not yet the ends of the line.
func (b *builder) inner(f *form, body *part, loose bool) piece {
	p := b.sequence(f, body.kids, loose)
	if !loose {
		for _, n := range p.last {
			n.ends = nil
		}
	}
	return p
}

func (b *builder) part(f *form, p *part, loose bool) piece {
	switch p.kind {
	case wordPart, argPart:
		n := newNode(p, f)
		if loose {
			n.ends = f
		}
		return piece{first: []*Node{n}, last: []*Node{n}}
	case seqPart:
		return b.inner(f, p, loose)
	case repeatPart:
		body := b.part(f, &p.kids[0], loose)
		for _, n := range body.last {
			n.next = append(n.next, body.first...)
		}
		return body
	}
	var all piece
	var members []piece
	for i := range p.kids {
		body := b.inner(f, &p.kids[i], loose)
		members = append(members, body)
		all.first = append(all.first, body.first...)
		all.last = append(all.last, body.last...)
		all.empty = all.empty || body.empty
	}
	for _, n := range all.first {
		n.option = true
	}
	switch p.kind {
	case optPart:
		all.empty = true
	case setPart:
		all.empty = true
		b.anyOrder(members)
	}
	markOptions(all.first)
	return all
}

// anyOrder lets each member of a set follow each other one. That none comes twice is judged while matching, by the member number.
func (b *builder) anyOrder(members []piece) {
	links := make([][]*Node, len(members))
	for i := range members {
		b.members++
		for _, n := range members[i].first {
			n.member = b.members
		}
		for j := range members {
			if i != j {
				links[i] = append(links[i], members[j].first...)
			}
		}
	}
	for i := range members {
		for _, n := range members[i].last {
			n.next = append(n.next, links[i]...)
		}
	}
}

// markOptions marks all nodes behind the given ones, which at this time are still only those of the same part.
func markOptions(nodes []*Node) {
	for _, n := range nodes {
		for _, m := range n.next {
			if !m.option {
				m.option = true
				markOptions([]*Node{m})
			}
		}
	}
}

// tables lists the statements of each mode with the mode they belong to: those of its own level, in the order of the documents.
func tables(mode Mode) []table {
	switch mode {
	case Exec:
		return []table{{Exec, execCommands}, {Exec, execConfigure}, {Exec, execCandidate}, {Exec, execShow}, {Exec, execExplain}, {Exec, execShowRoutes}, {Exec, execPolicy}, {Exec, execClear}, {Exec, execShowLater}, {Exec, execLater}, {Exec, everyMode}}
	case Config:
		return []table{{Config, configGlobal}, {Config, configLists}, {Config, configForeign}, {Config, configLater}, {Config, everyMode}}
	case Router:
		return []table{{Router, configBGP}, {Router, configKnobs}, {Router, configRestart}, {Router, configMultipath}, {Router, configNeighbor}, {Router, routerPolicy}, {Router, neighborKnobs}, {Router, neighborRestart}, {Router, bgpLater}, {Router, neighborLater}, {Router, everyMode},
			{AF4, configFamily}, {AF4, familyPolicy}, {AF4, familyKnobs}, {AF4, configFamilyMultipath}, {AF4, configFamily4}, {AF4, redistribute}, {AF4, redistribute4}, {AF4, familyLater}, {AF4, familyLater4}, {AF4, leaveFamily}}
	case routerOwn:
		return []table{{Router, configBGP}, {Router, configKnobs}, {Router, configRestart}, {Router, configMultipath}, {Router, configNeighbor}, {Router, routerPolicy}, {Router, neighborKnobs}, {Router, neighborRestart}, {Router, bgpLater}, {Router, neighborLater}}
	case AF4:
		return []table{{AF4, configFamily}, {AF4, familyPolicy}, {AF4, familyKnobs}, {AF4, configFamilyMultipath}, {AF4, configFamily4}, {AF4, redistribute}, {AF4, redistribute4}, {AF4, familyLater}, {AF4, familyLater4}, {AF4, leaveFamily}, {AF4, everyMode}}
	case AF6:
		return []table{{AF6, configFamily}, {AF6, familyPolicy}, {AF6, familyKnobs}, {AF6, configFamilyMultipath}, {AF6, redistribute}, {AF6, redistribute6}, {AF6, familyLater}, {AF6, leaveFamily}, {AF6, everyMode}}
	case RouteMap:
		return []table{{RouteMap, mapMatch}, {RouteMap, mapSet}, {RouteMap, everyMode}}
	case anywhere:
		return []table{{Exec, execCandidate}, {Exec, execShow}, {Exec, execExplain}, {Exec, execShowRoutes}, {Exec, execPolicy}, {Exec, execClear}, {Exec, execShowLater}}
	}
	return nil
}

// table is a list of statements with the mode they belong to.
type table struct {
	mode       Mode
	statements []Statement
}

// Levels that are no modes: anywhere has the exec commands that every mode accepts, show and clear; routerOwn has what an address family
// accepts of router bgp, which is not the IPv4 unicast statements that Router takes too.
const (
	anywhere  Mode = "anywhere"
	routerOwn Mode = "router-own"
)

var (
	roots     = map[Mode]*Node{}
	rootsLock sync.Mutex
)

// rootOf is the graph of a mode's own level, compiled at first use.
func rootOf(mode Mode) *Node {
	rootsLock.Lock()
	defer rootsLock.Unlock()
	root := roots[mode]
	if root == nil {
		b := builder{root: &Node{}}
		for _, t := range tables(mode) {
			for i := range t.statements {
				b.add(&t.statements[i], t.mode)
			}
		}
		root = b.root
		roots[mode] = root
	}
	return root
}

// levels are the modes whose statements a mode accepts, nearest first: its own, show and clear, then its parents' (which end the mode).
func levels(mode Mode) []Mode {
	switch mode {
	case Exec:
		return []Mode{Exec}
	case Config, Skip:
		return []Mode{Config, anywhere}
	case Router, RouteMap:
		return []Mode{mode, anywhere, Config}
	case AF4, AF6:
		return []Mode{mode, anywhere, routerOwn, Config}
	}
	return nil
}
