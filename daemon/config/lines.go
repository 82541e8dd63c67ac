package config

import (
	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
)

// Lines is the running configuration as text, in FRR's layout: it begins with `!`, names the profile, and ends with `end`.
// Applied to an empty configuration it gives one whose Lines are the same. Passwords stand in it as they are; see
// HideSecrets.
func (c *Config) Lines() []string { return c.linesOf(func(policy.Ref) bool { return true }) }

// Print gives line after line of Lines, each valid until the next: for a configuration of a million lines nothing is kept.
func (c *Config) Print(line func([]byte)) {
	p := printer{view: view{c: c, f: noFamily}, wanted: func(policy.Ref) bool { return true }, stream: line}
	p.whole()
	p.flush()
}

// linesOf is Lines with some of the lists and maps alone.
func (c *Config) linesOf(wanted func(policy.Ref) bool) []string {
	p := printer{view: view{c: c, f: noFamily}, wanted: wanted}
	p.whole()
	return p.out
}

// printer gathers lines with their indentation.
type printer struct {
	view
	out    []string
	indent string
	wanted func(policy.Ref) bool // lists and maps to print
	stream func([]byte)          // takes the lines instead of out; nil: none
	given  int                   // lines that stream took
	line   []byte
}

// whole prints a configuration.
func (p *printer) whole() {
	p.separator()
	p.all(topStatements)
	if p.c.Router != nil {
		p.router()
	}
	p.lists()
	p.raw("end")
}

// flush gives the stream what was gathered.
func (p *printer) flush() {
	for _, l := range p.out {
		p.line = append(p.line[:0], l...)
		p.stream(p.line)
	}
	p.given, p.out = p.given+len(p.out), p.out[:0]
}

// count is the number of lines so far.
func (p *printer) count() int { return p.given + len(p.out) }

func (p *printer) raw(text string) {
	if p.n != nil && p.c.vacant(p.n) {
		text = "! " + text
	}
	p.out = append(p.out, p.indent+text)
}

// separator is a line of its own with `!`.
func (p *printer) separator() { p.raw("!") }

// all prints every statement of a list for the printer's view.
func (p *printer) all(list []statement) {
	for i := range list {
		p.statement(&list[i])
	}
}

func (p *printer) statement(s *statement) {
	if s.lines == nil {
		return
	}
	for _, c := range s.lines(p.view) {
		if s.id == "router.bgp" {
			p.separator()
		}
		p.raw(grammar.Render(c))
	}
}

// router prints what stands inside `router bgp`, whose own line is the last of the top level.
func (p *printer) router() {
	r := p.c.Router
	p.indent = " "
	p.all(routerKnobsFirst)
	p.all(routerStatements)
	p.all(multipathKnobs)
	p.all(delayStatements)
	p.all(confederationStatements)
	p.all(routerKnobsLast)
	p.all(openingStatements)
	p.all(restartStatements)
	peers := append(r.SortedGroups(), r.Sorted()...)
	for _, n := range peers {
		p.n = n
		p.held(n)
		p.all(identityStatements)
		p.all(neighborStatements)
	}
	p.n = nil
	p.all(listenStatements)
	for f := range Families {
		p.family(f, peers)
	}
	p.indent = ""
	p.raw("exit")
	p.separator()
}

// vacant reports a neighbor that only a wrong line of a startup configuration names. It has no AS, without which none of its lines
// could be read back; they print as comments.
func (c *Config) vacant(n *Neighbor) bool {
	return n.Kind == Address && !n.RemoteAS.Set && (c.Router.Groups[n.Group] == nil || !c.Router.Groups[n.Group].RemoteAS.Set)
}

// held prints the wrong lines that keep a vacant neighbor down.
func (p *printer) held(n *Neighbor) {
	if !p.c.vacant(n) {
		return
	}
	for _, h := range p.c.held(n, HoldsSession, EveryFamily) {
		p.raw(h.Text)
	}
}

// about is what a neighbor's or peer-group's lines say, without their indentation.
func (c *Config) about(n *Neighbor) []string {
	p := printer{view: view{c: c, n: n, f: noFamily}}
	p.all(identityStatements)
	p.all(neighborStatements)
	for f := range Families {
		p.f = f
		p.all(neighborFamilyStatements)
		p.all(attachStatements)
	}
	return p.out
}

// family prints the block of an address family, if there is anything to say in it.
func (p *printer) family(f int, peers []*Neighbor) {
	body := printer{view: view{c: p.c, f: f}, indent: "  "}
	body.all(familyStatements)
	for _, n := range peers {
		body.n = n
		body.all(neighborFamilyStatements)
		body.all(attachStatements)
	}
	body.n = nil
	body.all(familyLastStatements)
	if len(body.out) == 0 {
		return
	}
	p.separator()
	p.raw("address-family " + familyWords[f])
	p.out = append(p.out, body.out...)
	p.raw("exit-address-family")
}

// familyWords are the words behind address-family.
var familyWords = [2]string{"ipv4 unicast", "ipv6 unicast"}

// HideSecrets replaces the passwords in lines of configuration, right or wrong, by stars.
func HideSecrets(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = grammar.Conceal(l)
	}
	return out
}
