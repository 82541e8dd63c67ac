package manual

import (
	"fmt"
	"strings"

	"bgpsh/ipc/grammar"
)

// page is a man page in the making.
type page struct{ strings.Builder }

func newPage(name, section, about string) *page {
	p := &page{}
	fmt.Fprintf(p, ".\\\" Made by go test ./tests/manual -rewrite; do not edit.\n.TH %s %s \"\" \"bgpsh\"\n", strings.ToUpper(name), section)
	p.section("NAME")
	p.line(escaped(name) + ` \- ` + escaped(about))
	return p
}

// escaped makes a text what roff prints as it is.
func escaped(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}

func (p *page) line(text string)        { p.WriteString(text + "\n") }
func (p *page) section(title string)    { p.line(".SH " + title) }
func (p *page) subsection(title string) { p.line(".SS " + title) }
func (p *page) text(text string)        { p.line(".PP\n" + escaped(text)) }
func (p *page) item(word, meaning string) {
	p.line(".TP\n.B " + escaped(word) + "\n" + escaped(meaning))
}

func (p *page) synopsis(program string, forms ...string) {
	for i, form := range forms {
		if i > 0 {
			p.line(".br")
		}
		p.line(".B " + program)
		p.line(escaped(form))
	}
}

func (p *page) options(all []option) {
	for _, o := range all {
		word := "--" + o.long
		if o.short != "" {
			word = o.short + ", " + word
		}
		if o.value != "" {
			word += " " + o.value
		}
		p.item(word, strings.ToUpper(o.help[:1])+o.help[1:]+".")
	}
}

// statements lists those of a mode that are supported.
func (p *page) statements(mode grammar.Mode) {
	for _, e := range grammar.Entries(mode) {
		if e.Support == grammar.Ours && !e.Hidden {
			p.item(e.Usage, e.Help+".")
		}
	}
}
