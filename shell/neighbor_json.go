package shell

import (
	"bgpsh/ipc/api"
)

// neighborsObject maps each neighbor's name to its document.
func neighborsObject(all []api.Neighbor) *object {
	o := &object{}
	for i := range all {
		o.set(all[i].Name, neighborObject(&all[i]))
	}
	return o
}

// neighborObject is one neighbor in FRR's keys.
func neighborObject(n *api.Neighbor) *object {
	o := &object{}
	o.when(n.Unnumbered, "bgpNeighborAddr", addressOr(n.Address, "none"))
	o.set("remoteAs", n.RemoteAS).set("localAs", n.LocalAS)
	o.flag("localAsNoPrepend", n.LocalNoPrepend).flag("localAsReplaceAs", n.LocalReplace).flag("localAsReplaceAsDualAs", n.LocalDual)
	o.set(linkKeys[n.Link], true)
	o.set("localRole", oneOf(n.LocalRole, "undefined")).set("remoteRole", oneOf(n.RemoteRole, "undefined"))
	o.text("nbrDesc", n.Description).text("hostname", n.Hostname).text("domainname", n.Domainname)
	o.text("peerGroup", n.Group).when(n.ListenRange.IsValid(), "peerSubnetRangeGroup", n.ListenRange.String())
	o.flag("adminShutDown", n.AdminDown)
	o.set("bgpVersion", 4).set("remoteRouterId", address(n.RemoteID)).set("localRouterId", n.LocalID.String())
	o.set("bgpState", string(n.State)).when(waitsForPeer(n), "bgpStateIs", "passive").set("bgpStateDetail", n.Detail)
	if n.Down != nil {
		o.set("downReason", downText(n.Down))
	}
	setTimers(o, n)
	if n.Capabilities != nil {
		o.set("neighborCapabilities", capabilitiesObject(n.Capabilities, &n.Restart))
	}
	o.set("gracefulRestartInfo", restartObject(n))
	o.set("messageStats", messagesObject(&n.Messages)).set("prefixStats", prefixObject(&n.Prefixes))
	o.set("minBtwnAdvertisementRunsTimerMsecs", n.Timers.AdvertiseMs)
	o.text("updateSource", n.UpdateSource)
	families := &object{}
	for i := range n.Families {
		families.set(string(n.Families[i].Family), familyObject(&n.Families[i]))
	}
	o.set("addressFamilyInfo", families)
	o.set("connectionsEstablished", n.Ups).set("connectionsDropped", n.Downs).set("generation", n.Generation)
	if n.LastReset != nil {
		o.set("lastResetTimerMsecs", n.LastReset.AgoMs)
	} else {
		o.set("lastReset", "never")
	}
	setReset(o, n.LastReset, n.Down)
	o.flag("prefixesConfigExceedMax", n.OverLimit).flag("reducePrefixNumAndClearIpBgp", n.OverLimit)
	o.set(map[bool]string{true: "internalBgpNbrMaxHopsAway", false: "externalBgpNbrMaxHopsAway"}[inside(n.Link)], n.MaxHops)
	setConnection(o, n)
	return o
}

// setTimers appends the clocks and settings of the session.
func setTimers(o *object, n *api.Neighbor) {
	t := &n.Timers
	if n.State == api.Established && n.SinceMs != nil {
		o.set("bgpTimerUpMsec", *n.SinceMs).set("bgpTimerUpString", upDown(n.SinceMs))
		o.set("bgpTimerUpEstablishedEpoch", n.EstablishedAt.Unix())
	}
	setMs(o, "bgpTimerLastRead", t.LastReadMs)
	setMs(o, "bgpTimerLastWrite", t.LastWriteMs)
	setMs(o, "bgpInUpdateElapsedTimeMsecs", t.LastUpdateMs)
	o.set("bgpTimerConfiguredHoldTimeMsecs", t.ConfiguredHoldSec*1000)
	o.set("bgpTimerConfiguredKeepAliveIntervalMsecs", t.ConfiguredKeepSec*1000)
	o.set("bgpTimerHoldTimeMsecs", t.HoldSec*1000)
	o.set("bgpTimerKeepAliveIntervalMsecs", t.KeepaliveSec*1000)
	o.when(t.DelayOpenSec > 0, "bgpTimerDelayOpenTimeMsecs", t.DelayOpenSec*1000)
	if n.TCPMSS > 0 {
		o.set("bgpTcpMssConfigured", n.TCPMSS).set("bgpTcpMssSynced", n.SyncedMSS)
	}
	o.set("extendedOptionalParametersLength", n.ExtendedOpen)
	o.set("bgpTimerConfiguredConditionalAdvertisementsSec", 60)
}

// setMs appends a time since something; what never happened is 0 as in FRR.
func setMs(o *object, key string, ms *int64) {
	if ms == nil {
		o.set(key, 0)
		return
	}
	o.set(key, *ms)
}

// side is FRR's word for who offered a capability.
func side(a api.Agreement) string {
	switch {
	case a.Sent && a.Received:
		return "advertisedAndReceived"
	case a.Sent:
		return "advertised"
	}
	return "received"
}

// offered appends a capability that either side offered.
func (o *object) offered(key string, a api.Agreement) *object {
	return o.when(a.Sent || a.Received, key, side(a))
}

// capabilitiesObject is "neighborCapabilities".
func capabilitiesObject(c *api.Capabilities, g *api.GracefulRestart) *object {
	o := (&object{}).offered("4byteAs", c.FourOctetAS).offered("extendedMessage", c.ExtendedMessage)
	if len(c.AddPath) > 0 {
		addPath := &object{}
		for _, a := range c.AddPath {
			tx, rx := addPathSides(&a)
			one := &object{}
			one.flag("txAdvertisedAndReceived", tx.Sent && tx.Received).flag("txAdvertised", tx.Sent && !tx.Received).flag("txReceived", !tx.Sent && tx.Received)
			one.flag("rxAdvertisedAndReceived", rx.Sent && rx.Received).flag("rxAdvertised", rx.Sent && !rx.Received).flag("rxReceived", !rx.Sent && rx.Received)
			addPath.set(string(a.Family), one)
		}
		o.set("addPath", addPath)
	}
	o.offered("dynamic", c.Dynamic).offered("role", c.Role)
	if n := c.ExtendedNextHop; n.Sent || n.Received {
		o.offered("extendedNexthop", n)
		if n.Received {
			by := &object{}
			for _, f := range c.ExtendedNextHopPeer {
				by.set(string(f), "recieved") // spelt so by FRR
			}
			o.set("extendedNexthopFamililesByPeer", by) // likewise
		}
	}
	if l := c.LongLived; l.Sent || l.Received {
		by := &object{}
		for _, f := range c.LongLivedPeer {
			by.set(string(f.Family), "received")
		}
		o.offered("longLivedGracefulRestart", l).when(l.Received, "longLivedGracefulRestartByPeer", by)
	}
	if r := c.RouteRefresh; r.Sent || r.Received {
		form := ""
		if r.Received {
			form = map[bool]string{true: "OldNew", false: "New"}[c.RouteRefreshOld.Received]
		}
		o.set("routeRefresh", side(r)+form)
	}
	o.offered("enhancedRouteRefresh", c.EnhancedRouteRefresh)
	families := &object{}
	for _, f := range c.Families {
		families.set(string(f.Family), (&object{}).set(side(f.Agreement), true))
	}
	o.set("multiprotocolExtensions", families)
	setHostnames(o, c)
	o.offered("linkLocalNextHop", c.LinkLocalNextHop)
	o.offered("gracefulRestart", c.GracefulRestart)
	if c.GracefulRestart.Received {
		o.set("gracefulRestartRemoteTimerMsecs", g.ReceivedSec*1000).set("gracefulRestartRemoteTimerSec", g.ReceivedSec)
		o.set("rBitReceived", g.RBit).set("nBitReceived", g.NBit)
		setRestartFamilies(o, c.RestartPeer)
	}
	return o
}

// setHostnames appends what the FQDN and version capabilities carried.
func setHostnames(o *object, c *api.Capabilities) {
	if c.FQDN.Sent || c.FQDN.Received {
		host := &object{}
		if c.FQDN.Sent {
			host.set("advHostName", oneOf(c.HostnameSent, "n/a")).set("advDomainName", oneOf(c.DomainnameSent, "n/a"))
		}
		if c.FQDN.Received {
			host.set("rcvHostName", oneOf(c.HostnameReceived, "n/a")).set("rcvDomainName", oneOf(c.DomainnameReceived, "n/a"))
		}
		o.set("hostName", host)
	}
	if c.SoftwareVersion.Sent || c.SoftwareVersion.Received {
		version := (&object{}).when(c.SoftwareVersion.Sent, "advertisedSoftwareVersion", c.VersionSent)
		o.set("softwareVersion", version.when(c.SoftwareVersion.Received, "receivedSoftwareVersion", c.VersionReceived))
	}
}

// setRestartFamilies appends "addressFamiliesByPeer": an object, or "none".
func setRestartFamilies(o *object, families []api.RestartFamily) {
	if len(families) == 0 {
		o.set("addressFamiliesByPeer", "none")
		return
	}
	by := &object{}
	for _, f := range families {
		by.set(string(f.Family), map[bool]string{true: "preserved", false: "notPreserved"}[f.Forwarding])
	}
	o.set("addressFamiliesByPeer", by)
}

// messagesObject is "messageStats".
func messagesObject(m *api.MessageStats) *object {
	o := (&object{}).set("depthInq", m.QueueIn).set("depthOutq", m.QueueOut)
	total := totals(m)
	for _, row := range []struct {
		key   string
		count api.MessageCount
	}{
		{"opens", m.Open}, {"notifications", m.Notification}, {"updates", m.Update}, {"keepalives", m.Keepalive},
		{"routeRefresh", m.RouteRefresh}, {"capability", m.Capability}, {"total", total},
	} {
		o.set(row.key+"Sent", row.count.Sent).set(row.key+"Recv", row.count.Received)
	}
	return o
}

// prefixObject is "prefixStats".
func prefixObject(s *api.PrefixStats) *object {
	return (&object{}).set("inboundFiltered", s.InboundFiltered).set("aspathLoop", s.ASPathLoop).
		set("originatorLoop", s.OriginatorLoop).set("clusterLoop", s.ClusterLoop).set("invalidNextHop", s.InvalidNextHop).
		set("withdrawn", s.Withdrawn).set("attributesDiscarded", s.AttributesDiscarded).set("firstAs", s.FirstAS)
}

// setConnection appends the TCP connection and what is due.
func setConnection(o *object, n *api.Neighbor) {
	c, t := n.Connection, &n.Timers
	if c != nil {
		o.set("hostLocal", c.Local.Addr().WithZone("").String()).set("portLocal", int(c.Local.Port()))
		o.set("hostForeign", c.Remote.Addr().WithZone("").String()).set("portForeign", int(c.Remote.Port()))
		o.addr("nexthop", c.NextHop).addr("nexthopGlobal", c.NextHopGlobal.WithZone("")).addr("nexthopLocal", c.NextHopLocal.WithZone(""))
		o.set("bgpConnection", map[bool]string{true: "sharedNetwork", false: "nonSharedNetwork"}[c.SharedNetwork])
	} else {
		o.set("hostLocal", "Unknown").set("portLocal", -1).set("hostForeign", "Unknown").set("portForeign", -1)
	}
	o.set("connectRetryTimer", t.ConnectRetrySec)
	if c != nil && c.RTTMs != nil && n.State == api.Established {
		o.set("estimatedRttInMsecs", *c.RTTMs)
	}
	if t.IdleHoldMs != nil {
		o.set("nextStartTimerDueInMsecs", *t.IdleHoldMs)
	}
	if t.ConnectRetryMs != nil && n.State != api.Established {
		o.set("nextConnectTimerDueInMsecs", *t.ConnectRetryMs)
	}
	o.when(n.Password, "authenticationEnabled", 1)
	on := "off"
	if c != nil && (n.State == api.Established || n.State == api.OpenSent || n.State == api.OpenConfirm) {
		on = "on"
	}
	o.set("readThread", on).set("writeThread", on)
}

// linkKeys say in JSON of what kind a neighbor is.
var linkKeys = map[api.Link]string{
	api.Internal: "nbrInternalLink", api.External: "nbrExternalLink", api.Unspecified: "nbrUnspecifiedLink",
	api.ConfedInternal: "nbrConfedInternalLink", api.ConfedExternal: "nbrConfedExternalLink",
}

// inside reports a neighbor of the router's own AS.
func inside(l api.Link) bool { return l == api.Internal || l == api.ConfedInternal }
