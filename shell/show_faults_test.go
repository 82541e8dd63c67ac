package shell

import (
	"strings"
	"testing"
	"time"

	"bgpsh/ipc/api"
)

func TestInternalErrorsAreShown(t *testing.T) {
	var b strings.Builder
	if err := printFaults(&b, &api.FaultStatistics{}); err != nil || b.String() != "\nInternal errors: none\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
	b.Reset()
	if err := printFaults(&b, &api.FaultStatistics{
		Caught: []api.FaultCount{{Place: "reader", Count: 3}, {Place: "stuck", Count: 1}}, Stalls: 1, Longest: 12000, Stuck: []string{"table loop, egress, for 6s"},
		Last: []api.Fault{{At: time.Unix(0, 0).UTC(), Place: "reader", Subject: "10.0.0.2", Cause: "index out of range\x1b[2J", Report: "/var/lib/bgpsh/reports/x.txt"}},
	}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Internal errors: 3 reader, 1 stuck", "Stalls: 1, the longest ", "Stuck: table loop, egress, for 6s", "10.0.0.2", "/var/lib/bgpsh/reports/x.txt"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("lacks %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "\x1b") {
		t.Error("a cause reaches the terminal as it is")
	}
}
