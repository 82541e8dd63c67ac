package grammar

import (
	"strings"
	"testing"
)

// TestDocument keeps docs/commands.md equal to the tables.
func TestDocument(t *testing.T) {
	golden(t, "../../docs/commands.md", Document())
}

func TestDocumentIsComplete(t *testing.T) {
	text := Document()
	eachStatement(func(mode Mode, s *Statement, spec *part) {
		if !s.Hidden && !strings.Contains(text, code(usage(spec))) && mode != AF6 {
			t.Errorf("%s %s is missing", mode, s.ID)
		}
	})
}
