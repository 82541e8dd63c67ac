package interop

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// gobgpPeer is GoBGP as the peer of a meeting. Its routes are given to the running daemon by its command line.
type gobgpPeer struct {
	*program
	h *host
	s *session
}

func gobgpVersion() (string, error) {
	out, err := exec.Command("gobgpd", "--version").Output()
	f := strings.Fields(string(out))
	if err != nil || len(f) == 0 {
		return "", fmt.Errorf("GoBGP's version: %v: %s", err, out)
	}
	return f[len(f)-1], nil
}

func newGoBGP(h *host, s *session) speaker { return &gobgpPeer{h: h, s: s} }

func (p *gobgpPeer) config() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("[global.config]\nas = %d\nrouter-id = \"10.0.0.2\"", p.s.theirs)
	for _, n := range []string{our4, our6} {
		line("[[neighbors]]\n[neighbors.config]\nneighbor-address = %q\npeer-as = %d", n, p.s.ours)
		if p.s.password != "" {
			line("auth-password = %q", p.s.password)
		}
		line("[neighbors.timers.config]\nconnect-retry = 1\nidle-hold-time-after-reset = 1")
		if p.s.hold != 0 {
			line("hold-time = %d\nkeepalive-interval = %d", p.s.hold, p.s.hold/3)
		}
		if p.s.theyWait {
			line("[neighbors.transport.config]\npassive-mode = true")
		}
		if p.s.ttlSecurity {
			line("[neighbors.ttl-security.config]\nenabled = true\nttl-min = 255")
		}
		line("[[neighbors.afi-safis]]\n[neighbors.afi-safis.config]\nafi-safi-name = \"%s-unicast\"", family(n))
		if p.s.addPath {
			line("[neighbors.afi-safis.add-paths.config]\nsend-max = 4")
		}
		if p.s.allPaths {
			line("[neighbors.afi-safis.add-paths.config]\nreceive = true")
		}
	}
	return b.String()
}

func (p *gobgpPeer) start() {
	t := p.h.lab.t
	t.Helper()
	file := filepath.Join(p.h.dir, "gobgpd.toml")
	if err := os.WriteFile(file, []byte(p.config()), 0o644); err != nil {
		t.Fatal(err)
	}
	p.program = p.h.start("gobgpd", "-f", file, "-l", "debug", "-p", "--pprof-disable", "--api-hosts", "127.0.0.1:50051")
	within(t, 10*time.Second, "GoBGP answers", func() error {
		if out, err := p.gobgp("neighbor", our6); err != nil {
			return fmt.Errorf("%v: %s", err, out)
		}
		return nil
	})
	for _, net := range []string{their4Net, their6Net} {
		args := []string{"global", "rib", "add", "-a", family(net), net, "origin", "egp", "aspath", "65010,65011", "med", "50",
			"community", "65002:100,65002:200", "large-community", "65002:1:100,65002:2:200", "rt", "65002:7",
			"aggregator", "65010:10.0.0.9"}
		if p.s.internal() {
			args = append(args, "local-pref", "150")
		}
		if out, err := p.gobgp(args...); err != nil || out != "" {
			t.Fatalf("gobgp %q: %v\n%s", args, err, out)
		}
	}
}

func (p *gobgpPeer) gobgp(args ...string) (string, error) {
	out, err := p.h.command("gobgp", args...).CombinedOutput()
	return string(out), err
}

func (p *gobgpPeer) sent() attributes {
	a := attributes{"origin": "EGP", "as-path": "65010 65011", "med": "50", "aggregator": "65010 10.0.0.9",
		"community": "65002:100 65002:200", "ext-community": "RT:65002:7", "large-community": "65002:1:100 65002:2:200"}
	if p.s.internal() {
		a["local-pref"] = "150"
	}
	return a
}

func (p *gobgpPeer) shows(a attributes) attributes { return a }

func (p *gobgpPeer) established(neighbor string) error {
	if out, err := p.gobgp("neighbor", neighbor); err != nil || !strings.Contains(out, "BGP state = ESTABLISHED") {
		return fmt.Errorf("%v: %.200s", err, out)
	}
	return nil
}

// route reads what the neighbor has sent, before policy.
func (p *gobgpPeer) route(prefix string) attributes {
	from := our4
	if family(prefix) == "ipv6" {
		from = our6
	}
	out, err := p.gobgp("neighbor", from, "adj-in", "-a", family(prefix), "-j")
	if err != nil {
		return nil
	}
	var table map[string][]struct{ Attrs []map[string]any }
	if json.Unmarshal([]byte(out), &table) != nil || len(table[prefix]) == 0 {
		return nil
	}
	return fromGoBGP(table[prefix][0].Attrs)
}

// fromGoBGP puts GoBGP's attributes, which it tells apart by their type codes, into the common spelling.
func fromGoBGP(attrs []map[string]any) attributes {
	a := attributes{}
	list := func(v any, spell func(any) string) string {
		l, _ := v.([]any)
		out := make([]string, len(l))
		for i, x := range l {
			out[i] = spell(x)
		}
		return strings.Join(out, " ")
	}
	for _, m := range attrs {
		code, _ := m["type"].(float64)
		switch code {
		case 1:
			n, _ := m["value"].(float64)
			a["origin"] = []string{"IGP", "EGP", "incomplete"}[int(n)%3]
		case 2:
			a["as-path"] = list(m["as_paths"], func(x any) string {
				s, _ := x.(map[string]any)
				return list(s["asns"], number)
			})
		case 3, 14:
			a["next-hop"] = fmt.Sprint(m["nexthop"])
		case 4:
			a["med"] = number(m["metric"])
		case 5:
			a["local-pref"] = number(m["value"])
		case 6:
			a["atomic"] = "yes"
		case 7:
			a["aggregator"] = number(m["as"]) + " " + fmt.Sprint(m["address"])
		case 8:
			a["community"] = list(m["communities"], func(x any) string {
				n, _ := x.(float64)
				return fmt.Sprintf("%d:%d", uint32(n)>>16, uint32(n)&0xffff)
			})
		case 16:
			a["ext-community"] = list(m["value"], func(x any) string {
				c, _ := x.(map[string]any)
				kind := map[float64]string{2: "RT:", 3: "SoO:"}[c["subtype"].(float64)]
				return kind + fmt.Sprint(c["value"])
			})
		case 32:
			a["large-community"] = list(m["value"], func(x any) string {
				c, _ := x.(map[string]any)
				return number(c["ASN"]) + ":" + number(c["LocalData1"]) + ":" + number(c["LocalData2"])
			})
		default:
			value, _ := base64.StdEncoding.DecodeString(fmt.Sprint(m["value"]))
			bits, _ := m["flags"].(float64)
			a["unknown"], a["unknown-flags"] = unknownAttribute(int(code), hex.EncodeToString(value)), flags(int(bits))
		}
	}
	return a
}

func (p *gobgpPeer) refresh() { p.gobgp("neighbor", our4, "softresetin") }
func (p *gobgpPeer) clear()   { p.gobgp("neighbor", our4, "reset") }
func (p *gobgpPeer) shutdown(message string) string {
	p.gobgp("neighbor", our4, "shutdown", "--reason", message)
	return message
}

func (p *gobgpPeer) heard() string {
	text, _ := os.ReadFile(p.log)
	return string(text)
}

func (p *gobgpPeer) kill()   { p.stop(syscall.SIGKILL) }
func (p *gobgpPeer) freeze() { p.signal(syscall.SIGSTOP) }
func (p *gobgpPeer) thaw()   { p.signal(syscall.SIGCONT) }
