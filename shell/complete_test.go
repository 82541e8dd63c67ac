package shell

import (
	"strings"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

func live(kind api.NameKind, start string) []api.Name {
	switch kind {
	case api.NameNeighbor:
		return []api.Name{{Name: "10.0.12.2", Help: "transit"}, {Name: "10.0.13.3", Help: "ix peer"}}
	case api.NameGroup:
		return []api.Name{{Name: "core", Help: "Peer group"}}
	case api.NamePrefix:
		if start == "" {
			panic("all prefixes were asked for")
		}
		return []api.Name{{Name: start + ".0/24", Help: "1 path"}}
	case api.NameCommunity:
		return []api.Name{{Name: "65001:100"}, {Name: "65001:200"}}
	}
	return nil
}

func words(all []Candidate) string {
	var w []string
	for _, c := range all {
		if c.Insert {
			w = append(w, c.Word)
		}
	}
	return strings.Join(w, " ")
}

func TestComplete(t *testing.T) {
	for _, c := range []struct {
		mode       grammar.Mode
		line, want string
	}{
		{grammar.Exec, "sh", "show"},
		{grammar.Exec, "show bgp neighbors ", "10.0.12.2 10.0.13.3"},
		{grammar.Exec, "show bgp neighbors 10.0.13", "10.0.13.3"},
		{grammar.Exec, "show version | in", "include"},
		{grammar.Router, "neighbor 10.0.1", "10.0.12.2 10.0.13.3"},
		{grammar.Router, "neighbor 10.0.12.2 remote-a", "remote-as"},
		{grammar.Router, "neighbor 10.0.12.2 description fr", ""},
		{grammar.Router, "neighbor c", "core"},
		{grammar.Router, "no neighbor ", "10.0.12.2 10.0.13.3 core"},
		{grammar.Exec, "clear bgp 10.", "10.0.12.2 10.0.13.3"},
		{grammar.Exec, "show bgp 198.51.100", "198.51.100.0/24"},
		{grammar.Exec, "show bgp ipv4 unicast 198.51.100", "198.51.100.0/24"},
		{grammar.AF4, "network 198.51.100", "198.51.100.0/24"},
		{grammar.Exec, "show bgp community 65001:", "65001:100 65001:200"},
		{grammar.AF4, "do show bgp neighbors 10.0.12", "10.0.12.2"},
		{grammar.Exec, "wa", "wait watch"},
		{grammar.Exec, "watch sh", "show"},
		{grammar.Exec, "watch every 2 show bgp neighbors 10.0.12", "10.0.12.2"},
	} {
		if got := words(Complete(c.mode, c.line, live)); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s %q: %s, want %s", c.mode, c.line, got, c.want)
		}
	}
}

func TestExtend(t *testing.T) {
	choice := func(words ...string) (all []Candidate) {
		for _, w := range words {
			all = append(all, Candidate{Word: w, Insert: true})
		}
		return append(all, Candidate{Word: "A.B.C.D"})
	}
	for _, c := range []struct {
		line string
		all  []Candidate
		add  string
		done bool
	}{
		{"sh", choice("show"), "ow ", true},
		{"show ", choice("bgp"), "bgp ", true},
		{"nei", choice("neighbor", "neighbors"), "ghbor", false},
		{"neighbor", choice("neighbor", "neighbors"), "", false},
		{"show bgp 10.", choice(), "", true},
	} {
		if add, done := extend(c.line, c.all); add != c.add || done != c.done {
			t.Errorf("%q: %q %v", c.line, add, done)
		}
	}
}

func TestHelpNamesPlaceholdersToo(t *testing.T) {
	var b strings.Builder
	printHelp(&b, grammar.Exec, "", Complete(grammar.Exec, "show bgp neighbors ", live))
	for _, want := range []string{"  10.0.12.2", "transit\n", "A.B.C.D", "  <cr>", "json"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestNamesComeFromTheDaemonInTime(t *testing.T) {
	d := newFake(t)
	s := &Shell{sockets: []string{d.server.Path()}, timeout: nameLimit}
	defer s.disconnect()
	if got := s.liveNames(api.NameNeighbor, ""); len(got) != 2 {
		t.Errorf("names %v", got)
	}
	d.server.Close()
	if got := s.liveNames(api.NameNeighbor, ""); len(got) != 2 { // remembered for a moment
		t.Errorf("names %v", got)
	}
	s.names.forget()
	if got := s.liveNames(api.NameNeighbor, ""); len(got) != 0 {
		t.Errorf("names %v of no daemon", got)
	}
}

func TestTimesAndSizes(t *testing.T) {
	for seconds, want := range map[int64]string{
		0: "00:00:00", 62: "00:01:02", 86399: "23:59:59", 86400 + 7380: "1d02h03m", 6 * 86400: "6d00h00m",
		9*86400 + 3*3600: "01w2d03h", 365*86400 + 17*86400: "01y02w3d",
	} {
		if got := upDown(ms(seconds)); got != want {
			t.Errorf("%d s: %s, want %s", seconds, got, want)
		}
	}
	if upDown(nil) != "never" {
		t.Error("never")
	}
	for n, want := range map[uint64]string{0: "0 bytes", 1: "1 byte", 3840: "3840 bytes", 6673176: "6517 KiB", 13 << 20: "13 MiB", 20 << 30: "20 GiB"} {
		if got := memory(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for text, want := range map[string]string{"core": "core", "transit upstream A (FRR)": "transit upstream A", "averyveryverylongwordthatgoeson": "averyveryverylongwor"} {
		if got := cut(text, 20); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// Every command that is offered can be run.
func TestEveryCommandHasAVerb(t *testing.T) {
	for _, e := range grammar.Entries(grammar.Exec) {
		if e.Support == grammar.Ours && verbs[e.ID] == nil {
			t.Errorf("%s (%s) has no verb", e.ID, e.Usage)
		}
	}
}
