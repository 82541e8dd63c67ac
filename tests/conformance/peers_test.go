package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// peers are the other programs, each configured as near to the checks' demands as it knows how.
var peers = []launcher{
	{"FRR", version("/usr/lib/frr/bgpd", "--version"), startFRR},
	{"BIRD", version("/usr/sbin/bird", "--version"), startBIRD},
	{"GoBGP", version("gobgpd", "--version"), startGoBGP},
	{"OpenBGPD", version("/usr/sbin/bgpd", "-V"), startOpenBGPD},
}

// version gives the first word with a digit that a program prints when asked for its version.
func version(name string, args ...string) func() string {
	return func() string {
		out, _ := exec.Command(name, args...).CombinedOutput()
		for _, w := range strings.Fields(string(out)) {
			if strings.ContainsAny(w, "0123456789") {
				return w
			}
		}
		return ""
	}
}

// all is every neighbor, with its AS number.
func (s *setup) all() (list []neighbor, as []uint32) {
	list = append(slices.Clone(s.neighbors), s.watch, s.inside, s.feeder)
	for _, n := range list {
		as = append(as, n.as())
	}
	as[len(s.neighbors)], as[len(as)-1] = watcherAS, feederAS
	return list, as
}

func write(d *subject, name string, mode os.FileMode, text *strings.Builder) (string, error) {
	file := filepath.Join(d.dir, name)
	if err := os.WriteFile(file, []byte(text.String()), mode); err != nil {
		return "", err
	}
	return file, os.Chmod(file, mode)
}

func startFRR(t *testing.T, d *subject) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("hostname dut\nroute-map V6 permit 10\n set ipv6 next-hop global 2001:db8:ffff::1\nexit\nrouter bgp %d", daemonAS)
	line(" bgp router-id %v\n no bgp ebgp-requires-policy\n no bgp network import-check\n bgp default ipv4-unicast\n bgp reject-as-sets", d.id)
	list, as := d.all()
	for i, n := range list {
		line(" neighbor %v remote-as %d\n neighbor %v timers connect 1\n neighbor %v enforce-first-as", n.addr, as[i], n.addr, n.addr)
		if n.kind != dialed {
			line(" neighbor %v passive", n.addr)
		}
		switch n.kind {
		case guarded:
			line(" neighbor %v ttl-security hops 1", n.addr)
		case secret:
			line(" neighbor %v password %s", n.addr, password)
		case customer:
			line(" neighbor %v local-role provider", n.addr)
		}
	}
	for _, family := range []string{"ipv4", "ipv6"} {
		line(" address-family %s unicast", family)
		for _, n := range list {
			if n.kind == every || n.kind == perAS { // the best few it does not know
				line("  neighbor %v %s", n.addr, choices[n.kind])
			}
			if family == "ipv6" {
				line("  neighbor %v activate\n  neighbor %v route-map V6 out", n.addr, n.addr)
			}
		}
		line(" exit-address-family")
	}
	line("exit")
	file, err := write(d, "frr.conf", 0o644, &b)
	if err != nil {
		return err
	}
	if err := os.Chmod(d.dir, 0o777); err != nil { // it drops its privileges
		return err
	}
	return d.launch(t, d.command("/usr/lib/frr/bgpd", "-Z", "-f", file, "-i", filepath.Join(d.dir, "frr.pid"), "--vty_socket", d.dir,
		"-l", d.addr.String(), "--log", "stdout", "--log-level", "warnings"))
}

func startBIRD(t *testing.T, d *subject) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("router id %v;\nprotocol device { scan time 1; }", d.id)
	list, as := d.all()
	for i, n := range list {
		options := "connect retry time 1; connect delay time 1; error wait time 1,1; enable extended messages on; enforce first as on; "
		if n.kind == internal {
			options = strings.Replace(options, "enforce first as on; ", "", 1)
		}
		if n.kind != dialed {
			options += "passive on; "
		}
		role, paths := "", ""
		switch n.kind {
		case guarded:
			options += "ttl security on; "
		case secret:
			options += fmt.Sprintf("password %q; ", password)
		case customer:
			role = " role provider"
		case every:
			paths = "add paths; "
		}
		if role != "" {
			options += "local" + role + "; "
		}
		line("protocol bgp n%d { local %v as %d; neighbor %v as %d; %sipv4 { %simport all; export all; }; ipv6 { %simport all; export all; next hop address 2001:db8:ffff::1; }; }",
			i, d.addr, daemonAS, n.addr, as[i], options, paths, paths)
	}
	file, err := write(d, "bird.conf", 0o644, &b)
	if err != nil {
		return err
	}
	return d.launch(t, d.command("/usr/sbin/bird", "-f", "-c", file, "-s", filepath.Join(d.dir, "bird.ctl")))
}

func startGoBGP(t *testing.T, d *subject) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[global.config]\nas = %d\nrouter-id = \"%v\"\nlocal-address-list = [\"%v\"]", daemonAS, d.id, d.addr)
	list, as := d.all()
	for i, n := range list {
		line("[[neighbors]]\n[neighbors.config]\nneighbor-address = \"%v\"\npeer-as = %d", n.addr, as[i])
		if n.kind == secret {
			line("auth-password = %q", password)
		}
		line("[neighbors.timers.config]\nconnect-retry = 1\nidle-hold-time-after-reset = 1")
		if n.kind != dialed {
			line("[neighbors.transport.config]\npassive-mode = true")
		}
		if n.kind == guarded {
			line("[neighbors.ttl-security.config]\nenabled = true\nttl-min = 255")
		}
		for _, f := range []string{"ipv4", "ipv6"} {
			line("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = \"%s-unicast\"", f)
			if most := map[kind]int{every: 255, best2: 2}[n.kind]; most != 0 {
				line("[neighbors.afi-safis.add-paths.config]\nreceive = true\nsend-max = %d", most)
			}
		}
	}
	file, err := write(d, "gobgpd.toml", 0o644, &b)
	if err != nil {
		return err
	}
	return d.launch(t, d.command("gobgpd", "-f", file, "-p", "--pprof-disable", "--api-hosts", "127.0.0.1:50051"))
}

func startOpenBGPD(t *testing.T, d *subject) error {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("AS %d\nrouter-id %v\nsocket \"%s\"\nconnect-retry 1\nfib-update no\nlisten on %v", daemonAS, d.id,
		filepath.Join(d.dir, "bgpd.sock"), d.addr)
	list, as := d.all()
	for i, n := range list {
		line("neighbor %v {\n remote-as %d\n announce IPv4 unicast\n announce IPv6 unicast\n announce enhanced refresh yes", n.addr, as[i])
		if n.kind != dialed {
			line(" passive")
		}
		switch n.kind {
		case guarded:
			line(" ttl-security yes")
		case secret:
			line(" tcp md5sig password %s", password)
		case customer:
			line(" announce policy provider")
		case every:
			line(" announce add-path recv yes\n announce add-path send all")
		case best2:
			line(" announce add-path recv yes\n announce add-path send best plus 1")
		}
		line("}")
	}
	line("allow from any\nallow to any")
	file, err := write(d, "openbgpd.conf", 0o600, &b)
	if err != nil {
		return err
	}
	// Its processes change their root to /run/openbgpd; a /run of their own spares the system one.
	return d.launch(t, d.command("sh", "-c", `mount -t tmpfs -o mode=755 none /run && mkdir -m 755 /run/openbgpd && exec "$@"`, "sh",
		"/usr/sbin/bgpd", "-d", "-f", file))
}
