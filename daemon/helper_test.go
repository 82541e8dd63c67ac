package daemon

import (
	"errors"
	"os"
	"os/exec"
	"testing"
)

// helper is this test binary as another process that runs one test, with more in its environment.
func helper(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^"+test+"$", "-test.v")
	dir, err := os.MkdirTemp("", "") // for what the helper leaves; short, as sockets stand in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	cmd.Env = append(append(os.Environ(), "TMPDIR="+dir), env...)
	return cmd
}

// exitCode is the status of a process that has ended, -1 for none.
func exitCode(err error) int {
	var e *exec.ExitError
	if !errors.As(err, &e) {
		return -1
	}
	return e.ExitCode()
}
