package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const frrLib = "/usr/lib/frr/"

// frr is FRR's bgpd with the zebra that it needs for next hops.
type frr struct {
	h           *host
	zebra, bgpd *program
}

func (h *host) frr(config string) *frr {
	h.lab.t.Helper()
	for name, text := range map[string]string{"zebra.conf": "", "bgpd.conf": config} {
		if err := os.WriteFile(filepath.Join(h.dir, name), []byte(text), 0o644); err != nil {
			h.lab.t.Fatal(err)
		}
	}
	f := &frr{h: h}
	f.zebra = f.daemon("zebra")
	within(h.lab.t, 10*time.Second, "zebra listens", func() error {
		_, err := os.Stat(filepath.Join(h.dir, "zserv.api"))
		return err
	})
	f.startBgpd()
	return f
}

func (f *frr) daemon(name string) *program {
	d := f.h.dir
	return f.h.start(frrLib+name, "-u", "frr", "-g", "frr", "--vty_socket", d, "-z", d+"/zserv.api",
		"-i", d+"/"+name+".pid", "-f", d+"/"+name+".conf", "-A", "127.0.0.1", "--log", "stdout")
}

func (f *frr) startBgpd() {
	f.h.lab.t.Helper()
	f.bgpd = f.daemon("bgpd")
	within(f.h.lab.t, 10*time.Second, "FRR's bgpd answers", func() error {
		out := f.vtysh("show bgp summary json")
		if !strings.HasPrefix(strings.TrimSpace(out), "{") {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
}

// kill ends FRR's bgpd as a crash does.
func (f *frr) kill() { f.bgpd.stop(syscall.SIGKILL) }

// configure types lines of configuration one by one, also those behind one that is refused, and gives what FRR says of them. They go
// to bgpd alone: zebra knows no lists of its file, and vtysh stops at the first daemon that has nothing to remove.
func (f *frr) configure(lines []string) string {
	file := filepath.Join(f.h.dir, "edits.conf")
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		return err.Error()
	}
	out, _ := f.h.command("vtysh", "--vty_socket", f.h.dir, "-d", "bgpd", "-f", file).CombinedOutput()
	return string(out)
}

func (f *frr) vtysh(commands ...string) string {
	args := []string{"--vty_socket", f.h.dir}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	out, _ := f.h.command("vtysh", args...).CombinedOutput()
	return string(out)
}
