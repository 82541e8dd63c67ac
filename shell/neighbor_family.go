package shell

import (
	"cmp"
	"net/netip"
	"strings"

	"bgpsh/ipc/api"
)

// neighborFamily is the block of one address family.
func neighborFamily(p *page, f *api.NeighborFamily) {
	p.line("")
	p.line(" For address family: %s", familyTitle(f.Family))
	p.lineIf(f.Group != "", "  %s peer-group member", f.Group)
	if f.UpdateGroup > 0 {
		p.line("  Update group %d, subgroup %d", f.UpdateGroup, f.Subgroup)
		p.line("  Packet Queue length %d", f.QueueOut)
	} else {
		p.line("  Not part of any update group")
	}
	p.lineIf(f.RouteReflector, "  Route-Reflector Client")
	p.lineIf(f.RouteServer, "  Route-Server Client")
	p.lineIf(f.SoftInbound, "  Inbound soft reconfiguration allowed")
	p.lineIf(f.RemovePrivateAS != "", "  Private AS numbers %s in updates to this neighbor", privateText(f.RemovePrivateAS))
	p.lineIf(f.AllowASOrigin, "  Local AS allowed as path origin")
	p.lineIf(f.AllowASIn > 0, "  Local AS allowed in path, %d occurrences", f.AllowASIn)
	p.lineIf(f.AllowASMap != "", "  Local AS allowed in path where route-map %s permits it", f.AllowASMap)
	p.lineIf(f.ASOverride, "  Override ASNs in outbound updates if AS path equals remote-as ")
	p.lineIf(f.NextHopSelf, "  NEXT_HOP is always this router")
	for _, u := range f.Unchanged {
		p.line("  %s is propagated unchanged to this neighbor", unchangedTitles[u].text)
	}
	p.lineIf(f.NextHop.IsValid(), "  NEXT_HOP is always %s", f.NextHop)
	p.lineIf(f.SendCommunity != "none" && f.SendCommunity != "", "  Community attribute sent to this neighbor(%s)", f.SendCommunity)
	p.lineIf(f.DefaultOriginate, "  Default information originate, %sdefault %ssent", defaultMap(f.DefaultMap), map[bool]string{false: "not "}[f.DefaultSent])
	p.lineIf(f.Weight > 0, "  Weight of routes from this neighbor: %d", f.Weight)
	p.lineIf(hasPolicy(f, false), "  Inbound path policy configured")
	p.lineIf(hasPolicy(f, true), "  Outbound path policy configured")
	for _, policy := range f.Policies {
		p.line("  %s", policyLine(&policy))
	}
	if f.AdvertiseMap != "" {
		p.line("  Condition %s, Condition-map *%s, Advertise-map *%s, status: %s", conditionWord(f), f.ConditionMap, f.AdvertiseMap, conditionStatus(f))
	}
	p.lineIf(f.Site != "", "  Site of origin: %s", f.Site)
	p.lineIf(f.ImportLocalPref != nil, "  Local preference of incoming routes is set to %d", value(f.ImportLocalPref))
	p.lineIf(f.ExportMED != nil, "  Metric of outgoing routes is set to %d", value(f.ExportMED))
	for _, c := range f.ExportCommunities {
		p.line("  Community added to outgoing routes: %s", c)
	}
	p.lineIf(f.DenyIn == api.DenyPolicy, "  Inbound updates discarded due to missing policy")
	p.lineIf(f.DenyOut == api.DenyPolicy, "  Outbound updates discarded due to missing policy")
	p.lineIf(f.DenyIn == api.DenyConfig, "  Inbound updates discarded due to a bad line of the startup configuration")
	p.lineIf(f.DenyOut == api.DenyConfig, "  Outbound updates discarded due to a bad line of the startup configuration")
	p.line("  %d accepted prefixes", f.Accepted)
	p.lineIf(f.AddPathSend != "", "  Advertise %s via addpath", addPathTitle(f.AddPathSend))
	p.lineIf(f.MaxPrefixOut > 0, "  Maximum allowed prefixes sent %d", f.MaxPrefixOut)
	if f.MaxPrefix > 0 {
		p.line("  Maximum prefixes allowed %d%s", f.MaxPrefix, map[bool]string{true: " (warning-only)"}[f.MaxPrefixWarn])
		p.line("  Threshold for warning message %d%%%s", f.MaxPrefixPercent, restartIn(f.MaxPrefixRestart))
	}
}

// addPathTitle is what FRR calls the paths that are sent with ADD-PATH.
func addPathTitle(kind string) string {
	switch count, best := strings.CutPrefix(kind, "best-selected "); {
	case best:
		return "the best " + count + " paths"
	case kind == "bestpath-per-AS":
		return "bestpath per AS"
	}
	return "all paths"
}

// addPathKeys are FRR's keys for them.
var addPathKeys = map[string]string{"all-paths": "addpathTxAllPaths", "bestpath-per-AS": "addpathTxBestpathPerAS"}

// unchangedTitles are FRR's words and keys for what attribute-unchanged keeps, its spelling included.
var unchangedTitles = map[string]struct{ text, key string }{
	"as-path":  {"AS_PATH", "unchangedAsPathPropogatedToNbr"},
	"next-hop": {"NEXT_HOP", "unchangedNextHopPropogatedToNbr"},
	"med":      {"MED", "unchangedMedPropogatedToNbr"},
}

// privateText is FRR's word order for what remove-private-AS does.
func privateText(kind string) string {
	if rest, all := strings.CutPrefix(kind, "all "); all {
		return "(all) " + rest
	}
	return kind
}

// privateKey is FRR's key for it.
func privateKey(kind string) string {
	key := "privateAsNums"
	for _, w := range strings.Fields(kind) {
		key += strings.ToUpper(w[:1]) + w[1:]
	}
	return key + "InUpdatesToNbr"
}

// hasPolicy tells whether routes in a direction are subject to a policy.
func hasPolicy(f *api.NeighborFamily, out bool) bool {
	for _, p := range f.Policies {
		if p.Out == out {
			return true
		}
	}
	return false
}

// policyTitles are FRR's words for each kind of policy.
var policyTitles = map[string][2]string{
	"route-map":       {"Route map for incoming advertisements is ", "Route map for outgoing advertisements is "},
	"prefix-list":     {"Incoming update prefix filter list is ", "Outgoing update prefix filter list is "},
	"distribute-list": {"Incoming update network filter list is ", "Outgoing update network filter list is "},
	"filter-list":     {"Incoming update AS path filter list is ", "Outgoing update AS path filter list is "},
	"unsuppress-map":  {"", "Route map for selective unsuppress is "},
	"allow":           {"Incoming routes allowed: ", "Outgoing routes allowed: "},
}

// policyLine names one policy; a star says that the map or list exists.
func policyLine(p *api.PolicyRef) string {
	side := 0
	if p.Out {
		side = 1
	}
	star := ""
	if p.Exists && p.Kind != "allow" {
		star = "*"
	}
	return policyTitles[p.Kind][side] + star + p.Name
}

// conditionWord is FRR's word for the kind of condition.
func conditionWord(f *api.NeighborFamily) string {
	if f.Unless {
		return "NON_EXIST"
	}
	return "EXIST"
}

// conditionStatus is FRR's word for what follows from the condition.
func conditionStatus(f *api.NeighborFamily) string {
	if f.Advertising {
		return "Advertise"
	}
	return "Withdraw"
}

// defaultMap names the route map of default-originate, where there is one.
func defaultMap(name string) string {
	if name == "" {
		return ""
	}
	return "default route-map *" + name + ", "
}

func restartIn(minutes int) string {
	if minutes == 0 {
		return ""
	}
	return ", restart interval " + plural(minutes, "minute")
}

func value(n *uint32) uint32 {
	if n == nil {
		return 0
	}
	return *n
}

// address shows an address that may be missing as FRR does.
func address(a netip.Addr) string {
	if !a.IsValid() {
		return "0.0.0.0"
	}
	return a.String()
}

// familyObject is a member of "addressFamilyInfo".
func familyObject(f *api.NeighborFamily) *object {
	o := (&object{}).text("peerGroupMember", f.Group)
	if f.UpdateGroup > 0 {
		o.set("updateGroupId", f.UpdateGroup).set("subGroupId", f.Subgroup).set("packetQueueLength", f.QueueOut)
	}
	o.flag("routeReflectorClient", f.RouteReflector).flag("routeServerClient", f.RouteServer)
	o.flag("inboundSoftConfigPermit", f.SoftInbound)
	o.when(f.RemovePrivateAS != "", privateKey(f.RemovePrivateAS), true)
	o.flag("allowAsInOrigin", f.AllowASOrigin)
	o.flag("overrideASNsInOutboundUpdates", f.ASOverride).flag("routerAlwaysNextHop", f.NextHopSelf)
	for _, u := range f.Unchanged {
		o.set(unchangedTitles[u].key, true)
	}
	o.text("commAttriSentToNbr", communityWord(f.SendCommunity))
	o.when(f.AllowASIn > 0, "allowAsInCount", f.AllowASIn)
	o.text("allowAsInRouteMap", f.AllowASMap)
	o.flag("inboundPathPolicyConfig", hasPolicy(f, false)).flag("outboundPathPolicyConfig", hasPolicy(f, true))
	setPolicies(o, f)
	o.when(f.DenyIn == api.DenyPolicy, "inboundEbgpRequiresPolicy", "Inbound updates discarded due to missing policy")
	o.when(f.DenyOut == api.DenyPolicy, "outboundEbgpRequiresPolicy", "Outbound updates discarded due to missing policy")
	o.text("inboundDenied", string(f.DenyIn)).text("outboundDenied", string(f.DenyOut))
	if f.DefaultOriginate {
		o.text("defaultRouteMap", f.DefaultMap)
		o.flag("defaultSent", f.DefaultSent).flag("defaultNotSent", !f.DefaultSent)
	}
	if f.AdvertiseMap != "" {
		o.set("condition", conditionWord(f)).set("conditionMap", f.ConditionMap).set("advertiseMap", f.AdvertiseMap).set("advertiseStatus", conditionStatus(f))
	}
	o.text("siteOfOrigin", f.Site)
	if f.AddPathSend != "" {
		o.flag(cmp.Or(addPathKeys[f.AddPathSend], "addpathTxBestSelectedPaths"), true)
	}
	o.when(f.MaxPrefixOut > 0, "prefixOutAllowedMax", f.MaxPrefixOut)
	o.set("acceptedPrefixCounter", f.Accepted)
	o.when(f.Negotiated, "sentPrefixCounter", f.Sent)
	o.set("receivedPrefixDup", f.Duplicates)
	o.set("receivedPrefixCounter", f.Received).set("filteredPrefixCounter", f.Filtered).set("withheldPrefixCounter", f.Withheld)
	if f.MaxPrefix > 0 {
		o.set("prefixAllowedMax", f.MaxPrefix).flag("prefixAllowedMaxWarning", f.MaxPrefixWarn)
		o.set("prefixAllowedWarningThresh", f.MaxPrefixPercent)
		o.when(f.MaxPrefixRestart > 0, "prefixAllowedRestartIntervalMsecs", f.MaxPrefixRestart*60000)
	}
	return o
}

// communityWord is FRR's word for the kinds of communities that are sent.
func communityWord(kinds string) string {
	switch kinds {
	case "all", "both":
		return "extendedAndStandard"
	case "none":
		return ""
	}
	return strings.TrimSuffix(kinds, " and large") // for which FRR has no word
}

// policyKeys are FRR's keys for each kind of policy; allow is ours.
var policyKeys = map[string][2]string{
	"route-map":       {"routeMapForIncomingAdvertisements", "routeMapForOutgoingAdvertisements"},
	"prefix-list":     {"incomingUpdatePrefixFilterList", "outgoingUpdatePrefixFilterList"},
	"distribute-list": {"incomingUpdateNetworkFilterList", "outgoingUpdateNetworkFilterList"},
	"filter-list":     {"incomingUpdateAsPathFilterList", "outgoingUpdateAsPathFilterList"},
	"unsuppress-map":  {"", "selectiveUnsuppressRouteMap"},
}

// setPolicies appends the names of attached maps and lists, and the rules of
// allow as one list a direction.
func setPolicies(o *object, f *api.NeighborFamily) {
	var allow [2]list
	for _, p := range f.Policies {
		side := 0
		if p.Out {
			side = 1
		}
		if keys, ok := policyKeys[p.Kind]; ok {
			o.set(keys[side], p.Name)
		} else {
			allow[side] = append(allow[side], p.Name)
		}
	}
	o.when(allow[0] != nil, "allowIn", allow[0]).when(allow[1] != nil, "allowOut", allow[1])
}
