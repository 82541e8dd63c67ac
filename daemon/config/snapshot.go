package config

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
func (c *Config) Snapshot() Snapshot {
	s := Snapshot{Lines: c.Lines()}
	for _, h := range c.Held {
		s.Held = append(s.Held, heldLine{h, h.raw.Reveal()})
	}
	return s
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
