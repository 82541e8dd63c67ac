package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"
)

const birdPath = "/usr/sbin/bird"

var bird = target{
	name: "bird",
	version: func() (string, error) {
		out, err := output(birdPath, "--version")
		return word(out, 2), err
	},
	ruled: true,
	start: startBIRD,
	summary: func(ctx context.Context, d *daemon) *exec.Cmd {
		return exec.CommandContext(ctx, "/usr/sbin/birdc", "-s", d.file("bird.ctl"), "show", "protocols")
	},
}

func startBIRD(ctx context.Context, d *daemon, s setup) error {
	config, err := d.write("bird.conf", d.birds(s), 0o644)
	if err != nil {
		return err
	}
	return d.run(ctx, "bird.out", birdPath, "-f", "-c", config, "-s", d.file("bird.ctl"))
}

// birds is the configuration of BIRD.
func (d *daemon) birds(s setup) string {
	var b strings.Builder
	b.WriteString("router id 10.90.0.1;\nlog stderr { error, fatal };\nprotocol device {}\n")
	if s.rules != nil {
		s.rules.bird(&b)
	}
	for i, n := range s.neighbors {
		in, out, export := "all", "all", "all"
		if n.policy != 0 {
			export = fmt.Sprintf("filter { bgp_med = %d; accept; }", n.policy)
			out = export
		}
		if n.in != "" {
			in = "filter " + n.in
		}
		if n.out != "" {
			out = "filter " + n.out
		}
		fmt.Fprintf(&b, "protocol bgp n%d { local %s as %d; neighbor %s as %d; passive on; hold time %d; keepalive time %d;\n",
			i, d.lab.daemon.Addr(), daemonAS, n.addr, n.as, s.hold, s.hold/3)
		fmt.Fprintf(&b, " ipv4 { import %s; export %s; }; ipv6 { import all; export %s; }; }\n", in, out, export)
	}
	return b.String()
}
