package config

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSecretPrintsStars(t *testing.T) {
	s := NewSecret("hunter2")
	hidden := struct{ s Opt[Secret] }{Some(s)} // fmt calls no method of a value in an unexported field
	visible := struct{ S Opt[Secret] }{Some(s)}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10s", "%p"} {
		for _, v := range []any{s, &s, hidden, visible, &hidden, []Secret{s}, map[string]Secret{"k": s}} {
			got := fmt.Sprintf(format, v)
			if strings.Contains(got, "hunter2") || strings.Contains(strings.ToLower(got), "68756e746572") {
				t.Errorf("%s of %T: %s", format, v, got)
			}
		}
	}
	j, err := json.Marshal(visible)
	if err != nil || strings.Contains(string(j), "hunter2") {
		t.Errorf("%s, %v", j, err)
	}
	if s.Reveal() != "hunter2" || s != NewSecret("hunter2") || s == NewSecret("hunter3") {
		t.Error("a secret does not hold or compare its text")
	}
	if e := NewSecret(""); !e.Empty() || e.Reveal() != "" || e.String() != stars {
		t.Error("the empty secret")
	}
}
