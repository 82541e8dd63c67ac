package config

import (
	"slices"
	"strings"

	"bgpsh/ipc/grammar"
)

// hold records what has to fail closed because a line is not in force, and returns it.
func (e *edit) hold(l grammar.Line, at Place, why string, unsupported bool) []Held {
	h := Held{
		Place:       Place{File: at.File, Line: at.Line, Text: grammar.Excerpt(strings.TrimSpace(at.Text))},
		Reason:      why,
		Family:      EveryFamily,
		Statement:   meant(l, at.Text),
		Unsupported: unsupported,
		raw:         NewSecret(normal(at.Text)),
	}
	if i := slices.Index(familyNames[:], l.Hold.Family); i >= 0 {
		h.Family = i
	}
	switch l.Hold.Kind {
	case grammar.HoldNeighbor:
		h.Scope, h.Neighbor = HoldsSession, nameOf(l.Hold.Peer)
	case grammar.HoldPolicy:
		h.Neighbor = nameOf(l.Hold.Peer)
		h.Scope = HoldsBoth
		switch {
		case l.Hold.In && !l.Hold.Out:
			h.Scope = HoldsIn
		case l.Hold.Out && !l.Hold.In:
			h.Scope = HoldsOut
		}
	case grammar.HoldFamily:
		h.Scope = HoldsBoth
	case grammar.HoldRouter:
		h.Scope = HoldsRouter
	case grammar.HoldMap, grammar.HoldList:
		h.Scope = HoldsList
		h.Ref, h.Entry = e.heldRef(l.Hold)
	default:
		return nil
	}
	e.release(func(old Held) bool { return old.sameThing(h) })
	e.config.Held = append(e.config.Held, h)
	return []Held{h}
}

// familyNames are the grammar's words for the families, by index.
var familyNames = [2]string{"ipv4", "ipv6"}

// sameThing reports that two held-back lines are about the same statement of the same object, so that the later one replaces
// the earlier.
func (h Held) sameThing(o Held) bool {
	if h.Scope == HoldsList && (h.Ref != o.Ref || h.Entry != o.Entry || listPlace(h.raw.Reveal()) != listPlace(o.raw.Reveal())) {
		return false
	}
	return h.Scope == o.Scope && h.Neighbor == o.Neighbor && h.Family == o.Family && h.Statement == o.Statement &&
		h.Unsupported == o.Unsupported
}

// meant is the subject of a line, with a misspelt word replaced by the one that was probably meant.
func meant(l grammar.Line, text string) string {
	s := subject(text)
	if l.Err != nil && l.Err.Suggest != "" && l.Err.Word != "" && strings.HasSuffix(s, l.Err.Word) {
		return strings.TrimSuffix(s, l.Err.Word) + l.Err.Suggest
	}
	return s
}

// normal is a line with single blanks.
func normal(line string) string {
	if !strings.Contains(line, "  ") && !strings.Contains(line, "\t") {
		return strings.TrimSpace(line)
	}
	return strings.Join(words(line), " ")
}

// settle lets go of what a right line of ours puts right: held-back lines of the same statement about the same object. A line
// that names a statement which is not supported lets go by its no form only.
func (e *edit) settle(c grammar.Command) {
	e.sayReleased(e.releaseBy(c))
}

func (e *edit) sayReleased(all []Held) {
	for _, h := range all {
		e.say(Notice, "nothing is held back any more because of %s", h.Place)
	}
}

// releaseBy lets go of the held-back lines that a command settles, and returns them.
func (e *edit) releaseBy(c grammar.Command) []Held {
	p := c.Args.Peer("peer")
	name, about, f, dir := nameOf(p), subject(c.String()), family(c), c.Args.Text("dir")
	var kept, settled []Held
	for _, h := range e.config.Held {
		fits := h.Neighbor == name && h.Statement == about && (c.No || !h.Unsupported) &&
			(h.Family == EveryFamily || h.Family == f) && (name != "" || h.Scope == HoldsRouter)
		rest := h.without(dir)
		switch {
		case h.settles(e, c):
			settled = append(settled, h)
		case !fits || rest == h.Scope:
			kept = append(kept, h)
		case rest != HoldsNothing:
			settled = append(settled, h)
			h.Scope = rest
			kept = append(kept, h)
		default:
			settled = append(settled, h)
		}
	}
	e.config.Held = kept
	return settled
}

// without is the scope that remains when the direction dir ("in", "out", or empty for all) is settled.
func (h Held) without(dir string) Scope {
	switch {
	case dir == "", h.Scope == HoldsSession, h.Scope == HoldsRouter:
		return HoldsNothing
	case dir == "in" && h.Scope == HoldsBoth:
		return HoldsOut
	case dir == "out" && h.Scope == HoldsBoth:
		return HoldsIn
	case (dir == "in") == (h.Scope == HoldsIn):
		return HoldsNothing
	}
	return h.Scope
}

// retract takes `no` and the text of a held-back line, right or wrong, as the order to let go of that line.
func (e *edit) retract() bool {
	text, found := strings.CutPrefix(normal(e.line.Text), "no ")
	if !found {
		return false
	}
	all := e.release(func(h Held) bool { return h.raw.Reveal() == text })
	e.sayReleased(all)
	return len(all) > 0
}
