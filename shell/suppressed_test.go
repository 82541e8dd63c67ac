package shell

import (
	"bytes"
	"strings"
	"testing"

	"bgpsh/ipc/api"
)

// What an aggregate stands for is marked in the table, in JSON and where one prefix is shown; the aggregate itself says that it is one.
func TestSuppressed(t *testing.T) {
	page := tableScenario()
	page.Routes = page.Routes[:2]
	aggregate, hidden := &page.Routes[0], &page.Routes[1]
	aggregate.Paths[0].Local, aggregate.Paths[0].Aggregate = true, true
	for i := range hidden.Paths {
		hidden.Paths[i].Suppressed = true
	}
	var b bytes.Buffer
	text := render(t, page, newRouteWriter(&b, api.ViewTable, false), &b)
	if !strings.Contains(text, "\n*> "+aggregate.Prefix.String()) || !strings.Contains(text, "\ns>") || strings.Count(text, "*>") != 1 {
		t.Errorf("the table:\n%s", text)
	}
	b.Reset()
	doc := document(t, "table", render(t, page, &routeJSON{w: &b, view: api.ViewTable}, &b)).(map[string]any)["routes"].(map[string]any)
	for name, want := range map[string]any{aggregate.Prefix.String(): nil, hidden.Prefix.String(): true} {
		if got := doc[name].([]any)[0].(map[string]any)["suppressed"]; got != want {
			t.Errorf("%s: suppressed %v", name, got)
		}
	}
	var one, other strings.Builder
	printPrefix(&one, hidden, api.ASPlain, "")
	printPrefix(&other, aggregate, api.ASPlain, "")
	if !strings.Contains(one.String(), ", Advertisements suppressed by an aggregate.)\n") || strings.Contains(other.String(), "suppressed") {
		t.Errorf("one prefix:\n%s\n%s", &one, &other)
	}
	if !strings.Contains(other.String(), "aggregated, local") {
		t.Errorf("the aggregate:\n%s", &other)
	}
	path := detailPath(aggregate, &aggregate.Paths[0])
	text = encode(t, path)
	if !strings.Contains(text, `"aggregated":true`) || strings.Contains(text, `"sourced"`) {
		t.Errorf("the aggregate's path: %s", text)
	}
}
