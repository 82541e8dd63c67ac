package shell

import (
	"context"
	"os"

	"bgpsh/ipc/api"
)

// seat is what a session has of the terminal where somebody sits. The zero
// value is a script's.
type seat struct {
	colours      bool      // listings may be coloured
	pagerProgram string    // $PAGER; empty: our own pager
	screen       *terminal // of an interactive session, for live views; nil: none
	keyboard     *os.File  // of a single command on a terminal, for live views; nil: none
	// monitorOn shows events above the prompt, or no more where params is nil;
	// nil outside of an interactive session.
	monitorOn func(ctx context.Context, params *api.WatchEventsParams) error
}
