package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const frrDir = "/usr/lib/frr/"

// FRR's bgpd installs routes through zebra, which runs beside it and is told not to touch the kernel's table by -n of bgpd.
var frr = target{
	name: "frr",
	version: func() (string, error) {
		out, err := output(frrDir+"bgpd", "--version")
		return word(out, 2), err
	},
	ruled: true,
	start: startFRR,
	summary: func(ctx context.Context, d *daemon) *exec.Cmd {
		return exec.CommandContext(ctx, "vtysh", "--vty_socket", d.dir, "-c", "show bgp summary")
	},
}

func startFRR(ctx context.Context, d *daemon, s setup) error {
	var b strings.Builder
	line := lines(&b)
	if s.rules != nil {
		s.rules.frr(&b)
	}
	for _, n := range s.neighbors {
		if n.policy != 0 {
			line("route-map OUT%d permit 10\n set metric %d\nexit", n.policy, n.policy)
		}
	}
	if s.rules != nil {
		line("bgp route-map delay-timer 0")
	}
	line("router bgp %d\n bgp router-id 10.90.0.1\n no bgp ebgp-requires-policy\n no bgp network import-check\n no bgp default ipv4-unicast", daemonAS)
	for _, n := range s.neighbors {
		line(" neighbor %s remote-as %d\n neighbor %s passive\n neighbor %s timers %d %d\n neighbor %s advertisement-interval 0",
			n.addr, n.as, n.addr, n.addr, s.hold/3, s.hold, n.addr)
	}
	for _, f := range []string{"ipv4", "ipv6"} {
		line(" address-family %s unicast", f)
		for _, n := range s.neighbors {
			line("  neighbor %s activate", n.addr)
			if n.policy != 0 {
				line("  neighbor %s route-map OUT%d out", n.addr, n.policy)
			}
			if f == "ipv4" {
				for _, l := range n.attached() {
					line("  %s", l)
				}
				if n.in != "" {
					line("  neighbor %s soft-reconfiguration inbound", n.addr)
				}
			}
		}
		line(" exit-address-family")
	}
	config, err := d.write("bgpd.conf", b.String(), 0o644)
	if err != nil {
		return err
	}
	start := config
	if s.rules != nil {
		if start, err = d.write("start.conf", "", 0o644); err != nil {
			return err
		}
	}
	zebra, err := d.write("zebra.conf", "", 0o644)
	if err != nil {
		return err
	}
	if out, err := exec.Command("chown", "-R", "frr:frr", d.dir).CombinedOutput(); err != nil {
		return fmt.Errorf("chown: %w: %s", err, out)
	}
	common := []string{"-z", d.file("zserv"), "--vty_socket", d.dir, "-P", "0"}
	if err := d.run(ctx, "zebra.out", frrDir+"zebra", append(common, "-f", zebra, "-i", d.file("zebra.pid"))...); err != nil {
		return err
	}
	if err := d.run(ctx, "bgpd.out", frrDir+"bgpd", append(common, "-n", "-f", start, "-i", d.file("bgpd.pid"))...); err != nil || s.rules == nil {
		return err
	}
	return d.tell(ctx, config)
}

// tell has vtysh give bgpd a file. bgpd checks what it has after each line of prefix lists in its own file, and only once when vtysh gives it.
func (d *daemon) tell(ctx context.Context, file string) error {
	for limit := time.After(upLimit); ; {
		if _, err := os.Stat(d.file("bgpd.vty")); err == nil {
			return runQuietly(exec.CommandContext(ctx, "vtysh", "-d", "bgpd", "--vty_socket", d.dir, "-f", file))
		}
		select {
		case <-time.After(watchEvery):
		case <-limit:
			return fmt.Errorf("bgpd does not listen to vtysh after %v", upLimit)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
