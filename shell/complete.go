package shell

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// Candidate is one way to go on behind what has been typed.
type Candidate struct {
	Word string // what to insert; for an argument without known values its placeholder
	Help string
	// Insert is false for a placeholder and for the end of the line.
	Insert bool
}

// Complete gives the ways to go on at the end of line: keywords from the
// grammar, and for arguments that name live things their names, which live
// supplies (nil: none are known).
func Complete(mode grammar.Mode, line string, live liveNames) []Candidate {
	if inner, ok := watched(mode, line); ok {
		mode, line = grammar.Exec, inner
	}
	last := line[strings.LastIndexAny(line, " \t")+1:]
	var all []Candidate
	for _, c := range grammar.Complete(mode, line) {
		if c.Kind == grammar.KindWord {
			all = append(all, Candidate{c.Word, c.Help, true})
			continue
		}
		names := startingWith(things(mode, c.Kind, last, live), last)
		all = append(all, names...)
		if len(names) == 0 || last == "" {
			all = append(all, Candidate{c.Word, c.Help, false})
		}
	}
	return all
}

// things gives the live things that an argument could name.
func things(mode grammar.Mode, kind, last string, live liveNames) []api.Name {
	k, ok := liveKinds[kind]
	switch {
	case !ok || live == nil || k.searched && last == "":
		return nil
	case k.searched:
		return live(k.kind, last)
	case kind == grammar.KindNeighbor && mode.Configures():
		return append(slices.Clone(live(k.kind, "")), live(api.NameGroup, "")...)
	}
	return live(k.kind, "")
}

// watched gives the command that a live view is asked for.
func watched(mode grammar.Mode, line string) (command string, ok bool) {
	words := strings.Fields(line)
	if mode != grammar.Exec || len(words) == 0 || len(words[0]) < 2 || !strings.HasPrefix("watch", words[0]) {
		return "", false
	}
	rest := strings.TrimLeft(line, " \t")[len(words[0]):]
	if every := strings.Fields(rest); len(every) > 0 && strings.HasPrefix("every", every[0]) {
		if len(every) < 2 || len(every) == 2 && !strings.HasSuffix(rest, " ") {
			return "", false // the interval comes first
		}
		rest = rest[strings.Index(rest, every[1])+len(every[1]):]
	}
	command = strings.TrimLeft(rest, " \t")
	if command == "" || !strings.ContainsAny(command, " \t") && strings.HasPrefix("every", command) || rest == command {
		return "", false
	}
	return command, true
}

// startingWith keeps the names that begin with what has been typed.
func startingWith(names []api.Name, start string) []Candidate {
	var kept []Candidate
	for _, n := range names {
		if strings.HasPrefix(n.Name, start) {
			kept = append(kept, Candidate{n.Name, printable(n.Help), true})
		}
	}
	return kept
}

// extend is what Tab adds to a line: the rest of the only candidate and a
// blank, or as much as all candidates have in common. done says that there
// is nothing left to choose from.
func extend(line string, all []Candidate) (add string, done bool) {
	last := line[strings.LastIndexAny(line, " \t")+1:]
	common, n := "", 0
	for _, c := range all {
		if !c.Insert || !strings.HasPrefix(c.Word, last) {
			continue
		}
		if n == 0 {
			common = c.Word
		}
		for !strings.HasPrefix(c.Word, common) {
			common = common[:len(common)-1]
		}
		n++
	}
	switch {
	case n == 0:
		return "", true
	case n == 1:
		return common[len(last):] + " ", true
	}
	return common[len(last):], false
}

// printHelp is what `?` shows: each candidate with its help.
func printHelp(w io.Writer, mode grammar.Mode, line string, all []Candidate) {
	if len(all) == 0 {
		if _, err := grammar.Match(mode, line); err == nil { // inside a text that takes the rest of the line
			fmt.Fprintf(w, "  <cr>  Run the command\n")
			return
		}
		fmt.Fprintf(w, "%% There is no matched command.\n")
		return
	}
	width := 0
	for _, c := range all {
		width = max(width, len(c.Word))
	}
	for _, c := range all {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-*s  %s", width, c.Word, c.Help), " "))
	}
}

// Choices gives the words that a command of -c could go on with at its end,
// for the completion of other shells.
func Choices(o Options, line string) []Candidate {
	o.defaults()
	s := &Shell{sockets: Sockets(o.Socket, o.Getenv), timeout: nameLimit}
	defer s.disconnect()
	var all []Candidate
	for _, c := range Complete(grammar.Exec, line, s.liveNames) {
		if c.Insert {
			all = append(all, c)
		}
	}
	return all
}
