package shell

import (
	"fmt"
	"strings"

	"bgpsh/ipc/api"
)

// printOpening says what is held back after the start, in FRR's words.
func printOpening(b *strings.Builder, s *api.Summary) {
	if s.MaxMED {
		b.WriteString("Max-med administrative active\n")
	}
	o := s.Opening
	if o == nil {
		return
	}
	if o.MaxMED {
		b.WriteString("Max-med on-startup active\n")
	}
	if o.UpdateDelaySec > 0 {
		fmt.Fprintf(b, "Read-only mode update-delay limit: %d seconds\n", o.UpdateDelaySec)
		if o.EstablishWaitSec != o.UpdateDelaySec {
			fmt.Fprintf(b, "                   Establish wait: %d seconds\n", o.EstablishWaitSec)
		}
		printBeginning(b, o)
	}
	if o.AnnounceDelaySec > 0 {
		fmt.Fprintf(b, "Advertisement delay: %d seconds%s\n", o.AnnounceDelaySec, map[bool]string{true: ", in progress"}[o.Waiting])
	}
}

// printBeginning says how far update-delay is.
func printBeginning(b *strings.Builder, o *api.Opening) {
	if o.BeganAt.IsZero() {
		return
	}
	fmt.Fprintf(b, "  First neighbor established: %s\n", calendar(o.BeganAt))
	if o.ReadOnly {
		b.WriteString("  Delay in progress\n")
	} else if !o.ResumedAt.IsZero() {
		fmt.Fprintf(b, "  Peers update resumed: %s\n", calendar(o.ResumedAt))
	}
}

// setOpening does the same in JSON.
func setOpening(o *object, s *api.Summary) {
	o.flag("maxMedAdministrative", s.MaxMED)
	d := s.Opening
	if d == nil {
		return
	}
	o.flag("maxMedOnStartup", d.MaxMED)
	if d.UpdateDelaySec > 0 {
		o.set("updateDelayLimit", d.UpdateDelaySec)
		o.when(d.EstablishWaitSec != d.UpdateDelaySec, "updateDelayEstablishWait", d.EstablishWaitSec)
		o.when(!d.BeganAt.IsZero(), "updateDelayFirstNeighbor", calendar(d.BeganAt)).flag("updateDelayInProgress", d.ReadOnly)
		o.when(!d.ResumedAt.IsZero(), "updateDelayPeersResumed", calendar(d.ResumedAt))
	}
	if d.AnnounceDelaySec > 0 {
		o.set("advertisementDelay", d.AnnounceDelaySec).flag("advertisementDelayInProgress", d.Waiting)
	}
}
