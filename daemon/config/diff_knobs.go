package config

import (
	"fmt"
	"strings"
	"time"
)

// knobFields and knobFamilyFields go on with fields and familyFields.
var knobFields = []field{
	{name: "confederation", text: confederationText, effect: always(Reset)},
	{name: "local-as", text: localASText, effect: always(Live)},
	{name: "local-as dual-as", text: func(s *Settings) string { return onOff(s.LocalASDual) }, effect: always(Reset)},
	{name: "strict-capability-match", text: func(s *Settings) string { return onOff(s.StrictFamilies) }, effect: always(Reset)},
	{name: "override-capability", text: func(s *Settings) string { return onOff(s.AllFamilies) }, effect: always(Reset)},
	{name: "default show-hostname", text: func(s *Settings) string { return onOff(s.ShowHostname) }, effect: always(None)},
	{name: "shutdown rtt", text: func(s *Settings) string { return s.RTTLimit.String() }, effect: always(Live)},
	{name: "solo", text: func(s *Settings) string { return onOff(s.Solo) }, effect: always(Live)},
	{name: "graceful-shutdown", text: func(s *Settings) string { return onOff(s.GracefulShutdown) }, effect: always(Refresh)},
	{name: "sender-as-path-loop-detection", text: func(s *Settings) string { return onOff(s.SenderLoopCheck) }, effect: always(Live)},
	{name: "max-med", text: func(s *Settings) string { return optionalNumber(s.MaxMED) }, effect: always(Live)},
	{name: "reject-as-sets", text: func(s *Settings) string { return onOff(s.RejectASSets) }, effect: always(Refresh)},
	{name: "tcp-mss", text: func(s *Settings) string { return numberOrNone(uint64(s.TCPMSS)) }, effect: always(Reset)},
	{name: "tcp-keepalive", text: func(s *Settings) string { return s.KeepAlive.String() }, effect: always(Live)},
	{name: "advertisement-interval", text: duration(func(s *Settings) time.Duration { return s.Interval }), effect: always(Live)},
	{name: "next-hop-check", text: func(s *Settings) string { return hopChecks[s.HopCheck] }, effect: always(Refresh)},
	{name: "fast-external-failover", text: func(s *Settings) string { return onOff(s.FastFailover) }, effect: always(Live)},
}

var knobFamilyFields = []familyField{
	{"route-reflector-client", func(f *FamilySettings) string { return onOff(f.ReflectorClient) }, Reset},
	{"route-server-client", func(f *FamilySettings) string { return onOff(f.ServerClient) }, Reset},
	{"attribute-unchanged", func(f *FamilySettings) string { return f.Unchanged.String() }, Live},
	{"as-override", func(f *FamilySettings) string { return onOff(f.ASOverride) }, Live},
	{"allowas-in", func(f *FamilySettings) string { return f.AllowAS.String() }, Refresh},
	{"remove-private-AS", func(f *FamilySettings) string { return privateText(f.RemovePrivate) }, Live},
	{"weight", func(f *FamilySettings) string { return optionalNumber(f.Weight) }, Refresh},
	{"maximum-prefix", func(f *FamilySettings) string { return f.MaxPrefix.String() }, Live},
	{"maximum-prefix-out", func(f *FamilySettings) string { return numberOrNone(uint64(f.MaxPrefixOut)) }, Live},
	{"capability orf", func(f *FamilySettings) string { return numberOrNone(uint64(f.FilterMode)) }, Reset},
	{"default-originate", func(f *FamilySettings) string { return defaultText(f.DefaultOriginate) }, Live},
	{"advertise-map", func(f *FamilySettings) string { return f.Advertise.Value.String() }, Live},
	{"soo", func(f *FamilySettings) string { return siteText(f.Site) }, Refresh},
	{"addpath-tx", func(f *FamilySettings) string { return onOff(f.PathsOut.Kind != BestPathOnly) }, Reset},
	{"addpath-tx paths", func(f *FamilySettings) string { return f.PathsOut.String() }, Live},
	{"addpath-rx", func(f *FamilySettings) string { return onOff(!f.NoPathsIn) }, Reset},
	{"unsuppress-map", func(f *FamilySettings) string { return f.Unsuppress }, Live},
	{"route-reflector allow-outbound-policy", func(f *FamilySettings) string { return onOff(f.ReflectorPolicy) }, Live},
}

// localASText is what `local-as` adds to the AS itself, whose change is that of the local AS.
func localASText(s *Settings) string {
	if s.LocalAS == s.OwnAS {
		return ""
	}
	return spaced(fmt.Sprint(s.LocalAS), word(s.LocalASNoPrepend, "no-prepend"), word(s.LocalASReplace, "replace-as"))
}

// confederationText is what a confederation makes of the neighbor.
func confederationText(s *Settings) string {
	if s.Confederation == 0 {
		return ""
	}
	return spaced(fmt.Sprint(s.Confederation), word(s.member, "member"))
}

// String lists what stays, nothing for none.
func (u Unchanged) String() string {
	return spaced(word(u.ASPath, "as-path"), word(u.NextHop, "next-hop"), word(u.MED, "med"))
}

// String is the map, and the number of times or "origin"; nothing where it is off.
func (a AllowAS) String() string {
	times := numberOrNone(uint64(a.Times))
	if a.Origin {
		times = "origin"
	}
	return spaced(mapText(a.Map), times)
}

// mapText is the words that name a route map, nothing for none.
func mapText(name string) string {
	if name == "" {
		return ""
	}
	return "route-map " + name
}

func defaultText(o Opt[DefaultRoute]) string {
	if o.Set && o.Value.Map != "" {
		return "on, " + mapText(o.Value.Map)
	}
	return onOff(o.Set)
}

// String is the limit as it is typed, nothing for none.
func (m MaxPrefix) String() string {
	if m.Limit == 0 {
		return ""
	}
	restart := ""
	if m.Restart > 0 {
		restart = fmt.Sprint("restart ", m.Restart)
	}
	return spaced(fmt.Sprint(m.Limit, " ", m.Threshold), word(m.WarnOnly, "warning-only"), restart, word(m.Force, "force"))
}

func privateText(o Opt[PrivateAS]) string {
	if !o.Set {
		return ""
	}
	return spaced("on", word(o.Value.All, "all"), word(o.Value.Replace, "replace-AS"))
}

func optionalNumber[T uint8 | uint16 | uint32](o Opt[T]) string {
	if !o.Set {
		return ""
	}
	return fmt.Sprint(o.Value)
}

func word(there bool, w string) string {
	if there {
		return w
	}
	return ""
}

// spaced joins the words that are there.
func spaced(words ...string) string {
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}
