package grammar

import "strings"

// Exec commands that begin to configure, or do it as a whole.
var execConfigure = []Statement{
	own("configure", "configure", "Change a candidate of one's own, to be applied whole by commit").enters(Config),
	own("configure.replace", "configure replace <file:word> {check|confirmed <minutes:1-1440>|json|comment <comment:line>}", "Make the running configuration equal to a file (-: standard input)").rewrites(jsonBehindComment),
	own("copy.file", "copy <file:word> running-config", "Add a file to the running configuration"),
}

// Commands about the candidate and about the changes of the configuration, which every mode accepts.
var execCandidate = []Statement{
	own("commit", "commit {check|confirmed <minutes:1-1440>|json|comment <comment:line>}", "Apply the candidate whole and save the startup configuration; check: only tell what it would do").rewrites(jsonBehindComment),
	own("commit.confirm", "commit confirm", "Keep a change that waits for its confirmation"),
	own("commit.cancel", "commit cancel", "Take back a change that waits for its confirmation"),
	own("discard", "(discard|abort)", "Drop the candidate's changes"),
	own("rollback", "rollback <commits:0-4294967295>", "Put the configuration of an earlier commit into the candidate (0: the newest)"),
	own("update", "update", "Bring others' changes into the candidate; its own stay"),
	own("show.configuration.candidate", "show configuration candidate [json]", "Show the candidate"),
	own("show.configuration.diff", "show configuration diff [(<from:0-4294967295> [<to:0-4294967295>]|startup)] [json]", "Compare the candidate, an earlier change, or the startup configuration with what runs; or two changes"),
	own("show.configuration.history", "show configuration history [<number:1-4294967295>] [json]", "Show who changed the configuration, when, from where and why; of one change, its lines"),
	own("show.configuration.pending", "show configuration pending [json]", "Show the change that waits for its confirmation"),
}

// jsonBehindComment reads a last word json of a comment, which takes the rest of the line, as the keyword.
func jsonBehindComment(c Command) Command {
	text, found := strings.CutSuffix(c.Args.Text("comment"), " json")
	if !found || c.Args.Has("json") {
		return c
	}
	var args Args
	for _, a := range c.Args {
		if a.Name == "comment" {
			args = append(args, Arg{"json", true}, Arg{"comment", strings.TrimSpace(text)})
			continue
		}
		args = append(args, a)
	}
	c.Args = args
	return c
}
