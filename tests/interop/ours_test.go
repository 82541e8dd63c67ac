package interop

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// router is our own bgpd on a host.
type router struct {
	*program
	h      *host
	socket string
}

func (h *host) bgpd(config string) *router {
	h.lab.t.Helper()
	file := filepath.Join(h.dir, "startup.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		h.lab.t.Fatal(err)
	}
	r := &router{h: h, socket: filepath.Join(h.dir, "bgpd.sock")}
	r.program = h.start(filepath.Join(binDir, "bgpd"), "--startup-config", file, "--data-dir", h.dir, "--socket", r.socket,
		"--log-level", "debug", "--log-format", "text", "--log-file", "-")
	within(h.lab.t, 10*time.Second, "bgpd answers", func() error {
		_, _, err := r.try("show version")
		return err
	})
	return r
}

// try runs the commands in one call of bgpsh.
func (r *router) try(commands ...string) (stdout, stderr string, err error) {
	args := []string{"--socket", r.socket}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	cmd := exec.Command(filepath.Join(binDir, "bgpsh"), args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

func (r *router) sh(commands ...string) string {
	r.h.lab.t.Helper()
	out, errs, err := r.try(commands...)
	if err != nil {
		r.h.lab.t.Fatalf("bgpsh %q: %v\n%s%s", commands, err, out, errs)
	}
	return out
}

// established waits for the session with the neighbor.
func (r *router) established(neighbor string) {
	r.h.lab.t.Helper()
	r.sh("wait bgp neighbor " + neighbor + " established timeout 120")
}
