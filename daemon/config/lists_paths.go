package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bgpsh/daemon/policy"
	"bgpsh/ipc/grammar"
	"bgpsh/wire"
)

func (e *edit) pathList(name string) *policy.PathList {
	return own(e, &e.config.Policy.PathLists, policy.Ref{Kind: policy.RefPathList, Name: name}, func(l *policy.PathList) *policy.PathList {
		out := *l
		out.Entries = slices.Clone(l.Entries)
		return &out
	}, func() *policy.PathList { return &policy.PathList{Name: name} })
}

func samePath(a, b *policy.PathEntry) bool { return a.Permit == b.Permit && a.Regex == b.Regex }

func setPathList(e *edit, c grammar.Command) error {
	x := policy.PathEntry{Seq: c.Args.Uint32("seq"), Permit: c.Args.Text("action") == "permit", Regex: c.Args.Text("regex")}
	if err := policy.CheckRegex(x.Regex); err != nil {
		return err
	}
	l := e.pathList(c.Args.Text("name"))
	var err error
	l.Entries, err = putLine(policy.Ref{Kind: policy.RefPathList, Name: l.Name}, l.Entries, x, c.Args.Has("seq"), nextOfFive, samePath)
	return err
}

func unsetPathList(e *edit, c grammar.Command) error {
	r, all := policy.Ref{Kind: policy.RefPathList, Name: c.Args.Text("name")}, e.config.Policy.PathLists
	if all[r.Name] == nil || !c.Args.Has("seq") && !c.Args.Has("action") {
		drop(e, all, r)
		return nil
	}
	x := policy.PathEntry{Seq: c.Args.Uint32("seq"), Permit: c.Args.Text("action") == "permit", Regex: c.Args.Text("regex")}
	l := e.pathList(r.Name)
	var found bool
	if l.Entries, found = withoutLine(l.Entries, x, c.Args.Has("seq"), samePath); !found {
		e.noEntry(r)
	}
	if len(l.Entries) == 0 {
		drop(e, all, r)
	}
	return nil
}

// communityRef names a list of communities of list of communities.
func communityRef(k policy.ListKind, name string) policy.Ref {
	return policy.Ref{Kind: policy.RefCommunityList + policy.RefKind(k), Name: name}
}

func (e *edit) communityList(k policy.ListKind, name string, expanded bool) *policy.CommunityList {
	return own(e, &e.config.Policy.CommunityLists[k], communityRef(k, name), func(l *policy.CommunityList) *policy.CommunityList {
		out := *l
		out.Entries = slices.Clone(l.Entries)
		return &out
	}, func() *policy.CommunityList { return &policy.CommunityList{Name: name, Kind: k, Expanded: expanded} })
}

// readCommunities reads the line of a list of communities.
func readCommunities(k policy.ListKind, expanded bool, c grammar.Command) (x policy.CommunityEntry, err error) {
	x.Seq, x.Permit = c.Args.Uint32("seq"), c.Args.Text("action") == "permit"
	switch {
	case expanded:
		x.Regex = c.Args.Text("regex")
		_, err = policy.CompileRegex(x.Regex)
	case k == policy.Communities:
		for _, v := range c.Args.Uints("community") {
			x.Plain = append(x.Plain, uint32(v))
		}
		slices.Sort(x.Plain)
		x.Plain = slices.Compact(x.Plain)
	case k == policy.LargeCommunities:
		x.Large, err = readLarge(c.Args.Words("community"))
	default:
		x.Ext, err = readExt(c.Args.Text("kind"), strings.Fields(c.Args.Text("value")))
	}
	return x, err
}

// readLarge reads large communities, ascending and each once.
func readLarge(words []string) (out []wire.LargeCommunity, err error) {
	for _, w := range words {
		f := strings.Split(w, ":")
		if len(f) != 3 {
			return nil, fmt.Errorf("%s is no large community (AA:BB:CC)", w)
		}
		var n [3]uint32
		for i := range f {
			v, err := strconv.ParseUint(f[i], 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%s is no large community (AA:BB:CC)", w)
			}
			n[i] = uint32(v)
		}
		out = append(out, wire.LargeCommunity{Global: n[0], Local1: n[1], Local2: n[2]})
	}
	slices.SortFunc(out, policy.CompareLarge)
	return slices.Compact(out), nil
}

// readExt reads extended communities, each behind its word or, after the first, without.
func readExt(word string, values []string) (out []uint64, err error) {
	for _, v := range values {
		switch v {
		case "rt", "soo", "nt", "color":
			word = v
			continue
		}
		x, err := policy.ParseExtCommunity(word, v)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

func sameCommunities(l *policy.CommunityList) func(a, b *policy.CommunityEntry) bool {
	return func(a, b *policy.CommunityEntry) bool { return a.Permit == b.Permit && l.Value(a) == l.Value(b) }
}

func setCommunityList(k policy.ListKind, expanded bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		x, err := readCommunities(k, expanded, c)
		if err != nil {
			return err
		}
		name := c.Args.Text("name")
		if l := e.config.Policy.CommunityLists[k][name]; l != nil && l.Expanded != expanded {
			was := "standard"
			if l.Expanded {
				was = "expanded"
			}
			return frr(fmt.Sprintf("Community name conflict, previously defined as %s community", was))
		}
		l := e.communityList(k, name, expanded)
		l.Entries, err = putLine(communityRef(k, name), l.Entries, x, c.Args.Has("seq"), nextOfFive, sameCommunities(l))
		return err
	}
}

func unsetCommunityList(k policy.ListKind, expanded bool) func(*edit, grammar.Command) error {
	return func(e *edit, c grammar.Command) error {
		r, all := communityRef(k, c.Args.Text("name")), e.config.Policy.CommunityLists[k]
		if all[r.Name] == nil || !c.Args.Has("seq") && !c.Args.Has("action") {
			drop(e, all, r)
			return nil
		}
		x := policy.CommunityEntry{Seq: c.Args.Uint32("seq")}
		if !c.Args.Has("seq") {
			var err error
			if x, err = readCommunities(k, expanded, c); err != nil {
				return err
			}
		}
		l := e.communityList(k, r.Name, expanded)
		var found bool
		if l.Entries, found = withoutLine(l.Entries, x, c.Args.Has("seq"), sameCommunities(l)); !found {
			e.noEntry(r)
		}
		if len(l.Entries) == 0 {
			drop(e, all, r)
		}
		return nil
	}
}

func setAlias(e *edit, c grammar.Command) error {
	name := c.Args.Text("name")
	if e.config.Policy.Aliases == nil {
		e.config.Policy.Aliases = map[string]string{}
	}
	e.config.Policy.Aliases[name] = c.Args.Text("community")
	return nil
}

func unsetAlias(e *edit, c grammar.Command) error {
	name, community := c.Args.Text("name"), c.Args.Text("community")
	for n, v := range e.config.Policy.Aliases {
		if n == name || name == "" && v == community {
			delete(e.config.Policy.Aliases, n)
		}
	}
	return nil
}
