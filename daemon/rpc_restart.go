package daemon

import (
	"context"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// restarted says what the neighbors will make of it, and begins the restart.
func (d *Daemon) restarted(context.Context, *ipc.Caller, api.None) (api.RestartResult, error) {
	out := api.RestartResult{Keeping: []string{}, Told: []string{}}
	for _, s := range d.published().sessions {
		switch v := s.view.Load(); {
		case v.agreed == nil:
		case v.agreed.KeepsUs():
			out.Keeping = append(out.Keeping, s.name)
		default:
			out.Told = append(out.Told, s.name)
		}
	}
	d.RestartGraceful()
	return out, nil
}
