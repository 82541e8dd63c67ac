package daemon

import (
	"fmt"

	"bgpsh/daemon/config"
)

// Check reads a startup configuration without a daemon. report has a line for each warning and each bad line, with what
// would be held back because of it; bad tells that there is a bad line. The error is for a file that cannot be read.
func Check(path string) (report []string, bad bool, err error) {
	s := startup{store: store{path: path}}
	if _, err := s.parse(config.Options{}); err != nil {
		return nil, false, err
	}
	if s.seen == nil {
		return nil, false, fmt.Errorf("%s does not exist", path)
	}
	for _, w := range s.warnings {
		report = append(report, w.String())
	}
	for _, p := range s.problems {
		line := p.Error()
		if held := p.HeldBack(); held != "" {
			line += "; " + held
		}
		report = append(report, line)
	}
	return report, len(s.problems) > 0, nil
}
