package shell

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// verbs are the commands that the shell does by itself or makes a call of;
// everything else the grammar knows is configuration.
var verbs map[string]verb

func init() {
	verbs = showVerbs()
	for id, do := range map[string]verb{
		"clear.bgp.prefix":        clearPrefix,
		"clear.bgp.message-stats": clearBGP,
		"clear.route-map":         clearRouteMaps,
		"clear.prefix-list":       clearPrefixLists,
		"clear.bgp":               clearBGP,
		"clear.bgp.filter":        clearBGP,
		"configure":               openCandidate,
		"configure.replace":       replaceConfiguration,
		"commit":                  commit,
		"commit.confirm":          confirmCommit,
		"commit.cancel":           cancelCommit,
		"discard":                 discard,
		"rollback":                rollback,
		"update":                  updateCandidate,
		"copy.file":               copyFile,
		"write":                   write,
		"copy.running-config":     write,
		"wait.neighbor":           waitNeighbor,
		"wait.converged":          waitConverged,
		"log.level":               logLevel,
		"restart.graceful":        restartGraceful,
		"debug.events":            debug,
		"debug.updates":           debug,
		"undebug.events":          debug,
		"undebug.updates":         debug,
		"undebug.all":             debug,
		"show.debugging":          showDebugging,
		"who":                     who,
		"terminal.length":         terminalLength,
		"terminal.monitor":        terminalMonitor,
		"terminal.no-monitor":     terminalNoMonitor,
		"watch":                   watchCommand,
		"top":                     showTop,
		"list":                    listCommands,
		"find":                    listCommands,
		"enable":                  doNothing,
		"disable":                 doNothing,
		"configure.terminal":      changeMode,
		"exit":                    changeMode,
		"quit":                    changeMode,
		"end":                     changeMode,
		"exit-address-family":     changeMode,
	} {
		verbs[id] = do
	}
}

func doNothing(*Shell, context.Context, grammar.Command, io.Writer) error { return nil }

// changeMode is the commands that only lead to another mode. On a terminal
// the daemon hears of it, so that others who edit are told.
func changeMode(s *Shell, ctx context.Context, c grammar.Command, _ io.Writer) error {
	before := s.place
	s.place = s.place.after(c, "")
	if s.interactive && before.mode == grammar.RouteMap && !before.candidate {
		if err := s.leaveMap(ctx); err != nil {
			return err
		}
	}
	switch {
	case !s.interactive:
		return nil
	case c.ID == "configure.terminal":
		err := s.beginEditing(ctx, false)
		if err != nil {
			s.place = before
		}
		return err
	case before.mode.Configures() && !s.place.mode.Configures():
		return s.leaveEditing(ctx)
	}
	return nil
}

func showHistory(s *Shell, _ context.Context, _ grammar.Command, w io.Writer) error {
	for _, line := range s.history {
		fmt.Fprintf(w, "  %s\n", line)
	}
	return nil
}

// listCommands is `list` and `find`: the commands of the mode.
func listCommands(s *Shell, _ context.Context, c grammar.Command, w io.Writer) error {
	pattern, err := regexp.Compile(c.Args.Text("pattern"))
	if err != nil {
		return fail("Not a regular expression: %v", err)
	}
	for _, e := range grammar.Entries(s.place.mode) {
		if e.Support == grammar.Ours && !e.Hidden && pattern.MatchString(e.Usage) {
			fmt.Fprintf(w, "  %s\n", e.Usage)
		}
	}
	return nil
}

func terminalLength(s *Shell, _ context.Context, c grammar.Command, _ io.Writer) error {
	s.length = int(c.Args.Uint("lines"))
	return nil
}

// showVersion shows which daemon answers; the shell's own is bgpsh --version.
func showVersion(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var v api.Version
	if err := s.call(ctx, api.DaemonVersion, api.None{}, &v); err != nil {
		return err
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, v)
	case wantsJSON(c):
		o := (&object{}).set("version", v.Version).text("commit", v.Commit).set("hostname", v.Hostname).set("go", v.Go).set("platform", v.Platform)
		o.set("pid", v.PID).set("uptimeMsec", v.UptimeMs).text("profile", v.Profile).set("socket", v.Socket).text("startupConfig", v.StartupConfig)
		return printJSON(w, o)
	}
	fmt.Fprintf(w, "bgpd %s (%s) on %s, %s, pid %d\n", v.Version, oneOf(v.Commit, "no revision"), v.Hostname, v.Platform, v.PID)
	fmt.Fprintf(w, "Built with %s, up for %s since %s\n", v.Go, short(v.UptimeMs), calendar(v.StartedAt))
	if v.Profile != "" {
		fmt.Fprintf(w, "Defaults profile: %s\n", v.Profile)
	}
	if v.StartupConfig != "" {
		fmt.Fprintf(w, "Startup configuration: %s\n", v.StartupConfig)
	}
	fmt.Fprintf(w, "Socket: %s\n", v.Socket)
	return nil
}

// waitNeighbor waits for a session; it has a timeout of its own.
func waitNeighbor(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := api.WaitEstablishedParams{Neighbor: peerName(c.Args.Peer("peer")), TimeoutMs: waitMs(c)}
	if c.Args.Has("generation") {
		after := c.Args.Uint32("generation")
		params.AfterGeneration = &after
	}
	var r api.WaitResult
	if err := s.callFor(ctx, waitLimit(params.TimeoutMs), api.BGPWaitEstablished, params, &r); err != nil {
		return named(err, "No such neighbor in this view/vrf", params.Neighbor)
	}
	fmt.Fprintf(w, "%s established, generation %d, after %s\n", params.Neighbor, r.Generation, short(r.WaitedMs))
	return nil
}

func waitConverged(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	params := api.WaitConvergedParams{TimeoutMs: waitMs(c)}
	var r api.WaitResult
	if err := s.callFor(ctx, waitLimit(params.TimeoutMs), api.BGPWaitConverged, params, &r); err != nil {
		return err
	}
	fmt.Fprintf(w, "converged after %s\n", short(r.WaitedMs))
	return nil
}

// waitMs is the timeout of a wait command; a minute where none is given.
func waitMs(c grammar.Command) int64 {
	if !c.Args.Has("seconds") {
		return 60_000
	}
	return int64(c.Args.Uint("seconds")) * 1000
}

// waitLimit leaves the daemon time to say that it waited in vain.
func waitLimit(ms int64) time.Duration { return time.Duration(ms)*time.Millisecond + 5*time.Second }

// wantsJSON tells whether a command asked for a JSON document, by keyword or
// by pipe.
func wantsJSON(c grammar.Command) bool {
	if c.Args.Has("json") || c.Args.Has("native") {
		return true
	}
	for _, p := range c.Pipes {
		if p.Word == "json" {
			return true
		}
	}
	return false
}

// printNative writes a document in our own keys.
func printNative(w io.Writer, v any) error {
	doc, err := native(v)
	if err != nil {
		return err
	}
	return printJSON(w, doc)
}

// peerName is a neighbor as the API names it.
func peerName(p grammar.Peer) string {
	return p.String()
}

// named makes the failure for a thing that does not exist, with FRR's text
// and the name; other errors stay as they are.
func named(err error, text, name string) error {
	if code(err) != api.CodeNotFound {
		return err
	}
	return fail("%s: %s", text, name)
}
