package grammar

import (
	"slices"
	"strings"
)

// Candidate is one way to go on at the end of a line.
type Candidate struct {
	Word string // the word to insert, or a placeholder such as A.B.C.D; "<cr>" where the line may end
	Help string
	Kind string // KindWord, KindEnd, or the kind of argument
}

// endSign is the candidate for the end of the line.
const endSign = "<cr>"

// Complete gives the ways to go on: the words that the last word of line could become, or after a blank the next words. Statements that
// are not supported are accepted by Match where FRR has them, and not offered.
func Complete(mode Mode, line string) []Candidate {
	toks := split(line)
	if len(toks) > 0 && (toks[0].text[0] == '!' || toks[0].text[0] == '#') {
		return nil
	}
	last := ""
	if len(toks) > 0 && !blank(line[len(line)-1]) {
		last = toks[len(toks)-1].text
		toks = toks[:len(toks)-1]
	}
	if len(toks) > 0 && toks[0].text == "do" {
		return Complete(Exec, line[toks[0].at+len("do")+1:])
	}
	if c, ok := completePipe(mode, line, toks, last); ok {
		return c
	}
	for i, level := range levels(mode) {
		var all []Candidate
		if i > 0 && len(toks) == 0 && last == "" {
			break
		}
		all = completeLevel(level, line, toks, last)
		if i == 0 && len(toks) == 0 && mode.Configures() {
			all = append(all, beginnings(last)...)
			slices.SortStableFunc(all, byWord)
		}
		if len(all) > 0 {
			return all
		}
	}
	return nil
}

// beginnings are the words that start other modes' commands, offered beside a configuration mode's own.
func beginnings(last string) []Candidate {
	var all []Candidate
	for _, word := range []string{"abort", "clear", "commit", "discard", "do", "rollback", "show", "update"} {
		if strings.HasPrefix(word, last) {
			all = append(all, Candidate{word, wordHelp[word], KindWord})
		}
	}
	return all
}

func completeLevel(level Mode, line string, toks []token, last string) []Candidate {
	r := newReader(line, toks)
	r.collect = len(toks)
	r.walk(rootOf(level), 0)
	states := best(r.partial)
	var all []Candidate
	var nodes []*Node
	several := len(formsOf(states)) > 1
	ends := false
	for i := range states {
		if n := states[i].node; n.ends != nil && offered(n.ends, level) && len(toks) > 0 && last == "" {
			ends = true
		}
		if inText(&states[i]) {
			continue
		}
		for _, n := range states[i].node.next {
			if n.member != 0 && states[i].passed(n.member) || !n.offered(level) || covered(n, states[i].node.next) {
				continue
			}
			if n.Word != "" && strings.HasPrefix(n.Word, last) || n.arg != nil && n.arg.begins(last) {
				nodes = append(nodes, n)
			}
		}
	}
	for i, n := range nodes {
		if !slices.ContainsFunc(nodes[:i], n.looksLike) {
			all = append(all, n.candidate(nodes[i:], several))
		}
	}
	slices.SortStableFunc(all, byWord)
	if ends {
		all = append(all, Candidate{endSign, "Run the command", KindEnd})
	}
	return all
}

// byWord orders candidates: arguments first, then keywords by the alphabet.
func byWord(a, b Candidate) int {
	if x, y := a.Kind == KindWord, b.Kind == KindWord; x != y {
		if x {
			return 1
		}
		return -1
	}
	return strings.Compare(a.Word, b.Word)
}

// inText tells whether the last word read began a text that takes the rest of the line.
func inText(s *state) bool {
	if len(s.steps) == 0 {
		return false
	}
	arg := s.steps[len(s.steps)-1].node.arg
	return arg != nil && arg.rest
}

func formsOf(states []state) []*form {
	var all []*form
	for i := range states {
		for _, n := range states[i].node.next {
			for _, f := range n.all {
				if !slices.Contains(all, f) {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

// offered tells whether completion shows a form in a mode: it is ours, not hidden, and of the mode itself.
func offered(f *form, level Mode) bool {
	home := f.mode == level || level == anywhere || level == routerOwn
	return f.Support == Ours && !f.Hidden && home
}

func (n *Node) offered(level Mode) bool {
	return slices.ContainsFunc(n.all, func(f *form) bool { return offered(f, level) })
}

// looksLike tells whether two nodes are the same to the user.
func (n *Node) looksLike(m *Node) bool {
	if n.Word != "" || m.Word != "" {
		return n.Word == m.Word
	}
	return n.arg == m.arg && n.name == m.name
}

// candidate is the node with its help: the statement's own where the word decides which statement it is, the word's otherwise. same are
// the nodes that may look like it; several tells that before this word several statements were possible.
func (n *Node) candidate(same []*Node, several bool) Candidate {
	if n.arg != nil {
		return Candidate{n.arg.place, n.argHelp(), n.arg.kind}
	}
	var forms []*form
	for _, m := range same {
		if m.looksLike(n) {
			forms = append(forms, m.all...)
		}
	}
	own := slices.DeleteFunc(slices.Clone(forms), func(f *form) bool { return f.Support != Ours || f.Hidden })
	if several && !n.option && len(own) == 1 {
		return Candidate{n.Word, own[0].Help, KindWord}
	}
	help := wordHelp[n.Word]
	if help == "" && len(own) > 0 {
		help = own[0].Help
	}
	return Candidate{n.Word, help, KindWord}
}

func (n *Node) argHelp() string {
	if help := argHelp[n.name]; help != "" {
		return help
	}
	return strings.ToUpper(n.arg.expect[:1]) + n.arg.expect[1:]
}

// begins tells whether the letters typed so far could become the argument.
func (t *argType) begins(last string) bool {
	if last == "" || t.free {
		return last == "" || !addressLike(last) || strings.Trim(last, "0123456789abcdefABCDEF.:%/") == ""
	}
	if _, ok := t.parse(last); ok {
		return true
	}
	switch t.kind {
	case KindNumber:
		return strings.Trim(last, "0123456789.+-") == ""
	case KindAddress, KindPrefix, KindNeighbor:
		return strings.Trim(last, "0123456789abcdefABCDEF.:/") == ""
	}
	return strings.Trim(last, "0123456789:") == "" || t.name == "community" && communityBegins(last)
}

func communityBegins(last string) bool {
	for name := range communityNames {
		if strings.HasPrefix(name, last) {
			return true
		}
	}
	return false
}

// completePipe completes behind a ` | ` of a show command, and offers none elsewhere.
func completePipe(mode Mode, line string, toks []token, last string) ([]Candidate, bool) {
	left, right, ok := cutLastPipe(line)
	if !ok {
		return nil, false
	}
	body, _, _ := cutPipes(left)
	if _, show := readShow(mode, body); !show {
		return nil, false
	}
	word, pattern, typing := strings.Cut(strings.TrimLeft(right, " "), " ")
	if !typing {
		var all []Candidate
		for _, p := range pipeWords {
			if strings.HasPrefix(p.word, word) {
				all = append(all, Candidate{p.word, p.help, KindWord})
			}
		}
		return all, true
	}
	known, takes := pipeWord(word)
	switch {
	case known == "":
		return nil, true
	case known == "save" && strings.TrimSpace(pattern) == "":
		return []Candidate{{"FILE", "Name of the file", KindText}}, true
	case takes && strings.TrimSpace(pattern) == "":
		return []Candidate{{"LINE", "Regular expression", KindText}}, true
	}
	return []Candidate{{endSign, "Run the command", KindEnd}}, true
}

// cutLastPipe splits a line at its last ` | `.
func cutLastPipe(line string) (left, right string, ok bool) {
	i := strings.LastIndex(line, " |")
	if i < 0 || i+len(" |") < len(line) && line[i+len(" |")] != ' ' {
		return line, "", false
	}
	return line[:i], line[i+len(" |"):], i+len(" |") < len(line)
}
