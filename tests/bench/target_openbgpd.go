package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

const (
	openbgpdPath = "/usr/sbin/bgpd"   // FRR and we have a program of this name too,
	bgpctlPath   = "/usr/sbin/bgpctl" // but only OpenBGPD has this one
)

var openbgpd = target{
	name: "openbgpd",
	version: func() (string, error) {
		if _, err := os.Stat(bgpctlPath); err != nil {
			return "", err
		}
		out, err := output(openbgpdPath, "-V")
		return word(out, 1), err
	},
	start: startOpenBGPD,
	summary: func(ctx context.Context, d *daemon) *exec.Cmd {
		return exec.CommandContext(ctx, bgpctlPath, "-s", d.file("ctl"), "show", "summary")
	},
}

func startOpenBGPD(ctx context.Context, d *daemon, s setup) error {
	// Its unprivileged half is locked into this directory, which Debian's package leaves to systemd to make.
	if err := os.MkdirAll("/run/openbgpd", 0o755); err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "AS %d\nrouter-id 10.90.0.1\nfib-update no\nlisten on %s\nsocket \"%s\"\n", daemonAS, d.lab.daemon.Addr(), d.file("ctl"))
	for _, n := range s.neighbors {
		fmt.Fprintf(&b, "neighbor %s {\n remote-as %d\n passive\n holdtime %d\n announce IPv4 unicast\n announce IPv6 unicast\n enforce neighbor-as no\n}\n",
			n.addr, n.as, s.hold)
	}
	b.WriteString("allow from any\n")
	for _, n := range s.neighbors {
		if n.policy != 0 {
			fmt.Fprintf(&b, "match to %s set med %d\n", n.addr, n.policy)
		}
	}
	b.WriteString("allow to any\n")
	config, err := d.write("bgpd.conf", b.String(), 0o600)
	if err != nil {
		return err
	}
	return d.run(ctx, "bgpd.out", openbgpdPath, "-d", "-f", config)
}
