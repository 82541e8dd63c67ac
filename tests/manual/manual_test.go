package manual

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"bgpsh/ipc/grammar"
)

var rewrite = flag.Bool("rewrite", false, "write the man pages and completion scripts anew")

const root = "../.."

var binDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "bgpsh-manual-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binDir = dir
	build := exec.Command("go", "build", "-o", dir+"/", "bgpsh/cmd/...")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// run gives what a program prints.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(binDir, program), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}

// kept holds a file against what it should be.
func kept(t *testing.T, name, want string) {
	t.Helper()
	path := filepath.Join(root, name)
	if *rewrite {
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, _ := os.ReadFile(path); string(have) != want {
		t.Errorf("%s is not what the programs say; run: go test ./tests/manual -rewrite", name)
	}
}

// option is a flag as --help shows it.
type option struct{ short, long, value, help string }

var optionLine = regexp.MustCompile(`(?m)^  (?:(-\w), |    )--([\w-]+)(?:\[=[^\]]*\])?(?: (\S+))?\s{2,}(.*)$`)

// options reads the flags of a program from its help.
func options(t *testing.T, program string) (all []option) {
	t.Helper()
	for _, m := range optionLine.FindAllStringSubmatch(run(t, program, "--help"), -1) {
		all = append(all, option{m[1], m[2], m[3], m[4]})
	}
	if len(all) < 5 {
		t.Fatalf("%s --help names %d flags", program, len(all))
	}
	return all
}

func TestManOfTheShell(t *testing.T) {
	p := newPage("bgpsh", "1", "shell of the BGP router bgpd")
	p.section("SYNOPSIS")
	p.synopsis("bgpsh", "[OPTIONS] [WORDS...]", "decode [--hex|--pcap|--mrt] [--as2] [--addpath] [--extended] [--ibgp] [FILE|-]", "log pretty [FILE|-]", "completion bash|zsh|fish")
	p.section("DESCRIPTION")
	p.text("bgpsh is the command line of bgpd, in the language of FRR's vtysh. Without a command it is interactive on a terminal, and takes commands " +
		"from standard input otherwise. WORDS are one command. All lines of one run are one session: they are understood before the first of them runs, " +
		"and configuration lines are applied together when configuration is left.")
	p.text("decode, log and completion need no daemon.")
	p.section("OPTIONS")
	p.options(options(t, "bgpsh"))
	p.section("COMMANDS")
	p.text("Words may be shortened as long as they are unique. Configuration statements are in bgpd(8).")
	p.statements(grammar.Exec)
	p.section("PIPES")
	p.text("Behind a show command, and one behind the other:")
	for _, c := range grammar.Complete(grammar.Exec, "show version | ") {
		p.item("| "+c.Word, c.Help+".")
	}
	p.section("KEYS")
	p.item("Tab", "Complete the word, or show what it could be.")
	p.item("?", "Show what may follow; Ctrl-V ? is the character itself.")
	p.item("Ctrl-R", "Look for a line in the history.")
	p.item("Ctrl-C", "End the command that runs, or drop the line.")
	p.item("Ctrl-Z", "Leave configuration.")
	p.item("Ctrl-D", "Leave the shell.")
	p.section("EXIT STATUS")
	p.item("0", "Done, also when a listing is empty.")
	p.item("1", "A line was wrong, the thing it names does not exist, or a candidate was left uncommitted.")
	p.item("2", "Wrong usage.")
	p.item("3", "The daemon cannot be reached.")
	p.section("ENVIRONMENT")
	p.item("BGPSH_SOCKET", "Path of the daemon's socket.")
	p.item("PAGER", "Program that pages long output in an interactive session; without it bgpsh has its own.")
	p.item("NO_COLOR", "Where it is set, nothing is coloured.")
	p.section("FILES")
	p.item("/run/bgpsh/bgpd.sock", "The socket of the system's daemon.")
	p.item("~/.local/state/bgpsh/history", "The commands of earlier sessions, without those that set a password.")
	p.section("SEE ALSO")
	p.text("bgpd(8)")
	kept(t, "etc/man/bgpsh.1", p.String())
}

func TestManOfTheDaemon(t *testing.T) {
	p := newPage("bgpd", "8", "BGP router")
	p.section("SYNOPSIS")
	p.synopsis("bgpd", "[OPTIONS]")
	p.section("DESCRIPTION")
	p.text("bgpd speaks BGP with the neighbors that its configuration names, and is configured with bgpsh(1) or by its startup configuration, " +
		"which is in the language of FRR.")
	p.text("A startup configuration with bad lines does not stop it from serving: each bad line is logged with what is held back because of it.")
	p.section("OPTIONS")
	p.text("Each may be given as a variable BGPD_NAME of the environment (BGPD_LOG_LEVEL) or as a key of the settings file too; flags come first.")
	p.options(options(t, "bgpd"))
	p.section("SIGNALS")
	p.item("SIGTERM, SIGINT", "Take leave of every neighbor (Cease, Administrative Shutdown) and end.")
	p.item("SIGHUP", "Make the running configuration equal to the startup configuration, whole or not at all.")
	p.item("SIGUSR1", "Open the log file anew.")
	p.section("STATEMENTS")
	p.text("Every statement has a no form unless it says otherwise.")
	for _, mode := range []struct {
		mode  grammar.Mode
		title string
	}{
		{grammar.Config, "Global"}, {grammar.Router, "In router bgp"}, {grammar.AF4, "In address-family ipv4 unicast"},
		{grammar.AF6, "In address-family ipv6 unicast"}, {grammar.RouteMap, "In route-map"},
	} {
		p.subsection(mode.title)
		p.statements(mode.mode)
	}
	p.section("FILES")
	p.item("/etc/bgpsh/bgpd.yaml", "Settings.")
	p.item("/etc/bgpsh/startup.conf", "The startup configuration; else startup.conf in the data directory.")
	p.item("/var/lib/bgpsh", "The data directory of root's daemon.")
	p.item("/run/bgpsh/bgpd.sock", "The socket for bgpsh.")
	p.section("SEE ALSO")
	p.text("bgpsh(1)")
	kept(t, "etc/man/bgpd.8", p.String())
}

// The pages are what man can read.
func TestManReadsThePages(t *testing.T) {
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("no groff here")
	}
	for _, name := range []string{"bgpsh.1", "bgpd.8"} {
		out, err := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z", filepath.Join(root, "etc/man", name)).CombinedOutput()
		if err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%.500s", name, err, out)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for shell, name := range map[string]string{"bash": "bash/bgpsh", "zsh": "zsh/_bgpsh", "fish": "fish/bgpsh.fish"} {
		kept(t, "etc/completion/"+name, run(t, "bgpsh", "completion", shell))
	}
	var bash, zsh, fish strings.Builder
	zsh.WriteString("#compdef bgpd\n_arguments")
	var words []string
	for _, o := range options(t, "bgpd") {
		words = append(words, "--"+o.long)
		value := ""
		if o.value != "" {
			value = ":" + o.value + ":" + map[bool]string{true: "(" + strings.ReplaceAll(o.value, "|", " ") + ")", false: "_files"}[strings.Contains(o.value, "|")]
		}
		fmt.Fprintf(&zsh, " \\\n  '--%s[%s]%s'", o.long, strings.NewReplacer("'", "", "[", "(", "]", ")").Replace(o.help), value)
		fmt.Fprintf(&fish, "complete -c bgpd -l %s -d '%s'%s\n", o.long, strings.ReplaceAll(o.help, "'", ""), map[bool]string{true: " -r", false: ""}[o.value != ""])
	}
	fmt.Fprintf(&bash, "# Completion of bgpd for bash.\ncomplete -o default -W '%s' bgpd\n", strings.Join(words, " "))
	kept(t, "etc/completion/bash/bgpd", bash.String())
	kept(t, "etc/completion/zsh/_bgpd", zsh.String()+"\n")
	kept(t, "etc/completion/fish/bgpd.fish", fish.String())
}

// The script completes words in bash itself.
func TestCompletionInBash(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash here")
	}
	script, err := filepath.Abs(filepath.Join(root, "etc/completion/bash/bgpsh"))
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		"bgpsh sho":                  "show",
		"bgpsh show bgp summ":        "summary",
		"bgpsh --no-p":               "--no-pager",
		"bgpsh --no-pager show vers": "version",
		"bgpsh show nothing ":        "",
		"bgpsh -c ":                  "",
	} {
		words := strings.Fields(line)
		if strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		quoted := "'" + strings.Join(words, "' '") + "'"
		cmd := exec.Command(bash, "--norc", "-c", fmt.Sprintf("source %s; COMP_LINE='%s'; COMP_POINT=%d; COMP_WORDS=(%s); COMP_CWORD=%d; _bgpsh; echo \"${COMPREPLY[@]}\"",
			script, line, len(line), quoted, len(words)-1))
		cmd.Env = append(os.Environ(), "PATH="+binDir+":"+os.Getenv("PATH"), "BGPSH_SOCKET=/nowhere")
		out, err := cmd.CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%q: %q, want %q (%v)", line, got, want, err)
		}
	}
}
