package daemon

import (
	"fmt"
	"strconv"
	"strings"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/ipc"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// routeFilter puts the filter of a listing into the RIB's terms. The functions in it run on the RIB's loop.
func (p *publication) routeFilter(f *api.RouteFilter, family wire.Family) (rib.Filter, error) {
	out := rib.Filter{Usable: true, Local: f.Local}
	var all []func(wire.Attrs) bool
	var tested *policy.Tester
	if f.ASPath != "" {
		matches, err := asPathMatcher(f.ASPath)
		if err != nil {
			return out, err
		}
		all = append(all, matches)
	}
	if f.AnyCommunity || len(f.Communities) > 0 {
		matches, err := communityMatcher(f.Communities, f.Exact)
		if err != nil {
			return out, err
		}
		all = append(all, matches)
	}
	if f.AnyLargeCommunity || len(f.LargeCommunities) > 0 {
		matches, err := largeCommunityMatcher(f.LargeCommunities, f.Exact)
		if err != nil {
			return out, err
		}
		all = append(all, matches)
	}
	if f.Alias != "" {
		matches, err := p.aliasMatcher(f.Alias)
		if err != nil {
			return out, err
		}
		all = append(all, matches)
	}
	if f.List != nil {
		t, err := p.listTester(f.List, config.FamilyIndex(family))
		if err != nil {
			return out, err
		}
		tested = t
	}
	out.ByPrefix = tested != nil && f.List.Kind == "route-map"
	if tested != nil && (f.List.Kind == "prefix-list" || f.List.Kind == "access-list") {
		list := tested
		out.Prefix = func(p wire.Prefix) bool { return list.Permits(family, p, nil) }
		tested = nil
	}
	if f.Classless {
		out.Prefix = func(p wire.Prefix) bool { return family != wire.IPv4Unicast || p.Len != classLen(p) }
	}
	if len(all) > 0 || tested != nil {
		out.Path = func(p wire.Prefix, a wire.Attrs) bool {
			if tested != nil && !tested.Permits(family, p, a) {
				return false
			}
			for _, matches := range all {
				if !matches(a) {
					return false
				}
			}
			return true
		}
	}
	return out, nil
}

// aliasMatcher makes the test for paths with the community of an alias, standard or large.
func (p *publication) aliasMatcher(name string) (func(wire.Attrs) bool, error) {
	text, ok := p.config.Policy.Aliases[name]
	switch {
	case !ok:
		return nil, &ipc.Error{Code: api.CodeNotFound, Message: "no such community alias: " + name, Data: api.ErrorData{What: name}}
	case strings.Count(text, ":") == 2:
		return largeCommunityMatcher([]string{text}, false)
	}
	return communityMatcher([]string{text}, false)
}

// classLen is the prefix length that the class of an IPv4 prefix's address stands for (RFC 791); 255 for an address of none.
func classLen(p wire.Prefix) uint8 {
	switch first := p.Hi >> 56; {
	case first < 128:
		return 8
	case first < 192:
		return 16
	case first < 224:
		return 24
	}
	return 255
}

// asPathMatcher makes the test for a regular expression about AS paths.
func asPathMatcher(pattern string) (func(wire.Attrs) bool, error) {
	re, err := policy.CompileRegex(pattern)
	if err != nil {
		return nil, badParam("filter.asPath", err.Error())
	}
	var text []byte
	return func(a wire.Attrs) bool {
		text = a.ASPath().AppendText(text[:0])
		return re.Match(text)
	}, nil
}

// communityMatcher makes the test for paths with all of some communities; none: with any.
func communityMatcher(texts []string, exact bool) (func(wire.Attrs) bool, error) {
	want := make([]uint32, len(texts))
	for i, text := range texts {
		c, err := parseCommunity(text)
		if err != nil {
			return nil, err
		}
		want[i] = c
	}
	return func(a wire.Attrs) bool {
		have := a.Communities()
		for _, c := range want {
			if !have.Has(c) {
				return false
			}
		}
		return have.Len() > 0 && (!exact || have.Len() == len(want))
	}, nil
}

// parseCommunity reads a community: two numbers, one, or a name.
func parseCommunity(text string) (uint32, error) {
	high, low, two := strings.Cut(text, ":")
	if two {
		h, err1 := strconv.ParseUint(high, 10, 16)
		l, err2 := strconv.ParseUint(low, 10, 16)
		if err1 == nil && err2 == nil {
			return uint32(h<<16 | l), nil
		}
	} else if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		return uint32(n), nil
	}
	for c, name := range wellKnown {
		if name == text {
			return c, nil
		}
	}
	return 0, badParam("filter.communities", fmt.Sprintf("%q is no community: AA:NN, a number, or a name such as no-export", text))
}

// largeCommunityMatcher is communityMatcher for large communities.
func largeCommunityMatcher(texts []string, exact bool) (func(wire.Attrs) bool, error) {
	want := make([]wire.LargeCommunity, len(texts))
	for i, text := range texts {
		var parts [3]uint64
		fields := strings.Split(text, ":")
		good := len(fields) == len(parts)
		for j := range parts {
			if !good {
				break
			}
			n, err := strconv.ParseUint(fields[j], 10, 32)
			parts[j], good = n, err == nil
		}
		if !good {
			return nil, badParam("filter.largeCommunities", fmt.Sprintf("%q is no large community: AA:BB:CC", text))
		}
		want[i] = wire.LargeCommunity{Global: uint32(parts[0]), Local1: uint32(parts[1]), Local2: uint32(parts[2])}
	}
	return func(a wire.Attrs) bool {
		have := a.LargeCommunities()
		for _, c := range want {
			if !have.Has(c) {
				return false
			}
		}
		return have.Len() > 0 && (!exact || have.Len() == len(want))
	}, nil
}

// unknownList is the error for a list or map that does not exist.
func unknownList(l *api.ListFilter) error {
	return &ipc.Error{Code: api.CodeNotFound, Message: fmt.Sprintf("no such %s: %s", l.Kind, l.Name), Data: api.ErrorData{What: l.Name}}
}
