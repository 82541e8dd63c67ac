package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// openbgpdPeer is OpenBGPD as the peer of a meeting.
type openbgpdPeer struct {
	*program
	h *host
	s *session
}

const openbgpd = "/usr/sbin/bgpd" // FRR's program of the same name is elsewhere

func openbgpdVersion() (string, error) {
	out, err := exec.Command(openbgpd, "-V").CombinedOutput()
	f := strings.Fields(string(out))
	if err != nil || len(f) < 2 {
		return "", fmt.Errorf("OpenBGPD's version: %v: %s", err, out)
	}
	return f[1], nil
}

func newOpenBGPD(h *host, s *session) speaker { return &openbgpdPeer{h: h, s: s} }

func (p *openbgpdPeer) socket() string { return filepath.Join(p.h.dir, "bgpd.sock") }

func (p *openbgpdPeer) config() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("AS %d\nrouter-id 10.0.0.2\nsocket \"%s\"\nconnect-retry 1\nfib-update no\nlisten on 0.0.0.0\nlisten on ::", p.s.theirs, p.socket())
	if p.s.hold != 0 {
		line("holdtime %d", p.s.hold)
	}
	set := "origin egp metric 50 community 65002:100 community 65002:200 large-community 65002:1:100 large-community 65002:2:200 " +
		"ext-community rt 65002:7 ext-community soo 65002:8"
	if p.s.internal() {
		set += " localpref 150"
	}
	line("network %s set { %s }\nnetwork %s set { %s }", their4Net, set, their6Net, set)
	for _, n := range []string{our4, our6} {
		line("neighbor %s {\n remote-as %d", n, p.s.ours)
		if p.s.password != "" {
			line(" tcp md5sig password %s", p.s.password)
		}
		if p.s.theyWait {
			line(" passive")
		}
		if p.s.ttlSecurity {
			line(" ttl-security yes")
		}
		if p.s.addPath {
			line(" announce add-path send all")
		}
		if p.s.allPaths {
			line(" announce add-path recv yes")
		}
		line("}")
	}
	line("allow from any\nallow to any")
	return b.String()
}

func (p *openbgpdPeer) start() {
	t := p.h.lab.t
	t.Helper()
	file := filepath.Join(p.h.dir, "bgpd.conf")
	if err := os.WriteFile(file, []byte(p.config()), 0o600); err != nil {
		t.Fatal(err)
	}
	// Its processes change their root to /run/openbgpd; a /run of their own spares the system one.
	p.program = p.h.start("sh", "-c", `mount -t tmpfs -o mode=755 none /run && mkdir -m 755 /run/openbgpd && exec "$@"`, "sh",
		openbgpd, "-d", "-v", "-f", file)
	within(t, 10*time.Second, "OpenBGPD answers", func() error {
		if out, err := p.bgpctl("show"); err != nil {
			return fmt.Errorf("%v: %s", err, out)
		}
		return nil
	})
}

func (p *openbgpdPeer) bgpctl(args ...string) (string, error) {
	out, err := p.h.command("/usr/sbin/bgpctl", append([]string{"-s", p.socket()}, args...)...).CombinedOutput()
	return string(out), err
}

func (p *openbgpdPeer) sent() attributes {
	a := attributes{"origin": "EGP", "as-path": "", "med": "50", "community": "65002:100 65002:200",
		"ext-community": "RT:65002:7 SoO:65002:8", "large-community": "65002:1:100 65002:2:200"}
	if p.s.internal() {
		a["local-pref"] = "150"
	}
	return a
}

func (p *openbgpdPeer) established(neighbor string) error {
	if out, err := p.bgpctl("show", "neighbor", neighbor); err != nil || !strings.Contains(out, "BGP state = Established") {
		return fmt.Errorf("%v: %.200s", err, out)
	}
	return nil
}

// openbgpdRoute is a path as "bgpctl -j show rib detail" prints it.
type openbgpdRoute struct {
	ASPath, Origin    string
	Hop               string `json:"exit_nexthop"`
	Metric, LocalPref uint32
	Communities       []string
	ExtCommunities    []string `json:"extended_communities"`
	LargeCommunities  []string `json:"large_communities"`
	Attributes        []struct {
		Type     string
		Flags    struct{ Optional, Transitive, Partial bool }
		AS       uint32
		RouterID string `json:"router_id"`
		Data     string
	}
}

// shows: OpenBGPD prints a metric of 0 where there is none.
func (p *openbgpdPeer) shows(a attributes) attributes {
	if a["med"] == "" {
		a["med"] = "0"
	}
	return a
}

func (p *openbgpdPeer) route(prefix string) attributes {
	from := our4
	if family(prefix) == "ipv6" {
		from = our6
	}
	out, err := p.bgpctl("-j", "show", "rib", "detail", "in", "neighbor", from, prefix)
	if err != nil {
		return nil
	}
	var table struct{ RIB []openbgpdRoute }
	if json.Unmarshal([]byte(out), &table) != nil || len(table.RIB) == 0 {
		return nil
	}
	r := table.RIB[0]
	a := attributes{"origin": r.Origin, "as-path": r.ASPath, "next-hop": r.Hop, "med": fmt.Sprint(r.Metric)}
	// It counts a preference of 100 for routes of another AS.
	if p.s.internal() {
		a["local-pref"] = fmt.Sprint(r.LocalPref)
	}
	a["community"] = strings.Join(r.Communities, " ")
	a["large-community"] = strings.Join(r.LargeCommunities, " ")
	a["ext-community"] = strings.NewReplacer("rt ", "RT:", "soo ", "SoO:").Replace(strings.Join(r.ExtCommunities, " "))
	for _, u := range r.Attributes {
		var code int
		if n, _ := fmt.Sscanf(u.Type, "Unknown Attribute #%d", &code); n == 1 {
			a["unknown"], a["unknown-flags"] = unknownAttribute(code, u.Data), ""
			for i, set := range []bool{u.Flags.Optional, u.Flags.Transitive, u.Flags.Partial} {
				if set {
					a["unknown-flags"] += "OTP"[i : i+1]
				}
			}
		} else if u.Type == "Atomic Aggregate" {
			a["atomic"] = "yes"
		} else if u.Type == "Aggregator" {
			a["aggregator"] = fmt.Sprintf("%d %s", u.AS, u.RouterID)
		}
	}
	return a
}

func (p *openbgpdPeer) refresh() { p.bgpctl("neighbor", our4, "refresh") }
func (p *openbgpdPeer) clear()   { p.bgpctl("neighbor", our4, "clear") }

func (p *openbgpdPeer) shutdown(message string) string {
	p.bgpctl("neighbor", our4, "down", message)
	return message
}

func (p *openbgpdPeer) heard() string {
	out, _ := p.bgpctl("show", "neighbor", our4)
	return out
}

func (p *openbgpdPeer) kill()   { p.stop(syscall.SIGKILL) }
func (p *openbgpdPeer) freeze() { p.signal(syscall.SIGSTOP) }
func (p *openbgpdPeer) thaw()   { p.signal(syscall.SIGCONT) }
