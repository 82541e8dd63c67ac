package grammar

import "strings"

// Kind is the kind of a configuration line.
type Kind uint8

// The kinds of lines. Held is given by Scanner alone: a line inside a block whose opening line was bad.
const (
	Blank       Kind = iota // nothing, or a comment
	Ours                    // applied
	Foreign                 // another's business: passed over, a warning a block
	Unsupported             // FRR's, and not supported: passed over with a warning; see Hold
	Bad                     // an error
	Held                    // taken along by the bad line that should have opened its block
)

// HoldKind is what must fail closed because a line that restricts is not in force.
type HoldKind uint8

// Kinds of holds, from none to all.
const (
	HoldNone     HoldKind = iota
	HoldPolicy            // the neighbor passes no route in this family and these directions
	HoldNeighbor          // the neighbor stays down
	HoldMap               // the route map Name denies, whole; Classify leaves the name of the map it is in empty, Scanner fills it in
	HoldList              // the list Name of kind List denies, whole
	HoldFamily            // no neighbor passes a route in the family
	HoldRouter            // every neighbor stays down
)

// Hold says what a line that is not in force leaves open, and so what has to be closed instead.
type Hold struct {
	Kind    HoldKind
	Peer    Peer   // HoldNeighbor, HoldPolicy
	Family  string // HoldPolicy, HoldFamily: "ipv4", "ipv6", or empty for both
	In, Out bool   // HoldPolicy: directions
	List    string // HoldList: "prefix-list", "ipv6 prefix-list", "access-list", "as-path", "community-list", "large-community-list", "extcommunity-list"
	Name    string // HoldMap, HoldList
}

// Line is one configuration line, judged.
type Line struct {
	Kind    Kind
	Command Command // Ours, Unsupported, Foreign: ID and arguments
	Err     *Error  // Bad, Unsupported (NotYet), Foreign (NotOurs)
	Hold    Hold    // Unsupported, Bad: what fails closed; Ours: what would, should the configuration refuse the line
	Opens   Mode    // mode that the line opens, or (Bad) was meant to open; empty if none
	What    string  // Unsupported, Foreign: the statement in short: "neighbor route-map", "interface eth0"
	First   bool    // Foreign, Unsupported: the first line of a block that is passed over, so the one to warn about
}

// Classify judges one configuration line by itself; see Scanner for whole files.
func Classify(mode Mode, line string) Line {
	l := classify(mode, line)
	if l.Kind == Blank || l.Kind == Foreign {
		return l
	}
	if err := unclean(line); err != nil {
		l.Kind, l.Command, l.Err, l.What, l.First = Bad, Command{}, err, "", false
		if mode == RouteMap && l.Opens == "" {
			l.Hold = Hold{Kind: HoldMap}
		}
	}
	return l
}

// classify judges the words of a line, whatever characters they are made of.
func classify(mode Mode, line string) Line {
	got, err := read(mode, line)
	if err != nil {
		l := Line{Kind: Bad, Err: err}
		l.Opens, l.Hold = repaired(mode, line, err, maxRepairs)
		if mode == RouteMap && l.Opens == "" {
			l.Hold = Hold{Kind: HoldMap}
		}
		return l
	}
	if got.cmd.Empty() {
		return Line{Kind: Blank, Command: got.cmd}
	}
	l := Line{Kind: got.form.Support, Command: got.cmd, Err: got.refusal(line)}
	l.Opens = got.opens()
	if l.Kind != Foreign {
		l.Hold = got.form.hold(got.cmd.Args, got.cmd.Mode)
	}
	if l.Kind != Ours {
		l.What, l.First = got.what(), true
	}
	return l
}

func (g *reading) opens() Mode {
	if g.cmd.No {
		return ""
	}
	return g.form.Enters
}

// what is the statement in short: its keywords up to the first argument other than the neighbor, or the whole line that opens a block.
func (g *reading) what() string {
	var words []string
	for i, st := range g.steps {
		n := st.node
		switch {
		case n.Word != "" && (i > 0 || n.Word != "no"):
			words = append(words, n.Word)
		case n.arg == nil || n.name == "peer":
		case g.form.Enters == "":
			return strings.Join(words, " ")
		default:
			words = append(words, n.arg.write(st.value))
		}
	}
	return strings.Join(words, " ")
}

// hold is what fails closed while the form, with these arguments, is not in force.
func (f *form) hold(args Args, mode Mode) Hold {
	h := Hold{Kind: f.Hold}
	if f.no {
		h.Kind = f.HoldNo
	}
	switch h.Kind {
	case HoldPolicy:
		h.Peer, h.Family = args.Peer("peer"), mode.Family()
		dir := args.Text("dir")
		if f.Dir != "" {
			dir = f.Dir
		}
		h.In, h.Out = dir != "out", dir != "in"
	case HoldNeighbor:
		h.Peer = args.Peer("peer")
	case HoldFamily:
		if h.Family = mode.Family(); f.Enters != "" {
			h.Family = f.Enters.Family()
		}
		if h.Family == "" {
			h.Family = AF4.Family()
		}
	case HoldMap:
		if mode != RouteMap {
			h.Name = args.Text("name")
		}
	case HoldList:
		h.Name, h.List = args.Text("name"), f.List
	}
	switch {
	case (h.Kind == HoldPolicy || h.Kind == HoldNeighbor) && h.Peer == (Peer{}),
		h.Kind == HoldList && h.Name == "",
		h.Kind == HoldMap && h.Name == "" && mode != RouteMap:
		return Hold{}
	}
	return h
}

// maxRepairs is how many misspelled words of one line are looked through for what the line was meant to be.
const maxRepairs = 4

// repaired judges what a bad line was meant to be: the mode it would have opened and what is left open without it. A misspelled word is
// replaced by the near one and the line read again.
func repaired(mode Mode, line string, err *Error, left int) (Mode, Hold) {
	if err.Suggest != "" && err.Word != "" && left > 0 {
		body := trim(line)
		better := body[:err.Offset] + err.Suggest + body[err.Offset+len(err.Word):]
		got, again := read(mode, better)
		if again != nil {
			return repaired(mode, better, again, left-1)
		}
		if got.form != nil {
			return got.opens(), got.form.hold(got.cmd.Args, got.cmd.Mode)
		}
	}
	return err.worst(mode, line)
}

// worst is the strictest of what a line that broke off could have become.
func (e *Error) worst(mode Mode, line string) (opens Mode, hold Hold) {
	if e.Suggest == "" && len(unsignedWords(e.Line[:e.Offset])) == 0 {
		return "", Hold{}
	}
	for _, m := range e.meant {
		var args Args
		for i := range m.steps {
			if st := &m.steps[i]; st.node.name != "" {
				args = append(args, Arg{st.node.name, st.value})
			}
		}
		if !args.Has("dir") {
			args = append(args, direction(line)...)
		}
		for _, f := range m.forms {
			if f.Enters != "" && !f.no {
				opens = f.Enters
			}
			family := f.mode
			if h := f.hold(args, family); h.Kind > hold.Kind && h.Kind != HoldRouter {
				hold = h
			}
		}
	}
	return opens, hold
}

// unsignedWords are the words of a line behind no.
func unsignedWords(line string) []token {
	toks := split(line)
	if len(toks) > 0 && toks[0].text == "no" {
		return toks[1:]
	}
	return toks
}

// direction finds in or out in the words of a line that could not be read to its end.
func direction(line string) Args {
	var found Args
	for _, t := range split(line) {
		if t.text == "in" || t.text == "out" {
			if found != nil {
				return nil
			}
			found = Args{{"dir", t.text}}
		}
	}
	return found
}
