package config

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"bgpsh/daemon/policy"
)

// Scope says what a held-back line holds.
type Scope uint8

// The scopes of a held-back line.
const (
	HoldsNothing Scope = iota // the line is only listed
	HoldsSession              // the neighbor stays Idle (Config)
	HoldsIn                   // the neighbor's routes are refused
	HoldsOut                  // the neighbor is sent nothing
	HoldsBoth                 // HoldsIn and HoldsOut
	HoldsRouter               // every neighbor stays Idle (Config)
	HoldsList                 // the list or map Ref refuses all
)

// Held is one line that could not be applied, and what is held back because of it, so that no bad line loosens anything.
type Held struct {
	Place
	Reason      string // why the line could not be applied
	Scope       Scope
	Neighbor    string     // the neighbor or peer-group it is about, in canonical form; empty: every neighbor
	Family      int        // index in Families, or EveryFamily
	Ref         policy.Ref // HoldsList
	Entry       uint32     // of a map: the number of the entry that the line was to be part of
	Statement   string     // what the line is about: "password", "route-map", "bgp ebgp-requires-policy"
	Unsupported bool       // the line is right, but names something that this router lacks
	raw         Secret     // the line with single blanks, to be retracted by
}

// EveryFamily is the Family of a Held that concerns all families.
const EveryFamily = -1

// Place is where a line stands.
type Place struct {
	File string // empty for a typed line
	Line int    // 1-based; 0 for a typed line
	Text string // as it stands there, trimmed; a password is replaced by stars
}

// String is "FILE:N: TEXT", or the text alone.
func (p Place) String() string {
	switch {
	case p.File != "":
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text)
	case p.Line > 0:
		return fmt.Sprintf("line %d: %s", p.Line, p.Text)
	}
	return p.Text
}

// Effect tells the operator what the line holds back.
func (h Held) Effect() string {
	name, family := "neighbor "+h.Neighbor, "every family"
	if h.Neighbor == "" {
		name = "every neighbor"
	}
	if h.Family >= 0 {
		family = Families[h.Family].String()
	}
	switch h.Scope {
	case HoldsSession:
		return fmt.Sprintf("%s stays Idle (Config)", name)
	case HoldsIn:
		return fmt.Sprintf("%s in refuses all, %s (Config)", name, family)
	case HoldsOut:
		return fmt.Sprintf("%s out sends nothing, %s (Config)", name, family)
	case HoldsBoth:
		return fmt.Sprintf("%s passes no route, %s (Config)", name, family)
	case HoldsRouter:
		return "every neighbor stays Idle (Config)"
	case HoldsList:
		return h.Ref.String() + " refuses all (Config)"
	}
	return "the line is left out"
}

// holds reports whether h holds what scope asks for a neighbor of this name and group, in the family of index f.
func (h Held) holds(name, group string, scope Scope, f int) bool {
	if h.Neighbor != "" && h.Neighbor != name && h.Neighbor != group {
		return false
	}
	switch scope {
	case HoldsSession:
		return h.Scope == HoldsSession || h.Scope == HoldsRouter
	case HoldsIn, HoldsOut:
		return (h.Scope == scope || h.Scope == HoldsBoth) && (h.Family == EveryFamily || h.Family == f)
	}
	return false
}

// LineError is a line of a startup config that is wrong.
type LineError struct {
	Place
	Reason string
	Held   []Held   // what is held back because of it
	Absent []string // the neighbors that are not there because of it, nor because of any other line
	Taken  int      // lines of the block that it should have opened, left out with it
}

// HeldBack tells what does not work because of the line; empty where only the line itself is left out.
func (e LineError) HeldBack() string {
	var all []string
	for _, h := range e.Held {
		effect := h.Effect()
		if slices.Contains(e.Absent, h.Neighbor) {
			effect = "neighbor " + h.Neighbor + " is left out"
		}
		if !slices.Contains(all, effect) {
			all = append(all, effect)
		}
	}
	switch {
	case e.Taken == 1:
		all = append(all, "1 line of its block is left out")
	case e.Taken > 1:
		all = append(all, fmt.Sprintf("%d lines of its block are left out", e.Taken))
	}
	return strings.Join(all, "; ")
}

// Unwritten lists the lines that a written startup configuration would lose although they matter: the bad lines of the file,
// and those that are right, not supported, and hold something back.
func (c *Config) Unwritten(bad []LineError) []LineError {
	out := slices.Clone(bad)
	for _, h := range c.Held {
		if h.Unsupported {
			out = append(out, LineError{Place: h.Place, Reason: h.Reason, Held: []Held{h}})
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Line < out[j].Line })
	return out
}

// Report is what there is to say about a startup configuration, in the order of its lines.
func Report(bad []LineError, warnings []Warning) []string {
	type entry struct {
		line int
		text string
	}
	var all []entry
	for _, w := range warnings {
		all = append(all, entry{w.Line, w.String()})
	}
	for _, e := range bad {
		text := e.Error()
		if held := e.HeldBack(); held != "" {
			text += "; " + held
		}
		all = append(all, entry{e.Line, text})
	}
	sort.SliceStable(all, func(i, j int) bool { return all[i].line < all[j].line })
	out := make([]string, len(all))
	for i, e := range all {
		out[i] = e.text
	}
	return out
}

// Error is the place and the reason.
func (e LineError) Error() string {
	if e.File != "" {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// Warning is a line that was understood but does nothing, or less than it says.
type Warning struct {
	Place
	Reason string
}

// String is the place and the reason.
func (w Warning) String() string {
	if w.File != "" {
		return fmt.Sprintf("%s:%d: warning: %s", w.File, w.Line, w.Reason)
	}
	return fmt.Sprintf("line %d: warning: %s", w.Line, w.Reason)
}
