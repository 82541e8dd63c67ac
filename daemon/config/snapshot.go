package config

import (
	"bufio"
	"encoding/json"
	"io"
)

// Snapshot is a configuration as it is kept on disk: its lines and what is held back beside them, which its lines do not tell. Passwords stand
// in it as they are.
type Snapshot struct {
	Lines []string   `json:"lines"`
	Held  []heldLine `json:"held,omitempty"`
}

// heldLine is a Held with its text.
type heldLine struct {
	Held
	Raw string `json:"raw"`
}

// Snapshot is c to be kept.
func (c *Config) Snapshot() Snapshot { return Snapshot{Lines: c.Lines(), Held: c.heldLines()} }

func (c *Config) heldLines() (out []heldLine) {
	for _, h := range c.Held {
		out = append(out, heldLine{h, h.raw.Reveal()})
	}
	return out
}

// WriteSnapshot writes the Snapshot of c as JSON, line by line, so that one of a million lines takes no memory.
func (c *Config) WriteSnapshot(to io.Writer) error {
	w := bufio.NewWriterSize(to, 64<<10)
	w.WriteString(`{"lines":[`)
	first := true
	c.Print(func(line []byte) {
		if !first {
			w.WriteByte(',')
		}
		first = false
		writeQuoted(w, line)
	})
	w.WriteByte(']')
	if held := c.heldLines(); len(held) > 0 {
		text, err := json.Marshal(held)
		if err != nil {
			return err
		}
		w.WriteString(`,"held":`)
		w.Write(text)
	}
	w.WriteByte('}')
	return w.Flush()
}

// writeQuoted writes a line as a string of JSON.
func writeQuoted(w *bufio.Writer, line []byte) {
	for _, c := range line {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			text, _ := json.Marshal(string(line)) // a string always can be
			w.Write(text)
			return
		}
	}
	w.WriteByte('"')
	w.Write(line)
	w.WriteByte('"')
}

// Config is the configuration that was kept. The errors are lines that are wrong by now, say because a neighbor's address has become this
// router's own.
func (s Snapshot) Config(o Options) (*Config, []LineError) {
	c, errs, _ := Parse("", s.Lines, o)
	if len(errs) > 0 {
		return nil, errs
	}
	c.Held = nil
	for _, h := range s.Held {
		h.Held.raw = NewSecret(h.Raw)
		c.Held = append(c.Held, h.Held)
	}
	return c, nil
}
