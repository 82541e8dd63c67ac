package daemon

import (
	"bgpsh/daemon/config"
	"bgpsh/daemon/rib"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// counted are the counters of a neighbor's session, from the machine, the connections and the RIB.
func (s *session) counted(v *view, held [2]rib.Counters) api.Counters {
	m, c := &v.counters, &s.counts
	in := func(t wire.Type) uint64 { return c.in[t].Load() }
	failed := func(t wire.Type) uint64 { return c.failed[t].Load() }
	out := api.Counters{
		ConnectionRetries: m.ConnectionRetries, ActiveConnectionsAccepted: m.ActiveAccepted, ActiveConnectionsDeclined: m.ActiveDeclined,
		PassiveConnectionsAccepted: m.PassiveAccepted, PassiveConnectionsDeclined: m.PassiveDeclined,
		ToIdle: m.TransitionsTo[fsm.Idle], ToConnect: m.TransitionsTo[fsm.Connect], ToActive: m.TransitionsTo[fsm.Active],
		ToOpenSent: m.TransitionsTo[fsm.OpenSent], ToOpenConfirm: m.TransitionsTo[fsm.OpenConfirm],
		ToConnectionCollision: m.TransitionsTo[fsm.ConnectionCollision], ToSessionSetup: m.TransitionsTo[fsm.SessionSetup],
		ToEstablished:        m.TransitionsTo[fsm.Established],
		HoldTimerExpirations: m.HoldExpirations, IdleHoldTimerExpirations: m.IdleHoldExpirations,
		KeepalivesSent: c.sentOf(wire.TypeKeepalive), KeepalivesReceived: in(wire.TypeKeepalive),
		RouteRefreshSent: c.sentOf(wire.TypeRouteRefresh), RouteRefreshReceived: in(wire.TypeRouteRefresh),
		OpensSent: c.sentOf(wire.TypeOpen), OpensReceived: in(wire.TypeOpen),
		NotificationsSent: c.sentOf(wire.TypeNotification), NotificationsReceived: in(wire.TypeNotification),
		UpdatesSent: c.sentOf(wire.TypeUpdate), UpdatesReceived: in(wire.TypeUpdate),
		UnexpectedUpdate: m.Unexpected.Update, UnexpectedKeepalive: m.Unexpected.Keepalive, UnexpectedOpen: m.Unexpected.Open,
		UnexpectedRouteRefresh: m.Unexpected.RouteRefresh, UnexpectedNotification: m.Unexpected.Notification,
		UpdateNextHopMissing: c.noNextHop.Load(), OpenHandleFailures: m.OpenHandleFailures,
		UnnegotiatedAddressFamily: c.unnegotiated.Load(),
		NotificationSendFailure:   failed(wire.TypeNotification), OpenSendFailure: failed(wire.TypeOpen),
		KeepaliveSendFailure: failed(wire.TypeKeepalive), RouteRefreshSendFailure: failed(wire.TypeRouteRefresh),
		UpdateSendFailure: failed(wire.TypeUpdate), TCPConnectionFailure: m.ConnectionFailures,
	}
	for _, h := range held {
		out.PrefixesAdvertised += uint64(h.Sent)
		out.PrefixesImported += uint64(h.Accepted)
	}
	return out
}

// jitterOf is nil where the configuration has none.
func jitterOf(j config.Jitter) *api.Jitter {
	if j == (config.Jitter{}) {
		return nil
	}
	return &api.Jitter{Min: j.Min, Max: j.Max}
}
