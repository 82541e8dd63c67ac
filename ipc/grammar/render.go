package grammar

import "strings"

// Render gives the canonical line of a command, without indentation: whole keywords, arguments in their usual form. An argument that the
// statement needs and the command lacks appears as its placeholder, which no mode accepts; a no form ends there instead.
func Render(c Command) string {
	s := statementOf(c.ID, c.Mode)
	if s == nil {
		return c.ID
	}
	w := writer{args: c.Args, no: c.No}
	if c.No {
		w.word("no")
	}
	w.line(parseCached(s, c.Mode))
	for _, p := range c.Pipes {
		w.out.WriteString(pipeSign + p.Word)
		if p.Pattern != "" {
			w.word(p.Pattern)
		}
	}
	return w.out.String()
}

type writer struct {
	out   strings.Builder
	args  Args
	no    bool
	loose bool // behind the "~" of a no form
	done  bool // a no form that ended early
}

func (w *writer) word(s string) {
	if w.out.Len() > 0 {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(s)
}

// line writes the parts of a statement; a no form ends where the command holds no more of them.
func (w *writer) line(spec *part) {
	for i := range spec.kids {
		if w.done || w.loose && !w.some(spec.kids[i:]) {
			return
		}
		w.part(&spec.kids[i])
	}
}

func (w *writer) sequence(seq *part) {
	for i := range seq.kids {
		if w.part(&seq.kids[i]); w.done {
			return
		}
	}
}

// some tells whether the command holds anything of the parts.
func (w *writer) some(parts []part) bool {
	for i := range parts {
		for _, name := range parts[i].names(nil) {
			if w.args.Has(name) {
				return true
			}
		}
	}
	return false
}

func (w *writer) part(p *part) {
	switch p.kind {
	case wordPart:
		w.word(p.word)
	case argPart:
		v := w.args.get(p.name)
		switch {
		case v != nil:
			w.word(p.arg.write(v))
		case w.loose:
			w.done = true
		default:
			w.word("<" + p.name + ">")
		}
	case seqPart:
		w.sequence(p)
	case optPart:
		if p.say && w.open() || w.given(&p.kids[0]) {
			w.sequence(&p.kids[0])
		}
	case choicePart:
		w.choice(p)
	case setPart:
		for i := range p.kids {
			if w.given(&p.kids[i]) {
				w.sequence(&p.kids[i])
			}
		}
	case repeatPart:
		w.repeat(&p.kids[0])
	case markPart:
		w.loose = w.no
	}
}

// open tells that a no form has not reached the words that may be missing, so that a silent optional word is written.
func (w *writer) open() bool { return !w.loose }

func (w *writer) choice(p *part) {
	for i := range p.kids {
		if w.given(&p.kids[i]) {
			w.sequence(&p.kids[i])
			return
		}
	}
	if w.loose {
		w.done = true
		return
	}
	w.word("<" + p.kids[0].names(nil)[0] + ">")
}

func (w *writer) repeat(p *part) {
	any := false
	for _, a := range w.args {
		if a.Name == p.name {
			w.word(p.arg.write(a.Value))
			any = true
		}
	}
	switch {
	case any:
	case w.loose:
		w.done = true
	default:
		w.word("<" + p.name + ">")
	}
}

// given tells whether the command holds what matching the part would have kept.
func (w *writer) given(p *part) bool {
	switch p.kind {
	case wordPart:
		if p.text != "" {
			return w.args.Text(p.name) == p.text
		}
		return w.args.Has(p.name)
	case argPart:
		v := w.args.get(p.name)
		return v != nil && p.arg.takes(v)
	case repeatPart:
		return w.given(&p.kids[0])
	case seqPart:
		some := false
		for i := range p.kids {
			if k := &p.kids[i]; k.keeps() {
				if !w.given(k) {
					return false
				}
				some = true
			}
		}
		return some
	case choicePart:
		for i := range p.kids {
			if w.given(&p.kids[i]) {
				return true
			}
		}
	}
	return false
}

// takes tells whether a value is one of the type, which decides between alternatives that keep the same name.
func (t *argType) takes(v any) bool {
	_, ok := t.parse(t.write(v))
	return ok
}
