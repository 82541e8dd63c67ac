package api

// Jitter is the range of the random factor that a time is multiplied with.
type Jitter struct {
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Counters count what happened to a neighbor's session since the neighbor
// exists. Those that say so stand for what is the case now.
type Counters struct {
	// ConnectionRetries counts dials that were tried again and sessions that
	// ended; starting or stopping the neighbor zeroes it (RFC 4271 8).
	ConnectionRetries          uint64 `json:"connectionRetries"`
	ActiveConnectionsAccepted  uint64 `json:"activeConnectionsAccepted"`  // that we dialled and took into use
	ActiveConnectionsDeclined  uint64 `json:"activeConnectionsDeclined"`  // that came when they were no longer wanted
	PassiveConnectionsAccepted uint64 `json:"passiveConnectionsAccepted"` // that the neighbor dialled
	PassiveConnectionsDeclined uint64 `json:"passiveConnectionsDeclined"` // likewise, and that we closed
	ToIdle                     uint64 `json:"transitionsToIdle"`          //
	ToConnect                  uint64 `json:"transitionsToConnect"`       //
	ToActive                   uint64 `json:"transitionsToActive"`        //
	ToOpenSent                 uint64 `json:"transitionsToOpenSent"`      //
	ToOpenConfirm              uint64 `json:"transitionsToOpenConfirm"`   //
	ToConnectionCollision      uint64 `json:"transitionsToConnectionCollision"`
	ToSessionSetup             uint64 `json:"transitionsToSessionSetup"`
	ToEstablished              uint64 `json:"transitionsToEstablished"`
	HoldTimerExpirations       uint64 `json:"holdTimerExpirations"`
	IdleHoldTimerExpirations   uint64 `json:"idleHoldTimerExpirations"`

	PrefixesAdvertised uint64 `json:"prefixesAdvertised"` // that it was sent and holds now
	PrefixesImported   uint64 `json:"prefixesImported"`   // that are accepted from it now

	KeepalivesSent        uint64 `json:"keepalivesSent"`
	KeepalivesReceived    uint64 `json:"keepalivesReceived"`
	RouteRefreshSent      uint64 `json:"routeRefreshSent"`
	RouteRefreshReceived  uint64 `json:"routeRefreshReceived"`
	OpensSent             uint64 `json:"opensSent"`
	OpensReceived         uint64 `json:"opensReceived"`
	NotificationsSent     uint64 `json:"notificationsSent"`
	NotificationsReceived uint64 `json:"notificationsReceived"`
	UpdatesSent           uint64 `json:"updatesSent"`
	UpdatesReceived       uint64 `json:"updatesReceived"`

	// Unexpected* count messages that the state did not allow.
	UnexpectedUpdate       uint64 `json:"unexpectedUpdateMessage"`
	UnexpectedKeepalive    uint64 `json:"unexpectedKeepaliveMessage"`
	UnexpectedOpen         uint64 `json:"unexpectedOpenMessage"`
	UnexpectedRouteRefresh uint64 `json:"unexpectedRouteRefreshMessage"`
	UnexpectedNotification uint64 `json:"unexpectedNotificationMessage"`
	// UpdateNextHopMissing counts UPDATEs that announce routes without
	// NEXT_HOP.
	UpdateNextHopMissing      uint64 `json:"updateNextHopMissing"`
	OpenHandleFailures        uint64 `json:"openHandleFailures"`        // OPENs that did not fit the configuration
	UnnegotiatedAddressFamily uint64 `json:"unnegotiatedAddressFamily"` // UPDATEs with a family that was not agreed

	NotificationSendFailure uint64 `json:"notificationSendFailure"`
	OpenSendFailure         uint64 `json:"openSendFailure"`
	KeepaliveSendFailure    uint64 `json:"keepaliveSendFailure"`
	RouteRefreshSendFailure uint64 `json:"routeRefreshSendFailure"`
	UpdateSendFailure       uint64 `json:"updateSendFailure"`

	TCPConnectionFailure uint64 `json:"tcpConnectionFailure"` // dials that failed and connections that broke
	MD5AuthFailures      uint64 `json:"md5AuthFailures"`      // always 0: the kernel drops wrong signatures and tells no socket
	ConnectorPanics      uint64 `json:"connectorPanics"`      // always 0: a dial runs nothing that could panic
}
