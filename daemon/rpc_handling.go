package daemon

import (
	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/ipc/api"
)

// handled tells how routes of a family are taken from and handed on to a neighbor, besides policy.
func handled(f *api.NeighborFamily, set *config.FamilySettings) {
	f.RouteReflector, f.RouteServer = set.ReflectorClient, set.ServerClient
	f.NextHopSelfForce, f.ASOverride = set.NextHopSelfForce, set.ASOverride
	f.AllowASIn, f.AllowASOrigin, f.Weight = int(set.AllowAS.Times), set.AllowAS.Origin, uint32(set.Weight.Value)
	f.DefaultOriginate, f.DefaultMap, f.MaxPrefixOut = set.DefaultOriginate.Set, set.DefaultOriginate.Value.Map, set.MaxPrefixOut
	f.AllowASMap, f.AddPathSend = set.AllowAS.Map, set.PathsOut.String()
	a := set.Advertise.Value
	f.AdvertiseMap, f.ConditionMap, f.Unless = a.Map, a.Condition, a.Unless
	if set.Site != 0 {
		f.Site = string(policy.AppendExtCommunity(nil, set.Site, true))
	}
	if m := set.MaxPrefix; m.Limit > 0 {
		f.MaxPrefix, f.MaxPrefixPercent, f.MaxPrefixWarn = uint64(m.Limit), int(m.Threshold), m.WarnOnly
		f.MaxPrefixRestart, f.MaxPrefixForce = int(m.Restart), m.Force
	}
	for _, u := range []struct {
		set  bool
		word string
	}{{set.Unchanged.ASPath, "as-path"}, {set.Unchanged.NextHop, "next-hop"}, {set.Unchanged.MED, "med"}} {
		if u.set {
			f.Unchanged = append(f.Unchanged, u.word)
		}
	}
	if p := set.RemovePrivate; p.Set {
		f.RemovePrivateAS = "removed"
		if p.Value.Replace {
			f.RemovePrivateAS = "replaced"
		}
		if p.Value.All {
			f.RemovePrivateAS = "all " + f.RemovePrivateAS
		}
	}
}
