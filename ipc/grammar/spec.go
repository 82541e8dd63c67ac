package grammar

import (
	"fmt"
	"strings"
)

// part is a piece of a statement's specification.
type part struct {
	kind partKind
	word string // word
	name string // word, argument: the name it is kept under; empty: not kept
	text string // word: what is kept; empty: true
	arg  *argType
	kids []part // sequence, alternatives, or the one inside an option or repetition
	say  bool   // option: always rendered
}

type partKind uint8

const (
	wordPart partKind = iota
	argPart
	seqPart
	optPart
	choicePart
	setPart
	repeatPart
	markPart // "~"
)

// parseSpec reads the notation described at Statement. family resolves the type prefix. Specs are our own, so a mistake panics.
func parseSpec(spec, family string) part {
	for short, long := range shared {
		spec = strings.ReplaceAll(spec, short, long)
	}
	p := &specParser{spec: spec, rest: lexSpec(spec), family: family}
	seq := p.sequence()
	if len(p.rest) > 0 {
		p.fail("unexpected " + p.rest[0])
	}
	return seq
}

type specParser struct {
	spec   string
	rest   []string
	family string
}

func (p *specParser) fail(what string) {
	panic(fmt.Sprintf("grammar: spec %q: %s", p.spec, what))
}

// lexSpec splits a spec into words, arguments and the signs [ ] ( ) { } | ~ ... and "name:" before a choice.
func lexSpec(spec string) []string {
	var toks []string
	for i := 0; i < len(spec); {
		c := spec[i]
		switch {
		case c == ' ':
			i++
		case strings.HasPrefix(spec[i:], "..."):
			toks, i = append(toks, "..."), i+3
		case strings.IndexByte("[](){}|~", c) >= 0:
			toks, i = append(toks, string(c)), i+1
		case c == '<':
			end := i + strings.IndexByte(spec[i:], '>') + 1
			toks, i = append(toks, spec[i:end]), end
		default:
			end := i
			for end < len(spec) && strings.IndexByte(" [](){}|~<", spec[end]) < 0 {
				end++
			}
			toks, i = append(toks, spec[i:end]), end
		}
	}
	return toks
}

func (p *specParser) next() string {
	if len(p.rest) == 0 {
		return ""
	}
	return p.rest[0]
}

func (p *specParser) take() string { t := p.next(); p.rest = p.rest[1:]; return t }

func (p *specParser) expect(t string) {
	if p.next() != t {
		p.fail("expected " + t)
	}
	p.take()
}

func (p *specParser) sequence() part {
	seq := part{kind: seqPart}
	for {
		switch t := p.next(); t {
		case "", "|", ")", "]", "}":
			return seq
		case "...":
			p.take()
			last := len(seq.kids) - 1
			seq.kids[last] = part{kind: repeatPart, kids: []part{seq.kids[last]}}
		default:
			seq.kids = append(seq.kids, p.one())
		}
	}
}

func (p *specParser) one() part {
	t := p.take()
	switch {
	case t == "~":
		return part{kind: markPart}
	case t == "[":
		body := p.sequence()
		p.expect("]")
		say := false
		if w := &body.kids[0]; w.kind == wordPart && strings.HasPrefix(w.word, "+") {
			w.word, say = w.word[1:], true
		} else {
			keepKeyword(&body)
		}
		return part{kind: optPart, kids: []part{body}, say: say}
	case t == "(":
		return p.alternatives(choicePart, ")", "")
	case t == "{":
		return p.alternatives(setPart, "}", "")
	case strings.HasSuffix(t, ":") && p.next() == "(":
		p.take()
		return p.alternatives(choicePart, ")", strings.TrimSuffix(t, ":"))
	case t[0] == '<':
		name, typ, ok := strings.Cut(t[1:len(t)-1], ":")
		if !ok {
			typ = name
		}
		return part{kind: argPart, name: name, arg: typeNamed(typ, p.family)}
	}
	return part{kind: wordPart, word: t}
}

// alternatives reads a choice or set up to its closing sign. In a named choice each alternative is one keyword, kept under the name.
func (p *specParser) alternatives(kind partKind, close, name string) part {
	all := part{kind: kind}
	for {
		body := p.sequence()
		if name != "" {
			if len(body.kids) != 1 || body.kids[0].kind != wordPart {
				p.fail("a named choice is of single keywords")
			}
			body.kids[0].name, body.kids[0].text = name, body.kids[0].word
		} else {
			keepKeyword(&body)
		}
		all.kids = append(all.kids, body)
		if p.next() != "|" {
			break
		}
		p.take()
	}
	p.expect(close)
	return all
}

// keepKeyword makes the first keyword of an optional or alternative sequence a flag, unless something else in the sequence is kept anyway and
// tells that it was there.
func keepKeyword(seq *part) {
	if seq.keeps() {
		return
	}
	for i := range seq.kids {
		if w := &seq.kids[i]; w.kind == wordPart {
			w.name = w.word
			return
		}
	}
}

// keeps tells whether matching the part always keeps an argument.
func (p *part) keeps() bool {
	switch p.kind {
	case wordPart, argPart:
		return p.name != ""
	case seqPart:
		for i := range p.kids {
			if p.kids[i].keeps() {
				return true
			}
		}
		return false
	case choicePart:
		for i := range p.kids {
			if !p.kids[i].keeps() {
				return false
			}
		}
		return true
	case repeatPart:
		return p.kids[0].keeps()
	}
	return false
}

// names lists the names under which the part keeps arguments, each once, in order.
func (p *part) names(list []string) []string {
	if p.name != "" {
		for _, have := range list {
			if have == p.name {
				return list
			}
		}
		list = append(list, p.name)
	}
	for i := range p.kids {
		list = p.kids[i].names(list)
	}
	return list
}
