package shell

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// historyLength is how many commands the history file keeps.
const historyLength = 1000

// historyFile is where the commands of earlier sessions are; empty where the
// user has no home.
func historyFile(getenv func(string) string) string {
	if dir := getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "bgpsh", "history")
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "bgpsh", "history")
	}
	return ""
}

// loadHistory reads the last commands, oldest first. A file that has grown
// far beyond them is shortened.
func loadHistory(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	if len(lines) > 2*historyLength {
		short := strings.Join(lines[len(lines)-historyLength:], "\n") + "\n"
		os.WriteFile(path, []byte(short), 0o600)
	}
	return lines[max(0, len(lines)-historyLength):]
}

// appendHistory adds one command. That it cannot is no reason to disturb
// anybody.
func appendHistory(path, line string) {
	os.MkdirAll(filepath.Dir(path), 0o700)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	defer f.Close()
	f.WriteString(line + "\n")
}

// commandContext holds the context of the command that runs, so that Ctrl-C
// can end it.
type commandContext struct {
	base context.Context

	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
}

// begin makes the context of a command.
func (c *commandContext) begin() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ctx, c.cancel = context.WithCancel(c.base)
	return c.ctx
}

// end forgets the command.
func (c *commandContext) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cancel()
	c.ctx, c.cancel = nil, nil
}

// current is the context of the command that runs, or of the session.
func (c *commandContext) current() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx == nil {
		return c.base
	}
	return c.ctx
}

// interrupt ends the command that runs, if one does.
func (c *commandContext) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel()
	}
}
