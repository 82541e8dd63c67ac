package grammar

// Statement is one line of the language as data: what it looks like, what it is for, and what becomes of it.
//
// Spec is the line in a small notation:
//
//	word            a keyword; it may be abbreviated
//	<name:type>     an argument, kept in Command.Args under its name; <type> alone is named like its type (see types.go)
//	[a]             may be left out
//	(a|b)           one of them; name:(a|b) keeps the keyword chosen as an argument, (a|b) alone keeps it as a flag
//	{a|b}           any of them, in any order, each at most once
//	a...            once or several times
//	~               from here on the no form may stop
//
// A keyword inside [], () or {} that has no name is kept as a flag under its own word: Args.Has("json").
type Statement struct {
	ID      string
	Spec    string
	Help    string
	Support Kind     // Ours, Unsupported or Foreign
	Enters  Mode     // mode after the statement; empty: unchanged
	Hold    HoldKind // what fails closed while the statement is not in force
	HoldNo  HoldKind // the same for its no form
	List    string   // HoldList: which kind of list
	Dir     string   // HoldPolicy: "in" or "out" where the line has no such argument; empty: both
	Sign    Sign
	Hidden  bool // accepted, but not offered
	// abbreviated: the keywords of this one of another program may be cut short, as people do by hand.
	abbreviated bool
	rewrite     func(Command) Command // brings a second spelling to the first, with its ID
}

// Sign tells which forms a configuration statement has.
type Sign uint8

// The forms: plain and no, only plain, only no.
const (
	BothForms Sign = iota
	PlainOnly
	NoOnly
)

// Constructors and modifiers that keep a table at one line a statement.

func own(id, spec, help string) Statement {
	return Statement{ID: id, Spec: spec, Help: help, Support: Ours}
}

func later(id, spec, help string) Statement {
	return Statement{ID: id, Spec: spec, Help: help, Support: Unsupported}
}

func foreign(id, spec, help string) Statement {
	return Statement{ID: id, Spec: spec, Help: help, Support: Foreign}
}

func (s Statement) holds(k HoldKind) Statement   { s.Hold = k; return s }
func (s Statement) holdsNo(k HoldKind) Statement { s.HoldNo = k; return s }
func (s Statement) inward() Statement            { s.Dir = "in"; return s.holds(HoldPolicy) }
func (s Statement) outward() Statement           { s.Dir = "out"; return s.holds(HoldPolicy) }
func (s Statement) list(kind string) Statement   { s.Hold, s.List = HoldList, kind; return s }
func (s Statement) enters(m Mode) Statement      { s.Enters = m; return s }
func (s Statement) plainOnly() Statement         { s.Sign = PlainOnly; return s }
func (s Statement) noOnly() Statement            { s.Sign = NoOnly; return s }
func (s Statement) hidden() Statement            { s.Hidden = true; return s }
func (s Statement) short() Statement             { s.abbreviated = true; return s }

func (s Statement) rewrites(to func(Command) Command) Statement { s.rewrite = to; return s }
