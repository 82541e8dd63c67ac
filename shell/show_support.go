package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// supportNeighbors is how many neighbors show tech-support has in detail,
// those that are down first.
const supportNeighbors = 64

// supportCommands are what show tech-support shows before and after the
// neighbors.
var supportCommands = []string{
	"show version", "show users", "show running-config", "show startup-config errors", "show configuration history", "show configuration pending",
	"show audit last 100", "show bgp summary wide", "show bgp listeners", "show bgp statistics", "show bgp memory", "show bgp update-groups",
	"show bgp nexthop", "show bgp peer-group", "show route-map", "show ip prefix-list", "show ipv6 prefix-list", "show bgp as-path-access-list",
	"show bgp community-list", "show debugging",
}

// Waits for one section: the first that gets no answer, and those behind it.
const (
	supportWait     = 10 * time.Second
	supportPatience = 2 * time.Second
)

// showTechSupport is `show tech-support [save FILE]`: all that support asks
// for, section by section as it comes. A section that fails says why, and the
// others follow.
func showTechSupport(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if name := c.Args.Text("file"); name != "" {
		file, err := s.newSaver(name, w)
		if err != nil {
			return err
		}
		v := file.(*saver)
		v.private = true
		if err := s.techSupport(ctx, v); err != nil {
			v.abandon()
			return err
		}
		return v.Close()
	}
	return s.techSupport(ctx, w)
}

func (s *Shell) techSupport(ctx context.Context, out io.Writer) error {
	defer func(timeout time.Duration) { s.timeout = timeout }(s.timeout)
	s.timeout = min(s.timeout, supportWait)
	w := &concealer{w: out}
	fmt.Fprintf(w, "Technical support, %s\nSecrets are left out. What is longer than a megabyte or so is cut.\n", calendar(time.Now()))
	for _, line := range supportCommands {
		if err := s.section(ctx, w, line); err != nil {
			return err
		}
	}
	for _, name := range s.supportNeighbors(ctx) {
		for _, what := range []string{"", " history limit 50", " errors"} {
			if err := s.section(ctx, w, "show bgp neighbors "+name+what); err != nil {
				return err
			}
		}
	}
	for _, part := range []func(context.Context, io.Writer) error{s.loggingSection, s.reportSections, s.profileSections} {
		if err := part(ctx, w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, "\nEnd of technical support")
	return firstError(err, w.Close())
}

func (s *Shell) loggingSection(ctx context.Context, w io.Writer) error {
	return s.section(ctx, w, "show logging")
}

// profileSections tell where the daemon is and what its memory is made of.
func (s *Shell) profileSections(ctx context.Context, w io.Writer) error {
	for _, kind := range []api.ProfileKind{api.ProfileGoroutine, api.ProfileHeap} {
		var p api.Profile
		heading(w, "profile: "+string(kind))
		if err := s.say(w, s.call(ctx, api.SupportProfile, api.ProfileParams{Kind: kind}, &p)); err != nil {
			return err
		}
		if _, err := io.WriteString(w, p.Text); err != nil {
			return err
		}
	}
	return nil
}

func heading(w io.Writer, title string) { fmt.Fprintf(w, "\n------ %s ------\n", title) }

// section is one command with its heading.
func (s *Shell) section(ctx context.Context, w io.Writer, line string) error {
	c, err := grammar.Match(grammar.Exec, line)
	if err != nil {
		return wrongLine(err)
	}
	heading(w, line)
	var piece bytes.Buffer // verbs look at what they write to
	err = verbs[c.ID](s, ctx, c, &piece)
	if _, broken := w.Write(piece.Bytes()); broken != nil {
		return broken
	}
	return s.say(w, err)
}

// say writes why a section failed. Only where nothing more can be asked, or
// written, is that the end: a daemon whose table hangs still tells the rest,
// for which no section waits as long as the first did.
func (s *Shell) say(w io.Writer, failed error) error {
	if failed == nil {
		return nil
	}
	if statusOf(failed) == statusUnreachable {
		if s.call(context.Background(), api.DaemonVersion, api.None{}, nil) != nil {
			return failed
		}
		s.timeout = min(s.timeout, supportPatience)
	}
	_, err := fmt.Fprintf(w, "%% %v\n", failed)
	return err
}

// supportNeighbors names the neighbors that are shown in detail.
func (s *Shell) supportNeighbors(ctx context.Context) []string {
	var all api.Summary
	if s.call(ctx, api.BGPSummary, api.SummaryParams{}, &all) != nil {
		return nil
	}
	var down, up []string
	for _, f := range all.Families {
		for _, n := range f.Peers {
			switch {
			case slices.Contains(up, n.Name) || slices.Contains(down, n.Name):
			case n.State == api.Established:
				up = append(up, n.Name)
			default:
				down = append(down, n.Name)
			}
		}
	}
	names := slices.Concat(down, up)
	return names[:min(len(names), supportNeighbors)]
}

// reportSections are the reports of bgpd's own faults.
func (s *Shell) reportSections(ctx context.Context, w io.Writer) error {
	var all api.Reports
	heading(w, "reports of internal errors")
	if err := s.say(w, s.call(ctx, api.SupportReports, api.None{}, &all)); err != nil {
		return err
	}
	for _, r := range all.Reports {
		fmt.Fprintf(w, "%s %s %s\n", printable(r.Name), printable(r.Place), printable(r.Subject))
	}
	for _, r := range all.Reports {
		if r.Text == "" {
			continue
		}
		heading(w, printable(r.Name))
		for line := range strings.Lines(r.Text) {
			fmt.Fprintf(w, "%s\n", printable(strings.TrimRight(line, "\n")))
		}
	}
	return nil
}

// lastOnes is how many of the newest a command asks for, preset where it does not say.
func lastOnes(c grammar.Command, preset int) int {
	if c.Args.Has("count") {
		return int(c.Args.Uint("count"))
	}
	return preset
}

// showLogging is `show logging`: the last records.
func showLogging(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var log api.RecentLog
	if err := s.call(ctx, api.SupportLog, api.LogParams{Limit: lastOnes(c, 200)}, &log); err != nil {
		return err
	}
	for _, l := range log.Lines {
		fmt.Fprintln(w, printable(l))
	}
	return nil
}

// concealer takes the secrets out of lines of configuration: what a user may
// see is not what he sends to somebody else.
type concealer struct {
	w    io.Writer
	line []byte // begun and not ended
}

func (c *concealer) Write(b []byte) (int, error) {
	for rest := b; len(rest) > 0; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			c.line = append(c.line, rest...)
			break
		}
		c.line = append(c.line, rest[:i]...)
		if err := c.flush("\n"); err != nil {
			return 0, err
		}
		rest = rest[i+1:]
	}
	return len(b), nil
}

func (c *concealer) flush(end string) error {
	text := string(c.line)
	if strings.Contains(text, "password") || strings.Contains(text, "key") {
		text = grammar.Conceal(text)
	}
	c.line = c.line[:0]
	_, err := io.WriteString(c.w, text+end)
	return err
}

// Close writes a last line that has no end.
func (c *concealer) Close() error {
	if len(c.line) == 0 {
		return nil
	}
	return c.flush("")
}
