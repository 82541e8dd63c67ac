package daemon

import (
	"context"
	"net/netip"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
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

// restartModes are the modes in FRR's words.
var restartModes = map[config.RestartMode]string{
	config.RestartHelper: "Helper", config.RestartFull: "Restart", config.RestartOff: "Disable",
}

// restart is graceful restart with the neighbor.
func (v *view) restart(now time.Time) api.GracefulRestart {
	set := v.setup
	g := api.GracefulRestart{
		LocalMode: restartModes[set.RestartMode], LocalDefault: set.RestartDefault, GlobalMode: restartModes[set.RouterMode], RemoteMode: "NotApplicable",
		RestartSec: secs(set.RestartTime), StalePathSec: secs(set.StalePath),
	}
	if set.RestartMode == config.RestartFull {
		g.DeferSec = secs(set.SelectDefer)
	}
	for i := range v.retained {
		if x := &v.retained[i]; !x.Back && !x.Until.IsZero() && (g.RestartMs == nil || x.Until.Sub(now).Milliseconds() < *g.RestartMs) {
			g.RestartMs = ms(x.Until.Sub(now))
		}
	}
	hello := v.hello // a neighbor that is away is awaited for as long as it said
	if v.agreed != nil {
		hello = v.agreed.PeerOpen
	}
	if hello == nil || v.agreed == nil && len(v.retained) == 0 {
		return g
	}
	gr := hello.Caps.GracefulRestart
	switch {
	case gr != nil:
		g.ReceivedSec = int(gr.Time)
	case v.agreed != nil:
		g.RemoteMode = "Disable"
	}
	if v.agreed == nil || gr == nil {
		return g
	}
	g.RemoteMode, g.RBit, g.NBit = "Restart", gr.Restarting, v.agreed.Notifies()
	if len(gr.Families) == 0 {
		g.RemoteMode = "Helper"
	}
	return g
}

// keeping is what is kept of a family over the loss of a session, nil for nothing.
func (v *view) keeping(f wire.Family) *fsm.Keeping {
	for i := range v.retained {
		if v.retained[i].Family == f {
			return &v.retained[i]
		}
	}
	return nil
}

// kept is the same in the API's terms.
func (v *view) kept(f wire.Family, now time.Time) *api.Kept {
	x := v.keeping(f)
	if x == nil {
		return nil
	}
	return &api.Kept{Back: x.Back, LongLived: x.Aged, LeftMs: until(x.Until, now), LongLivedMs: until(x.LongUntil, now)}
}

// until is the time that is left, nil where there is no end.
func until(t, now time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return ms(t.Sub(now))
}

// stay says how long a stale path to this address stays.
func (n *peerNames) stay(out *api.Path, p *rib.PathView, to netip.Addr) {
	v, f := n.byID[p.Peer], wire.IPv4Unicast
	if to.Is6() {
		f = wire.IPv6Unicast
	}
	if !p.Stale || v == nil {
		return
	}
	switch x := v.keeping(f); {
	case x == nil:
	case p.LongLived:
		out.StaleMs = until(x.LongUntil, n.now)
	default:
		out.StaleMs = until(x.Until, n.now)
	}
}
