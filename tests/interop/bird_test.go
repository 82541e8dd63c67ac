package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

type bird struct {
	*program
	h    *host
	args []string
}

func (h *host) bird(config string) *bird {
	h.lab.t.Helper()
	b := h.newBIRD(config)
	b.start()
	return b
}

// newBIRD is a BIRD that does not run yet.
func (h *host) newBIRD(config string) *bird {
	h.lab.t.Helper()
	file := filepath.Join(h.dir, "bird.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		h.lab.t.Fatal(err)
	}
	return &bird{h: h, args: []string{"-f", "-c", file, "-s", filepath.Join(h.dir, "bird.ctl")}}
}

func (b *bird) start() {
	b.h.lab.t.Helper()
	b.launch()
	b.answers()
}

// launch runs the program and answers waits until it has begun, for those that start many.
func (b *bird) launch() { b.program = b.h.start("/usr/sbin/bird", b.args...) }

func (b *bird) answers() {
	b.h.lab.t.Helper()
	within(b.h.lab.t, 10*time.Second, "BIRD answers", func() error {
		if out := b.birdc("show status"); !strings.Contains(out, "Daemon is up") {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
}

func (b *bird) kill() { b.stop(syscall.SIGKILL) }

func (b *bird) birdc(command string) string {
	out, _ := b.h.command("/usr/sbin/birdc", "-s", filepath.Join(b.h.dir, "bird.ctl"), command).CombinedOutput()
	return string(out)
}

// birdAttr is a line of an attribute: "BGP.community: (65002,100)", or "BGP.63 [t]: 01 02" of one that BIRD does not know.
var birdAttr = regexp.MustCompile(`(?m)^\s+(?:BGP\.)?([\w \[\]]+?): (.*)$`)

// route gives BIRD's attributes of a prefix by their BIRD names, nil when it has none.
func (b *bird) route(prefix, protocol string) map[string]string {
	out := b.birdc("show route " + prefix + " protocol " + protocol + " all")
	// A long list goes on in lines that are indented once more.
	out = strings.ReplaceAll(out, "\n\t\t", " ")
	attrs := map[string]string{}
	for _, m := range birdAttr.FindAllStringSubmatch(out, -1) {
		attrs[m[1]] = strings.TrimSpace(m[2])
	}
	if len(attrs) == 0 {
		return nil
	}
	return attrs
}
