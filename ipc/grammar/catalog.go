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

// usage writes a spec for people: keywords as they are, arguments as placeholders.
func usage(p *part) string {
	switch p.kind {
	case wordPart:
		return p.word
	case argPart:
		return "<" + p.arg.place + ">"
	case optPart:
		return "[" + usage(&p.kids[0]) + "]"
	case choicePart:
		return "<" + usages(p, "|") + ">"
	case setPart:
		return "[" + usages(p, "] [") + "]"
	case repeatPart:
		return usage(&p.kids[0]) + "..."
	case seqPart:
		return usages(p, " ")
	}
	return ""
}

func usages(p *part, sep string) string {
	var all []string
	for i := range p.kids {
		if u := usage(&p.kids[i]); u != "" {
			if p.kind == choicePart && len(p.kids[i].kids) == 1 && p.kids[i].kids[0].kind == argPart {
				u = strings.Trim(u, "<>")
			}
			all = append(all, u)
		}
	}
	return strings.Join(all, sep)
}
