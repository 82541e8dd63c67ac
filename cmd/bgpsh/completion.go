package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"

	"bgpsh/shell"
)

// completionScripts make a shell ask `bgpsh completion words LINE` for what
// may follow, so that they know the grammar and the live things without
// holding any of it. The answer is a line for each choice: the word, a tab,
// and what it is.
var completionScripts = map[string]string{
	"bash": `# Completion of bgpsh for bash. Made by: bgpsh completion bash
_bgpsh() {
    local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} choice
    local typed=${line##*[[:space:]]}
    local before=${typed%"$word"}    # bash cuts words at colons; addresses have them
    COMPREPLY=()
    while IFS=$'\t' read -r choice _; do
        [[ $choice == "$typed"* ]] && COMPREPLY+=("${choice#"$before"}")
    done < <(bgpsh completion words "$line" 2>/dev/null)
}
complete -o default -F _bgpsh bgpsh
`,
	"zsh": `#compdef bgpsh
# Completion of bgpsh for zsh. Made by: bgpsh completion zsh
_bgpsh() {
    local line="${(j: :)words[1,CURRENT]}" choice help
    local -a choices
    while IFS=$'\t' read -r choice help; do
        choices+=("${choice//:/\\:}:$help")
    done < <(bgpsh completion words "$line" 2>/dev/null)
    if (( $#choices )); then
        _describe 'bgpsh' choices
    else
        _files
    fi
}
compdef _bgpsh bgpsh
`,
	"fish": `# Completion of bgpsh for fish. Made by: bgpsh completion fish
function __bgpsh_words
    bgpsh completion words (commandline -cp) 2>/dev/null
end
complete -c bgpsh -n 'test (count (__bgpsh_words)) -gt 0' -f -a '(__bgpsh_words)'
`,
}

// completion is `bgpsh completion bash|zsh|fish`, which prints the script of
// a shell, and `bgpsh completion words LINE`, which those scripts call.
func completion(args []string, out, errs io.Writer) int {
	switch {
	case len(args) == 1 && completionScripts[args[0]] != "":
		io.WriteString(out, completionScripts[args[0]])
	case len(args) == 2 && args[0] == "words":
		for _, c := range wordsFor(args[1]) {
			fmt.Fprintf(out, "%s\t%s\n", c.Word, c.Help)
		}
	default:
		fmt.Fprintln(errs, "usage: bgpsh completion bash|zsh|fish")
		return wrongUsage
	}
	return 0
}

// offline are the words that are no commands of the daemon.
var offline = []shell.Candidate{
	{Word: "completion", Help: "Print a script that completes words for bash, zsh or fish"},
	{Word: "decode", Help: "Decode BGP messages"},
	{Word: "log", Help: "Make a JSON log readable"},
}

// wordsFor gives what may stand at the end of a command line that begins with
// the program's name: flags, the offline verbs, and the words of commands.
func wordsFor(line string) (all []shell.Candidate) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	last := ""
	if !strings.HasSuffix(line, " ") {
		words, last = words[:len(words)-1], words[len(words)-1]
	}
	if len(words) == 0 {
		return nil
	}
	options, _, err := parse(words[1:])
	if err != nil || len(options.Commands) > 0 || len(options.Files) > 0 { // a flag wants its value, or all is said
		return nil
	}
	typed := strings.Join(options.Words, " ")
	switch {
	case typed == "completion":
		all = []shell.Candidate{{Word: "bash"}, {Word: "zsh"}, {Word: "fish"}}
	case typed == "log":
		all = []shell.Candidate{{Word: "pretty", Help: "The JSON log as people read it"}}
	case len(options.Words) > 0 && (options.Words[0] == "decode" || options.Words[0] == "completion"):
	case typed == "" && strings.HasPrefix(last, "-"):
		all = flags()
	case typed == "":
		all = append(shell.Choices(options, last), offline...)
	default:
		all = shell.Choices(options, typed+" "+last)
	}
	kept := all[:0]
	for _, c := range all {
		if strings.HasPrefix(c.Word, last) {
			kept = append(kept, c)
		}
	}
	return kept
}

// flags are the flags of the program, as choices.
func flags() (all []shell.Candidate) {
	flagSet(new(settings)).VisitAll(func(flag *pflag.Flag) {
		all = append(all, shell.Candidate{Word: "--" + flag.Name, Help: strings.ReplaceAll(flag.Usage, "`", "")})
		if flag.Shorthand != "" {
			all = append(all, shell.Candidate{Word: "-" + flag.Shorthand, Help: strings.ReplaceAll(flag.Usage, "`", "")})
		}
	})
	return all
}
