package interop

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// exabgp is ExaBGP, which keeps no table: a script writes down what it hears (as JSON) and passes on what we tell it.
type exabgp struct {
	*program
	h      *host
	config string
	bind   string // where it listens; nowhere when empty
	ends   int    // bytes of the journal that earlier runs wrote
}

// exabgpScript is the process that ExaBGP starts: its standard input goes to a file, a pipe is its standard output.
const exabgpScript = `#!/bin/sh
exec 3<&0
cat <&3 >>"%[1]s/heard" &
exec cat <>"%[1]s/tell"
`

// exabgp runs ExaBGP as the neighbor 10.2.0.2 and 2001:db8:2::2 (AS 65009) of our router, with the given static routes and, where
// they have several paths, ADD-PATH.
func (h *host) exabgp(static string, addPath bool) *exabgp {
	h.lab.t.Helper()
	var four, six []string
	for _, r := range strings.Split(strings.TrimSpace(static), "\n") {
		if strings.Contains(strings.SplitN(r, "next-hop", 2)[0], ":") {
			six = append(six, r)
		} else {
			four = append(four, r)
		}
	}
	s := &session{ours: 65001, theirs: 65009, addPath: addPath}
	e := h.newExaBGP("", exabgpNeighbor(s, "10.2.0.1", "10.2.0.2", "10.0.0.9", four)+
		exabgpNeighbor(s, "2001:db8:2::1", "2001:db8:2::2", "10.0.0.9", six))
	e.start()
	return e
}

func (h *host) newExaBGP(bind, neighbors string) *exabgp {
	h.lab.t.Helper()
	script := filepath.Join(h.dir, "script")
	if err := os.WriteFile(script, fmt.Appendf(nil, exabgpScript, h.dir), 0o755); err != nil {
		h.lab.t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(h.dir, "tell"), 0o600); err != nil {
		h.lab.t.Fatal(err)
	}
	return &exabgp{h: h, bind: bind, config: fmt.Sprintf("process api { run %s; encoder json; }\n%s", script, neighbors)}
}

// exabgpNeighbor is the section of one session in ExaBGP's configuration.
func exabgpNeighbor(s *session, remote, local, id string, routes []string) string {
	options := ""
	if s.password != "" {
		options += fmt.Sprintf("md5-password %q; ", s.password)
	}
	if s.theyWait {
		options += "passive true; listen 179; "
	}
	if s.ttlSecurity {
		options += "outgoing-ttl 255; "
	}
	hold, addPath := uint32(180), "disable"
	if s.hold != 0 {
		hold = s.hold
	}
	switch {
	case s.addPath:
		addPath = "send"
	case s.allPaths:
		addPath = "receive"
	}
	return fmt.Sprintf(`neighbor %s {
  router-id %s; local-address %s; local-as %d; peer-as %d; hold-time %d; %s
  capability { route-refresh enable; asn4 enable; add-path %s; }
  family { %s unicast; }
  api { processes [ api ]; neighbor-changes; receive { parsed; update; notification; } }
  static { %s }
}
`, remote, id, local, s.theirs, s.ours, hold, options, addPath, family(remote), strings.Join(routes, "\n"))
}

func (e *exabgp) start() {
	t := e.h.lab.t
	t.Helper()
	file := filepath.Join(e.h.dir, "exabgp.conf")
	if err := os.WriteFile(file, []byte(e.config), 0o644); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(e.h.dir, "heard")); err == nil {
		e.ends = int(info.Size())
	}
	args := []string{"exabgp.daemon.drop=false", "exabgp.daemon.user=root", "exabgp.api.cli=false", "exabgp.api.ack=false"}
	if e.bind != "" {
		args = append(args, "exabgp.tcp.bind="+e.bind)
	}
	e.program = e.h.start("env", append(args, "exabgp", file)...)
	within(t, 10*time.Second, "ExaBGP runs its script", func() error {
		_, err := os.Stat(filepath.Join(e.h.dir, "heard"))
		return err
	})
}

// tell gives ExaBGP a command.
func (e *exabgp) tell(command string) {
	e.h.lab.t.Helper()
	f, err := os.OpenFile(filepath.Join(e.h.dir, "tell"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		_, err = f.WriteString(command + "\n")
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		e.h.lab.t.Fatal(err)
	}
}

// exabgpRecord is one line that ExaBGP writes.
type exabgpRecord struct {
	Type     string
	Neighbor struct {
		Address struct{ Peer string }
		State   string
		Message struct {
			Update struct {
				Attribute map[string]any
				Announce  map[string]map[string][]exabgpPrefix
				Withdraw  map[string][]exabgpPrefix
			}
		}
	}
}

type exabgpPrefix struct {
	NLRI       string
	Identifier string `json:"path-information"`
}

// records are the lines since the program was started last. A line that is still being written is left out.
func (e *exabgp) records() []exabgpRecord {
	text, err := os.ReadFile(filepath.Join(e.h.dir, "heard"))
	if err != nil || len(text) < e.ends {
		return nil
	}
	var out []exabgpRecord
	sc := bufio.NewScanner(strings.NewReader(string(text[e.ends:])))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var r exabgpRecord
		if json.Unmarshal(sc.Bytes(), &r) == nil {
			out = append(out, r)
		}
	}
	return out
}

// state is the last state of the session with the neighbor: "connected", "up", "down" or nothing.
func (e *exabgp) state(neighbor string) (state string) {
	for _, r := range e.records() {
		if r.Type == "state" && r.Neighbor.Address.Peer == neighbor {
			state = r.Neighbor.State
		}
	}
	return state
}

// route replays the records of the session with the neighbor and gives what it has announced for the prefix, if it still stands.
func (e *exabgp) route(prefix, neighbor string) (found attributes) {
	for _, r := range e.records() {
		if r.Neighbor.Address.Peer != neighbor {
			continue
		}
		if r.Type == "state" && r.Neighbor.State == "down" {
			found = nil
		}
		u := r.Neighbor.Message.Update
		for _, list := range u.Withdraw {
			for _, n := range list {
				if n.NLRI == prefix {
					found = nil
				}
			}
		}
		for _, hops := range u.Announce {
			for hop, list := range hops {
				for _, n := range list {
					if n.NLRI == prefix && !strings.HasPrefix(hop, "fe80:") {
						found = fromExaBGP(u.Attribute, hop)
					}
				}
			}
		}
	}
	return found
}

// fromExaBGP puts ExaBGP's attributes into the common spelling.
func fromExaBGP(attr map[string]any, hop string) attributes {
	a := attributes{"next-hop": hop}
	join := func(v any, sep string) string {
		list, _ := v.([]any)
		out := make([]string, len(list))
		for i, x := range list {
			out[i] = number(x)
		}
		return strings.Join(out, sep)
	}
	joinAll := func(v any) string {
		list, _ := v.([]any)
		out := make([]string, len(list))
		for i, x := range list {
			out[i] = join(x, ":")
		}
		return strings.Join(out, " ")
	}
	for key, v := range attr {
		switch key {
		case "origin":
			a["origin"] = fmt.Sprint(v)
		case "as-path":
			a["as-path"] = join(v, " ")
		case "med":
			a["med"] = number(v)
		case "local-preference":
			a["local-pref"] = number(v)
		case "atomic-aggregate":
			if v == true {
				a["atomic"] = "yes"
			}
		case "aggregator":
			a["aggregator"] = strings.Replace(fmt.Sprint(v), ":", " ", 1)
		case "community":
			a["community"] = joinAll(v)
		case "large-community":
			a["large-community"] = joinAll(v)
		case "extended-community":
			list, _ := v.([]any)
			var out []string
			for _, x := range list {
				c, _ := x.(map[string]any)
				text := strings.NewReplacer("target:", "RT:", "origin:", "SoO:").Replace(fmt.Sprint(c["string"]))
				// Of a site of origin it prints the four octets of the number like an address: 65009:0.0.0.6.
				if cut := strings.LastIndex(text, ":"); strings.Contains(text[cut:], ".") {
					if addr, err := netip.ParseAddr(text[cut+1:]); err == nil {
						text = fmt.Sprintf("%s:%d", text[:cut], binary.BigEndian.Uint32(addr.AsSlice()))
					}
				}
				out = append(out, text)
			}
			a["ext-community"] = strings.Join(out, " ")
		default:
			// attribute-0x63-0xE0: the code and the flags of one that ExaBGP does not know.
			var code, bits int
			if n, _ := fmt.Sscanf(key, "attribute-0x%X-0x%X", &code, &bits); n == 2 {
				a["unknown"], a["unknown-flags"] = unknownAttribute(code, strings.TrimPrefix(fmt.Sprint(v), "0x")), flags(bits)
			}
		}
	}
	return a
}

func number(v any) string {
	if f, ok := v.(float64); ok {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprint(v)
}
