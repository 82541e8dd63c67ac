package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

var ours = target{
	name:    "ours",
	version: func() (string, error) { return "", nil }, // known once it is built
	ruled:   true,
	start:   startOurs,
	summary: func(ctx context.Context, d *daemon) *exec.Cmd {
		return exec.CommandContext(ctx, d.programs.bgpsh, "--socket", d.socket(), "-c", "show bgp summary")
	},
}

// build makes our two programs in dir, without C like those that are installed.
func build(dir string) (*programs, error) {
	cmd := exec.Command("go", "build", "-o", dir+"/", "bgpsh/cmd/bgpd", "bgpsh/cmd/bgpsh")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building bgpd and bgpsh: %w\n%s", err, out)
	}
	return &programs{filepath.Join(dir, "bgpd"), filepath.Join(dir, "bgpsh")}, nil
}

// version is the commit that the programs are of, as the compiler noted it, or that of the working directory.
func (p *programs) version() (string, error) {
	out, err := output(p.bgpd, "--version")
	v := word(out, 1)
	if commit, e := exec.Command("git", "rev-parse", "--short", "HEAD").Output(); v == "(devel)" && e == nil {
		v = strings.TrimSpace(string(commit))
	}
	return v[strings.LastIndexByte(v, '-')+1:], err
}

func (d *daemon) socket() string { return d.file("bgpd.sock") }

func startOurs(ctx context.Context, d *daemon, s setup) error {
	config, err := d.write("startup.conf", d.ours(s), 0o644)
	if err != nil {
		return err
	}
	d.env = append(d.env, "BGPD_PPROF_SOCKET="+d.pprofSocket())
	return d.run(ctx, "bgpd.out", d.programs.bgpd, "--startup-config", config, "--data-dir", d.file("data"), "--socket", d.socket(),
		"--log-level", "warn", "--log-file", d.file("bgpd.log"))
}

// ours is the configuration of our daemon.
func (d *daemon) ours(s setup) string {
	var b strings.Builder
	line := lines(&b)
	if s.rules != nil {
		s.rules.frr(&b)
	}
	line("router bgp %d\n bgp router-id 10.90.0.1\n no bgp ebgp-requires-policy\n no bgp default ipv4-unicast", daemonAS)
	line(" bgp listen-address %s port %d", d.lab.daemon.Addr(), d.lab.daemon.Port())
	for _, n := range s.neighbors {
		line(" neighbor %s remote-as %d\n neighbor %s passive\n neighbor %s timers %d %d", n.addr, n.as, n.addr, n.addr, s.hold/3, s.hold)
	}
	for _, f := range []string{"ipv4", "ipv6"} {
		line(" address-family %s unicast", f)
		for _, n := range s.neighbors {
			line("  neighbor %s activate", n.addr)
			if n.policy != 0 {
				line("  neighbor %s export metric %d", n.addr, n.policy)
			}
			if f == "ipv4" {
				for _, l := range n.attached() {
					line("  %s", l)
				}
			}
		}
		line(" exit-address-family")
	}
	return b.String()
}
