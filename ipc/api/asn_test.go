package api

import "testing"

func TestASNotation(t *testing.T) {
	for _, c := range []struct {
		notation            ASNotation
		small, large, paths string
	}{
		{"", "65001", "65546", "(65001 65546) 4294967295 {65536,23456}"},
		{ASPlain, "65001", "65546", "(65001 65546) 4294967295 {65536,23456}"},
		{ASDot, "65001", "1.10", "(65001 1.10) 65535.65535 {1.0,23456}"},
		{ASDotPlus, "0.65001", "1.10", "(0.65001 1.10) 65535.65535 {1.0,0.23456}"},
	} {
		if got := c.notation.Number(65001); got != c.small {
			t.Errorf("%q: 65001 is %s", c.notation, got)
		}
		if got := c.notation.Number(65546); got != c.large {
			t.Errorf("%q: 65546 is %s", c.notation, got)
		}
		if got := c.notation.Path("(65001 65546) 4294967295 {65536,23456}"); got != c.paths {
			t.Errorf("%q: the path is %s", c.notation, got)
		}
		if got := c.notation.Path(""); got != "" {
			t.Errorf("%q: the empty path is %q", c.notation, got)
		}
	}
}
