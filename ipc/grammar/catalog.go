package grammar

import (
	"strings"
	"sync"
)

// allModes are the modes that have statements, in the order of the documents.
var allModes = []Mode{Exec, Config, Router, AF4, AF6, RouteMap}

// Entry is a statement in the mode it belongs to.
type Entry struct {
	*Statement
	Mode  Mode
	Usage string   // the statement as help shows it
	Args  []string // names of its arguments
}

// Entries lists the statements of a mode in the order of the tables. Those that every mode has come with each.
func Entries(mode Mode) []Entry {
	var all []Entry
	for _, t := range tables(mode) {
		if t.mode != mode {
			continue
		}
		for i := range t.statements {
			s := &t.statements[i]
			spec := parseCached(s, mode)
			all = append(all, Entry{s, mode, usage(spec), spec.names(nil)})
		}
	}
	return all
}

type specKey struct {
	s      *Statement
	family string
}

var (
	catalogLock sync.Mutex
	specs       = map[specKey]*part{}
	byID        map[string][]byMode
)

type byMode struct {
	mode Mode
	s    *Statement
}

// parseCached is the parsed spec of a statement in a mode.
func parseCached(s *Statement, mode Mode) *part {
	catalogLock.Lock()
	defer catalogLock.Unlock()
	key := specKey{s, mode.Family()}
	p := specs[key]
	if p == nil {
		spec := parseSpec(s.Spec, key.family)
		p = &spec
		specs[key] = p
	}
	return p
}

// Forget drops what was compiled of the language, about a MiB. The next use compiles what it needs anew, which takes some milliseconds.
func Forget() {
	rootsLock.Lock()
	roots = map[Mode]*Node{}
	rootsLock.Unlock()
	catalogLock.Lock()
	specs = map[specKey]*part{}
	catalogLock.Unlock()
}

// statementOf finds a statement by ID. An empty mode finds it in the first mode that has it.
func statementOf(id string, mode Mode) *Statement {
	catalogLock.Lock()
	defer catalogLock.Unlock()
	if byID == nil {
		byID = map[string][]byMode{}
		for _, m := range allModes {
			for _, t := range tables(m) {
				for i := range t.statements {
					if t.mode == m {
						s := &t.statements[i]
						byID[s.ID] = append(byID[s.ID], byMode{m, s})
					}
				}
			}
		}
	}
	found := byID[id]
	for _, f := range found {
		if f.mode == mode || mode == "" {
			return f.s
		}
	}
	if len(found) > 0 {
		return found[0].s
	}
	return nil
}

// usage writes a spec for people: keywords as they are, arguments as placeholders, <a|b> for one of several.
func usage(p *part) string {
	switch p.kind {
	case wordPart:
		return p.word
	case argPart:
		return oneOf(p.arg.place)
	case optPart:
		return "[" + usages(&p.kids[0], " ") + "]"
	case choicePart:
		return oneOf(usages(p, "|"))
	case setPart:
		return "[" + usages(p, "] [") + "]"
	case repeatPart:
		return usage(&p.kids[0]) + "..."
	case seqPart:
		return usages(p, " ")
	}
	return ""
}

// oneOf puts alternatives in angle brackets.
func oneOf(s string) string {
	if strings.Contains(s, "|") {
		return "<" + s + ">"
	}
	return s
}

// usages joins the usages of a part's parts. An alternative that is itself a choice needs no brackets of its own.
func usages(p *part, sep string) string {
	var all []string
	for i := range p.kids {
		k := &p.kids[i]
		u := usage(k)
		if p.kind == choicePart && len(k.kids) == 1 && (k.kids[0].kind == choicePart || k.kids[0].kind == argPart) {
			u = strings.TrimSuffix(strings.TrimPrefix(u, "<"), ">")
		}
		if u != "" {
			all = append(all, u)
		}
	}
	return strings.Join(all, sep)
}
