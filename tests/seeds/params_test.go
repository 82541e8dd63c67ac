package seeds

import (
	"slices"
	"strings"
	"testing"
)

// A parameter is one that our first record of a neighbor shows otherwise than the seed.
type parameter struct{ seed, ours, why string }

var (
	firstParameters = []parameter{
		{"bind_addr: Some([3fff::a]:10179)", "bind_addr: Some([3fff::a]:0)", "update-source has no port: the seed shows its own listener's and does not use it either"},
	}
	secondParameters = []parameter{
		{"bind_addr: Some([fe80::1%100]:179)", "bind_addr: Some([fe80::1]:0)", "update-source has neither port nor interface, which the neighbor has"},
		{"", "dscp: Dscp(48)", "the first seed has it, the second one was written before there was any"},
	}
)

// checkParameters compares the parameters of the neighbor, name by name and in order.
func checkParameters(t *testing.T, seed, ours []entry, table []parameter) {
	t.Helper()
	want, got := parameters(t, seed), parameters(t, ours)
	for _, d := range table {
		if d.seed != "" {
			want = swap(t, want, d.seed, d.ours)
			continue
		}
		got = swap(t, got, d.ours, d.seed)
	}
	if !slices.Equal(want, got) {
		t.Errorf("parameters, the seed -, ours +:\n%s", strings.Join(edits(want, got), "\n"))
	}
}

// swap puts with in the place of text, or takes text out.
func swap(t *testing.T, list []string, text, with string) []string {
	t.Helper()
	i := slices.Index(list, text)
	switch {
	case i < 0:
		t.Errorf("no %q in %q", text, list)
	case with == "":
		return slices.Delete(list, i, i+1)
	default:
		list[i] = with
	}
	return list
}

// parameters splits the first params of router 1 of a log: "name: value" each.
func parameters(t *testing.T, log []entry) (out []string) {
	t.Helper()
	i := slices.IndexFunc(log, func(e entry) bool { return e.router == 1 && e.text("params") != "" })
	if i < 0 {
		t.Fatal("no parameters")
	}
	text := strings.TrimSuffix(strings.TrimPrefix(log[i].text("params"), "SessionInfo { "), " }")
	depth, from := 0, 0
	for i, r := range text {
		switch {
		case strings.ContainsRune("{(", r):
			depth++
		case strings.ContainsRune("})", r):
			depth--
		case r == ',' && depth == 0:
			out = append(out, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return append(out, strings.TrimSpace(text[from:]))
}
