package parameters

import (
	"strings"
	"testing"

	"bgpsh/ipc/api"
)

// path-attribute takes effect on an established session, which asks for the routes again and stays up: a discarded attribute is not there, a route
// with a refused one is withdrawn, and without the lines all is as before.
func TestPathAttribute(t *testing.T) {
	t.Parallel()
	const plain, marked = "198.51.1.0/24", "198.51.2.0/24"
	feeder := &station{as: 65002, again: true, feed: [][]byte{
		announcement(plain, with(asPath(65002), med(7))),
		announcement(marked, with(asPath(65002), community(65002<<16|1))),
	}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	path := func(prefix string) (api.Path, bool) { return l.router.path(prefix) }
	hasMED := func() bool { p, ok := path(plain); return ok && is(p.MED, 7) }
	l.until("both routes", func() bool { return taker.count() == 2 && hasMED() })

	l.apply("neighbor 10.0.0.2 path-attribute discard 4")
	l.until("the MED is gone", func() bool { p, ok := path(plain); return ok && p.MED == nil && taker.count() == 2 })

	l.apply("neighbor 10.0.0.2 path-attribute treat-as-withdraw 8")
	l.until("the route with communities is withdrawn", func() bool { return taker.count() == 1 && taker.told(plain) != "-" })
	errors := must[api.UpdateErrors](l.router, api.BGPUpdateErrors, api.UpdateErrorsParams{Neighbor: "10.0.0.2"})
	counted := map[string]bool{}
	for _, c := range errors.Counts {
		counted[c.Action] = c.Count > 0
	}
	if !counted["discard by path-attribute"] || !counted["withdraw by path-attribute"] || len(errors.Messages) != 0 {
		t.Errorf("errors: %+v", errors)
	}

	l.apply("no neighbor 10.0.0.2 path-attribute treat-as-withdraw", "no neighbor 10.0.0.2 path-attribute discard")
	l.until("all is as before", func() bool { return taker.count() == 2 && hasMED() })
	if n := l.neighbor("10.0.0.2"); n.Downs != 0 {
		t.Errorf("the session went down %d times", n.Downs)
	}
	for _, needed := range []string{"1", "2", "3", "14", "15"} {
		r := must[api.ApplyResult](l.router, api.ConfigApply, api.ApplyParams{Context: []string{"router bgp 65001"},
			Lines: []api.Line{{Text: "neighbor 10.0.0.2 path-attribute discard " + needed}}})
		if r.Applied || len(r.Lines) == 0 || !strings.Contains(r.Lines[0].Text, "no route can be without") {
			t.Errorf("attribute %s: %+v", needed, r)
		}
	}
}
