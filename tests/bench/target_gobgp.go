package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

var gobgp = target{
	name: "gobgp",
	version: func() (string, error) {
		out, err := output("gobgpd", "--version")
		return word(out, 2), err
	},
	start:   startGoBGP,
	summary: func(ctx context.Context, d *daemon) *exec.Cmd { return d.command(ctx, "gobgp", "neighbor") },
}

func startGoBGP(ctx context.Context, d *daemon, s setup) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[global.config]\nas = %d\nrouter-id = \"10.90.0.1\"", daemonAS)
	for _, n := range s.neighbors {
		if n.policy != 0 {
			return errors.New("policies for single neighbors are not set up for GoBGP here")
		}
		line("[[neighbors]]\n[neighbors.config]\nneighbor-address = \"%s\"\npeer-as = %d", n.addr, n.as)
		line("[neighbors.transport.config]\npassive-mode = true")
		line("[neighbors.timers.config]\nhold-time = %d\nkeepalive-interval = %d", s.hold, s.hold/3)
		for _, f := range []string{"ipv4-unicast", "ipv6-unicast"} {
			line("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = \"%s\"", f)
		}
	}
	config, err := d.write("gobgpd.toml", b.String(), 0o644)
	if err != nil {
		return err
	}
	return d.run(ctx, "gobgpd.out", "gobgpd", "-f", config, "-l", "warn", "-p", "--pprof-disable", "--api-hosts", "127.0.0.1:50051")
}
