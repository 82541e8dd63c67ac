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
	if !s.seen.exists {
		return nil, false, fmt.Errorf("%s does not exist", path)
	}
	return config.Report(s.problems, s.warnings), len(s.problems) > 0, nil
}
