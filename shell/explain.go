package shell

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// showExplain is `show bgp explain PREFIX` and `show bgp PREFIX explain`. A
// prefix that nobody sent is no error: that is the answer.
func showExplain(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	params := api.ExplainParams{Address: c.Args.Addr("addr"), From: peerName(c.Args.Peer("from")), To: peerName(c.Args.Peer("to"))}
	if c.Args.Has("origin") {
		params.From = "local"
	}
	own := params.Address
	if p := c.Args.Prefix("prefix"); p.IsValid() {
		params.Prefix, params.Address, own = p.Masked(), netip.Addr{}, p.Addr()
	}
	f, err := familyOf(c, own)
	if err != nil {
		return err
	}
	params.Family = f
	var x api.Explanation
	if err := s.call(ctx, api.BGPExplain, params, &x); err != nil {
		return named(err, "No such neighbor in this view/vrf", params.From+params.To)
	}
	if wantsJSON(c) {
		return printNative(w, x)
	}
	return printExplanation(w, &x, &params, time.Now())
}

// printExplanation writes the answer in one line, then the candidates, those
// that were refused, and what the neighbor asked about is told.
func printExplanation(w io.Writer, x *api.Explanation, p *api.ExplainParams, now time.Time) error {
	spellPaths(x)
	width := widthOf(w)
	say := func(indent, text string) { io.WriteString(w, paragraph(indent, printable(text), width)) }
	say("", headline(x, p, now))
	if x.Changing {
		say("", "The table is about to decide again.")
	}
	var rows [][]string
	for i := range x.Paths {
		if v := &x.Paths[i]; v.Outcome != api.OutcomeRefused {
			rows = append(rows, candidateRow(v, now))
		}
	}
	if len(rows) > 0 {
		fmt.Fprintln(w)
		if err := printTable(w, []string{"  From", "Next hop", "AS path", "Outcome"}, rows); err != nil {
			return err
		}
	}
	printRefused(w, x.Paths, say)
	if len(x.Paths) == 0 {
		printAbsent(x, say)
	}
	if x.Sending != nil {
		fmt.Fprintln(w)
		printSending(w, x, p, say)
	}
	return nil
}

// widthOf is the width of the window that shows w, 0 where there is none.
func widthOf(w io.Writer) int {
	if out, ok := w.(*output); ok {
		return out.columns
	}
	return 0
}

// paragraph indents a text and wraps it to the width.
func paragraph(indent, text string, width int) string {
	if width > 0 {
		text = wrap(text, max(width-len(indent), leastColumn))
	}
	return indent + strings.ReplaceAll(text, "\n", "\n"+indent) + "\n"
}

// headline says in one line what was decided and why.
func headline(x *api.Explanation, p *api.ExplainParams, now time.Time) string {
	what := p.Address.String()
	if x.Prefix.IsValid() {
		what = x.Prefix.String()
	}
	if p.Address.IsValid() && x.Prefix.IsValid() {
		what = fmt.Sprintf("%s (longest match of %s)", what, p.Address)
	}
	switch {
	case x.Best != nil && x.Best.Versus == "":
		return fmt.Sprintf("%s: best is from %s, the only %s", what, source(x.Best), onlyOf(x))
	case x.Best != nil:
		return fmt.Sprintf("%s: best is from %s because of %s", what, source(x.Best), comparison(x.Best, now))
	case x.Total > 0 && x.Refused == x.Total:
		return fmt.Sprintf("%s: no best path, %s", what, allRefused(x.Total))
	case x.Total > 0:
		return what + ": no best path"
	}
	return what + ": not in table"
}

// onlyOf says what the best path is the only one of.
func onlyOf(x *api.Explanation) string {
	if x.Refused > 0 {
		return fmt.Sprintf("path that was accepted (%d refused)", x.Refused)
	}
	return "path"
}

func allRefused(n int) string {
	if n == 1 {
		return "the only one received is refused"
	}
	return fmt.Sprintf("all %d received are refused", n)
}

// source names where a path comes from.
func source(v *api.PathVerdict) string {
	switch {
	case v.Redistributed != "" && v.Interface != "":
		return fmt.Sprintf("this router, redistributed from %s (%s)", v.Redistributed, printable(v.Interface))
	case v.Redistributed != "":
		return "this router, redistributed from " + v.Redistributed
	case v.Local:
		return "this router"
	}
	name := v.Neighbor
	if v.Hostname != "" && v.Hostname != name {
		name += " (" + printable(v.Hostname) + ")"
	}
	if v.PathID != 0 {
		name += fmt.Sprintf(" path %d", v.PathID)
	}
	return name
}

// steps are what each step of the ladder compares: the noun, and the
// adjectives of the path that wins and of the one that loses.
var steps = map[string]struct{ won, lost, noun, sign string }{
	"Weight":                  {"a higher", "a lower", "weight", ">"},
	"Local Pref":              {"a higher", "a lower", "local preference", ">"},
	"AS Path":                 {"a shorter", "a longer", "AS path", "<"},
	"Origin":                  {"a lower", "a higher", "origin", "<"},
	"MED":                     {"a lower", "a higher", "MED", "<"},
	"IGP Metric":              {"a lower", "a higher", "metric to the next hop", "<"},
	"Router ID":               {"a lower", "a higher", "router ID", "<"},
	"Cluster length":          {"a shorter", "a longer", "cluster list", "<"},
	"Neighbor IP":             {"a lower", "a higher", "neighbor address", "<"},
	"Nothing left to compare": {"a lower", "a higher", "path identifier", "<"},
}

// comparison says what set a path apart from the one that it was held
// against: "a shorter AS path (2 < 3) than 10.0.0.3".
func comparison(v *api.PathVerdict, now time.Time) string {
	won, than := v.Outcome == api.OutcomeBest, v.Versus
	if than == "local" {
		than = "this router's own"
	}
	if v.VersusID != 0 {
		than += fmt.Sprintf(" path %d", v.VersusID)
	}
	s, ok := steps[v.Step]
	switch {
	case v.Step == "Older Path":
		word := map[bool]string{true: "a higher", false: "a lower"}[won]
		return fmt.Sprintf("%s age (%s, against %s) than %s", word, sinceText(v.Own, now), sinceText(v.Other, now), than)
	case v.Step == "Local Route", v.Step == "Peer Type", v.Step == "Path Staleness":
		return fmt.Sprintf("being %s, while %s is %s", v.Own, than, v.Other)
	case !ok:
		return fmt.Sprintf("%s (%s, against %s) than %s", v.Step, v.Own, v.Other, than)
	}
	word, sign := s.won, s.sign
	if !won {
		word, sign = s.lost, map[string]string{"<": ">", ">": "<"}[sign]
	}
	return fmt.Sprintf("%s %s (%s %s %s) than %s", word, s.noun, v.Own, sign, v.Other, than)
}

// sinceText is how long ago a time was.
func sinceText(at string, now time.Time) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	return short(max(now.Sub(t).Milliseconds(), 0))
}

// candidateRow is one path that took part in the decision.
func candidateRow(v *api.PathVerdict, now time.Time) []string {
	mark, outcome := map[api.Outcome]string{api.OutcomeBest: "> ", api.OutcomeMultipath: "= "}[v.Outcome], ""
	if mark == "" {
		mark = "  "
	}
	switch {
	case v.Outcome == api.OutcomeBest && v.Versus == "":
		outcome = "best"
	case v.Outcome == api.OutcomeBest:
		outcome = "best: " + comparison(v, now)
	case v.Outcome == api.OutcomeMultipath:
		outcome = "multipath: as good as the best; not best itself because of " + comparison(v, now)
	default:
		outcome = "lost: " + comparison(v, now)
	}
	if telling(v.Rule) {
		outcome += "; passed by " + v.Rule
	}
	switch {
	case v.LongLived:
		outcome += " (long-lived stale)"
	case v.Stale:
		outcome += " (stale)"
	}
	hop := v.NextHop.WithZone("").String()
	if v.Local && (!v.NextHop.IsValid() || v.NextHop.IsUnspecified()) {
		hop = "self"
	}
	return []string{mark + source(v), hop, oneOf(v.ASPath, "(empty)"), printable(outcome)}
}

// spellPaths writes AS paths in the router's notation.
func spellPaths(x *api.Explanation) {
	spell := func(path *string) { *path = x.ASNotation.Path(*path) }
	for i := range x.Paths {
		spell(&x.Paths[i].ASPath)
	}
	if x.Best != nil {
		spell(&x.Best.ASPath)
	}
	if s := x.Sending; s != nil {
		if s.Path != nil {
			spell(&s.Path.ASPath)
		}
		for i := range s.Paths {
			spell(&s.Paths[i].ASPath)
		}
	}
}

// telling tells whether a rule that let a route pass is worth a word: one that
// lets everything pass is not.
func telling(rule string) bool {
	return rule != "" && rule != "no policy restricts it" && rule != "allow any"
}

// printRefused writes the candidates that took no part, each with its reason.
func printRefused(w io.Writer, paths []api.PathVerdict, say func(indent, text string)) {
	first := true
	for i := range paths {
		v := &paths[i]
		if v.Outcome != api.OutcomeRefused {
			continue
		}
		if first {
			fmt.Fprint(w, "\nRefused:\n")
		}
		first = false
		say("  ", fmt.Sprintf("%s: %s", source(v), v.Refusal.Text))
		if v.Refusal.Stage != api.StageMalformed {
			say("    ", "AS path "+oneOf(v.ASPath, "(empty)")+", next hop "+address(v.NextHop))
		}
		printRefusal(v.Refusal, "    ", say)
	}
}

// printRefusal writes what stands behind a refusal: the way through the
// policy, and what to type.
func printRefusal(r *api.Refusal, indent string, say func(indent, text string)) {
	for _, step := range r.Steps {
		if len(r.Steps) > 1 || !step.Matched { // else the rule has said it
			say(indent, stepText(&step))
		}
	}
	if len(r.Message) > 0 {
		say(indent, fmt.Sprintf("the message of %s, %d octets: %X", calendar(r.At), len(r.Message), r.Message[:min(len(r.Message), 64)]))
	}
	if len(r.Lines) > 0 {
		say(indent, "to have it otherwise:")
		for _, line := range r.Lines {
			say(indent+"  ", line)
		}
	}
}

// stepText is one entry of a route map that a route came by.
func stepText(s *api.PolicyStep) string {
	action := "deny"
	if s.Permit {
		action = "permit"
	}
	text := fmt.Sprintf("route-map %s %s %d: ", s.Map, action, s.Seq)
	if s.Seq == 0 {
		text = fmt.Sprintf("route-map %s: ", s.Map)
	}
	switch {
	case s.Clause != "":
		text += "passed over, " + s.Clause + " does not hold"
		if s.Seq == 0 {
			text = fmt.Sprintf("route-map %s: %s", s.Map, s.Clause)
		}
	case s.Matched:
		text += "matches"
	default:
		text += "passed over"
	}
	if len(s.Calls) > 0 {
		text += " (called by " + strings.Join(s.Calls, ", ") + ")"
	}
	return text
}

// printAbsent says who might have sent a path, and what covers the prefix.
func printAbsent(x *api.Explanation, say func(indent, text string)) {
	const most = 8
	for i, line := range x.Absent {
		indent := "    "
		if i == 0 {
			indent = "  "
		}
		if i > most {
			say(indent, fmt.Sprintf("and %s more", plural(len(x.Absent)-i, "neighbor")))
			break
		}
		say(indent, line)
	}
	if x.Covering.IsValid() {
		from := x.CoveringFrom
		if from == "local" {
			from = "this router"
		}
		say("  ", fmt.Sprintf("The nearest prefix around it is %s, from %s", x.Covering, from))
	}
}

// printSending says what a neighbor is told.
func printSending(w io.Writer, x *api.Explanation, p *api.ExplainParams, say func(indent, text string)) {
	s := x.Sending
	to := "To " + s.Neighbor.Name
	if s.Neighbor.Hostname != "" {
		to += " (" + printable(s.Neighbor.Hostname) + ")"
	}
	switch {
	case s.Outcome == api.SendingSent:
		to += ": sent"
	case s.Outcome == api.SendingNone, s.Outcome == api.SendingWithheld:
		to += ": not sent, " + s.Refusal.Text
	case s.Refusal != nil && s.Holds:
		to += ": being withdrawn, " + s.Refusal.Text + "; " + s.Wait
	case s.Refusal != nil:
		to += ": not to be sent, " + s.Refusal.Text
	case s.Holds:
		to += ": sent in an earlier version; the new one waits: " + s.Wait
	default:
		to += ": to be sent; it waits: " + s.Wait
	}
	say("", to)
	if p.From != "" && x.Best != nil && s.Path != nil && len(s.Paths) == 0 && !fromAsked(x) {
		say("  ", "That is the best path; the one from "+p.From+" is not, and only the best one is sent")
	}
	if s.Refusal != nil {
		printRefusal(s.Refusal, "  ", say)
	}
	if s.Path != nil {
		for _, line := range sentAttributes(s) {
			say("  ", line)
		}
	}
	for i := range s.Paths {
		say("  ", sendingPath(&s.Paths[i]))
	}
}

// sendingPath says what a neighbor with ADD-PATH is told of one path.
func sendingPath(p *api.SendingPath) string {
	out := fmt.Sprintf("path %d", p.ID)
	switch {
	case p.From == "local":
		out += ", originated here"
	case p.From != "":
		out += " from " + p.From
	}
	if p.PathID != 0 {
		out += fmt.Sprintf(" (received as %d)", p.PathID)
	}
	switch {
	case p.Outcome == api.SendingSent:
		return out + fmt.Sprintf(": sent with next hop %s, AS path %s", address(p.NextHop), oneOf(p.ASPath, "(empty)"))
	case p.Outcome == api.SendingWithheld:
		return out + ": not sent, " + printable(p.Reason)
	case p.Reason != "" && p.Holds:
		return out + ": being withdrawn, " + printable(p.Reason) + "; " + p.Wait
	case p.Reason != "":
		return out + ": not to be sent, " + printable(p.Reason)
	case p.Holds:
		return out + ": sent in an earlier version; the new one waits: " + p.Wait
	}
	return out + ": to be sent; it waits: " + p.Wait
}

// fromAsked tells whether the best path is among those asked for.
func fromAsked(x *api.Explanation) bool {
	for i := range x.Paths {
		if x.Paths[i].Best {
			return true
		}
	}
	return false
}

// sentAttributes are the attributes as a neighbor gets them.
func sentAttributes(s *api.Sending) []string {
	p := s.Path
	parts := []string{"next hop " + address(p.NextHop), "AS path " + oneOf(p.ASPath, "(empty)"), "origin " + originWord(p.Origin)}
	add := func(holds bool, format string, args ...any) {
		if holds {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(p.MED != nil, "MED %d", value(p.MED))
	add(p.LocalPref != nil, "local preference %d", value(p.LocalPref))
	add(len(p.Communities) > 0, "communities %s", strings.Join(p.Communities, " "))
	add(len(p.LargeCommunities) > 0, "large communities %s", strings.Join(p.LargeCommunities, " "))
	add(len(p.ExtCommunities) > 0, "extended communities %s", strings.Join(p.ExtCommunities, " "))
	add(p.OTC != nil, "OTC %d", value(p.OTC))
	add(p.OriginatorID.IsValid(), "originator %s", address(p.OriginatorID))
	lines := []string{"with " + strings.Join(parts, ", ")}
	if telling(s.Rule) {
		lines = append(lines, "passed by "+s.Rule)
	}
	if s.Group > 0 {
		lines = append(lines, fmt.Sprintf("update group %d", s.Group))
	}
	return lines
}
