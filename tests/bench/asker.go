package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// An asker is a process that asks a daemon the same thing again and again and times the answers. It is this program, run again with
// nothing else to do: asked from where the load is made, an answer would wait for the load's own turn on the processor too.
type asker struct {
	cmd    *exec.Cmd
	stdin  io.Closer // the asker ends with it
	stdout *bufio.Reader
	stderr strings.Builder
}

// askWord is the first argument of an asker; its question follows.
const askWord = "ask"

// The questions, with what follows them.
const (
	askNeighbors = "neighbors" // SOCKET ADDRESS: the list of neighbors and one neighbor in turn
	askPage      = "page"      // SOCKET: the first hundred routes
	askProgram   = "program"   // NAME ARGUMENT...: what a program says, from its start to its end
)

// A call is one question and its answer, as askers report them.
type call struct {
	Begun time.Time
	Took  time.Duration // nanoseconds
}

// askReady is the line that an asker writes once it has asked for the first time.
const askReady = "ready"

// newAsker starts an asker and waits for its first answer. It ends with end or kill.
func newAsker(ctx context.Context, question []string) (*asker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	a := &asker{cmd: exec.CommandContext(ctx, self, append([]string{askWord}, question...)...)}
	a.cmd.Stderr = &a.stderr
	stdin, err := a.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := a.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	a.stdin, a.stdout = stdin, bufio.NewReader(stdout)
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	if line, err := a.stdout.ReadString('\n'); err != nil || line != askReady+"\n" {
		a.kill()
		return nil, fmt.Errorf("%s: %s", a.cmd, a.stderr.String())
	}
	return a, nil
}

// end lets the asker finish its call and gives all that it made.
func (a *asker) end() (calls []call, err error) {
	a.stdin.Close()
	decoded := json.NewDecoder(a.stdout).Decode(&calls)
	if err := a.cmd.Wait(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", a.cmd, err, a.stderr.String())
	}
	return calls, decoded
}

func (a *asker) kill() {
	a.cmd.Process.Kill()
	a.cmd.Wait()
}

// runAsker is an asker's whole life: it asks until in ends, and writes the calls to out.
func runAsker(question []string, in io.Reader, out io.Writer) error {
	ctx := context.Background()
	ask, err := asking(ctx, question)
	if err != nil {
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, in)
		close(ended)
	}()
	if _, err := fmt.Fprintln(out, askReady); err != nil {
		return err
	}
	calls := []call{}
	for next := time.NewTicker(askEvery); ; {
		select {
		case <-ended:
			return json.NewEncoder(out).Encode(calls)
		case <-next.C:
		}
		begun := time.Now()
		if err := ask(); err != nil {
			return err
		}
		calls = append(calls, call{begun, time.Since(begun)})
	}
}

// askAndExit is the main of an asker's process.
func askAndExit() {
	if err := runAsker(os.Args[2:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// asking gives the function that asks a question once.
func asking(ctx context.Context, question []string) (func() error, error) {
	if len(question) < 2 {
		return nil, errors.New("a question and whom to ask are needed")
	}
	kind, whom := question[0], question[1]
	if kind == askProgram {
		return func() error {
			cmd := exec.CommandContext(ctx, whom, question[2:]...)
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("%s: %w: %s", cmd, err, out)
			}
			return nil
		}, nil
	}
	client, err := ipc.Dial(ctx, whom, nil)
	if err != nil {
		return nil, err
	}
	page := func() error {
		return client.Call(ctx, api.BGPRoutes, api.RoutesParams{Family: api.IPv4Unicast, View: api.ViewTable, Limit: 100}, new(api.RoutesPage))
	}
	one := false
	neighbors := func() error {
		if one = !one; one {
			return client.Call(ctx, api.BGPNeighbors, api.NeighborsParams{Neighbor: question[2]}, new(api.Neighbors))
		}
		return client.Call(ctx, api.BGPSummary, api.SummaryParams{}, new(api.Summary))
	}
	switch {
	case kind == askPage:
		return page, nil
	case kind == askNeighbors && len(question) == 3:
		return neighbors, nil
	}
	return nil, fmt.Errorf("%q is no question", strings.Join(question, " "))
}
