package sim

import (
	"cmp"
	"slices"
)

// A State is the configuration of all routers at a moment.
type State struct {
	*Scenario
	ends     map[int]*[2]End // by link
	Networks map[Network]bool
}

// NewState is the configuration at the start.
func NewState(s *Scenario) *State {
	st := &State{Scenario: s, ends: map[int]*[2]End{}, Networks: map[Network]bool{}}
	for i := range s.Links {
		ends := s.Links[i].Ends
		st.ends[s.Links[i].N] = &ends
	}
	for _, n := range s.Networks {
		st.Networks[n] = true
	}
	return st
}

// End is how one end of a link is configured; nil when there is no such link.
func (st *State) End(link, side int) *End {
	ends := st.ends[link]
	if ends == nil {
		return nil
	}
	return &ends[side]
}

// Apply follows an event.
func (st *State) Apply(e *Event) {
	switch e.Do {
	case DoEnd:
		if end := st.End(e.Link, e.Side); end != nil {
			*end = *e.End
		}
	case DoNetwork:
		if n := (Network{e.Router, e.Prefix}); e.On {
			st.Networks[n] = true
		} else {
			delete(st.Networks, n)
		}
	}
}

// Wanted reports whether the session over a link comes up when nothing is in its way.
func (st *State) Wanted(link int) bool {
	ends := st.ends[link]
	return ends != nil && !slices.ContainsFunc(ends[:], func(e End) bool { return e.Absent || e.Shutdown })
}

// Crosses reports a session between two members of a confederation.
func (st *State) Crosses(l *Link) bool {
	a, b := st.Router(l.Ends[0].Router), st.Router(l.Ends[1].Router)
	return a.AS == b.AS && a.Member != b.Member
}

// remoteAS is the AS of the far end of a link as the near one has to know it.
func (st *State) remoteAS(l *Link, side int) uint32 {
	near, far := st.Router(st.End(l.N, side).Router), st.Router(st.End(l.N, 1-side).Router)
	if near.AS == far.AS {
		return far.Inside()
	}
	return far.AS
}

// members are the other members of a router's confederation, in order.
func (st *State) members(r *Router) (out []uint32) {
	for i := range st.Routers {
		if o := &st.Routers[i]; o.AS == r.AS && o.Member != r.Member {
			out = append(out, o.Member)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Wide reports whether a router gets several paths of a prefix.
func (st *State) Wide(router int) bool {
	return slices.ContainsFunc(st.Links, func(l Link) bool { return l.AddPath && l.Ends[1].Router == router })
}

// Originated lists what a router originates, in order.
func (st *State) Originated(router int) (out []string) {
	for n := range st.Networks {
		if n.Router == router {
			out = append(out, n.Prefix)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Compare(a, b) })
	return out
}
