package shell

import (
	"context"
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// restartGraceful is `restart graceful`.
func restartGraceful(s *Shell, ctx context.Context, _ grammar.Command, w io.Writer) error {
	if s.ask != nil && !s.ask("Restart bgpd?") {
		return nil
	}
	var r api.RestartResult
	if err := s.call(ctx, api.DaemonRestart, api.None{}, &r); err != nil {
		return err
	}
	fmt.Fprintf(w, "bgpd restarts; %s our routes meanwhile\n", keepers(r.Keeping))
	if len(r.Told) > 0 {
		fmt.Fprintf(w, "Without graceful restart the session ends with: %s\n", strings.Join(r.Told, ", "))
	}
	return nil
}

func keepers(names []string) string {
	switch len(names) {
	case 0:
		return "no neighbor keeps"
	case 1:
		return names[0] + " keeps"
	}
	return plural(len(names), "neighbor") + " keep"
}
