package grammar

import (
	"fmt"
	"strings"
)

// Document is docs/commands.md: all statements with their help, made from the tables.
func Document() string {
	var out strings.Builder
	out.WriteString(documentHead)
	for _, section := range []struct {
		title string
		text  string
		mode  Mode
		ids   func(*Statement) bool
	}{
		{"Exec commands", "Typed at `host#`, and behind `do` in every mode. `show`, `clear` and what is about the candidate (`commit`, `discard`, `abort`, `rollback`, `update`) need no `do`.", Exec, nil},
		{"Configuration: top level", "Prompt `(config)#`, entered by `configure terminal`; `(candidate)#`, entered by `configure`.", Config, nil},
		{"Configuration: router bgp", "Prompt `(config-router)#`.", Router, nil},
		{"Configuration: address-family ipv4 unicast and ipv6 unicast",
			"Prompt `(config-router-af)#`. Prefixes are those of the family. Typed in `router bgp`, these statements mean IPv4 unicast.", AF4, nil},
		{"Configuration: route-map", "Prompt `(config-route-map)#`. An entry has one line of each kind of match and set; a second one replaces the first.", RouteMap, nil},
	} {
		fmt.Fprintf(&out, "\n## %s\n\n%s\n\n| statement | no | what it does |\n|---|---|---|\n", section.title, section.text)
		for _, e := range Entries(section.mode) {
			if e.Support == Ours && !e.Hidden && !(section.mode != Exec && inEvery(e.ID)) {
				fmt.Fprintf(&out, "| %s | %s | %s |\n", code(e.Usage), signs(e), cell(e.Help))
			}
		}
	}
	out.WriteString(documentLater)
	for _, mode := range []Mode{Exec, Config, Router, AF4, RouteMap} {
		fmt.Fprintf(&out, "\n%s:\n\n", modeTitles[mode])
		for _, e := range Entries(mode) {
			if e.Support == Unsupported {
				fmt.Fprintf(&out, "- %s%s\n", code(e.Usage), closed[e.Hold])
			}
		}
	}
	out.WriteString(documentForeign)
	for _, e := range Entries(Config) {
		if e.Support == Foreign {
			block := ""
			if e.Enters != "" {
				block = " (with all lines of its block)"
			}
			fmt.Fprintf(&out, "- %s: %s%s\n", code(e.Usage), e.Help, block)
		}
	}
	return out.String()
}

func inEvery(id string) bool {
	for i := range everyMode {
		if everyMode[i].ID == id {
			return true
		}
	}
	return false
}

// signs says which forms an entry has.
func signs(e Entry) string {
	switch {
	case !e.Mode.Configures() || e.Sign == PlainOnly:
		return ""
	case e.Sign == NoOnly:
		return "only"
	}
	return "yes"
}

func code(s string) string { return "`" + cell(s) + "`" }

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", "\\|") }

var modeTitles = map[Mode]string{Exec: "Exec commands", Config: "Top level", Router: "In router bgp", AF4: "In an address family", RouteMap: "In a route map"}

// closed says what fails closed while a statement is not in force.
var closed = map[HoldKind]string{
	HoldPolicy:   ": the neighbor passes no route in that direction and family",
	HoldNeighbor: ": the neighbor stays down",
	HoldMap:      ": the route map denies",
	HoldList:     ": the list denies",
	HoldFamily:   ": no route passes in the family",
	HoldRouter:   ": every neighbor stays down",
}

const documentHead = `# Commands

Made from the tables of ipc/grammar by its tests: change the tables, then run ` + "`go test ./ipc/grammar -rewrite`" + `.

Words may be abbreviated as long as the whole line has one reading. Where several remain, show commands prefer ` + "`bgp`" + ` and ` + "`summary`" + `
(` + "`sh b s`" + `); configuration and clear never guess. ` + "`[a]`" + ` may be left out, ` + "`<a|b>`" + ` is one of them, ` + "`[a] [b]`" + ` from one group come in any order.
In a no form the values behind the words that name the statement may be left out, or given as they were. A statement of a parent mode works
in a child mode and leaves it; ` + "`exit`, `quit`, `end`, `list` and `find`" + ` work in every mode. ` + "`!` and `#`" + ` begin a comment at the start of a
line only. A show command may end in ` + "` | include RE`, ` | exclude RE`, ` | begin RE`, ` | section RE`, ` | count` or ` | json`" + `.
`

const documentLater = `
## FRR's statements that are not supported yet

In a configuration file each is passed over with a warning; typed in the shell it is refused with ` + "`% Not supported yet`" + `. A statement that
restricts is never just passed over: behind it stands what fails closed in its place.
`

const documentForeign = `
## Statements that are another program's business

Passed over in a configuration, with one warning for a block or a run of the same statement.

`
