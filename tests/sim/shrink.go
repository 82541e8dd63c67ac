package sim

import (
	"slices"
	"time"
)

// Shrink makes a failing scenario smaller for as long as it keeps failing: fewer events, routers, links and networks, then
// plainer ones. It stops when nothing can be left out any more or the time is over, and counts its runs.
func Shrink(s *Scenario, limit time.Duration, fails func(*Scenario) bool) (small *Scenario, runs int) {
	small = s.Clone()
	end := time.Now().Add(limit)
	try := func(next *Scenario) bool {
		if time.Now().After(end) {
			return false
		}
		if runs++; !fails(next) {
			return false
		}
		small = next
		return true
	}
	for size := -1; size != small.size() && time.Now().Before(end); {
		size = small.size()
		shrinkEvents(&small, try)
		for _, r := range small.Routers {
			try(small.without(r.N))
		}
		for _, l := range small.Links {
			next := small.Clone()
			next.Links = slices.DeleteFunc(next.Links, func(o Link) bool { return o.N == l.N })
			next.Events = slices.DeleteFunc(next.Events, func(e Event) bool { return e.Link == l.N })
			try(next)
		}
		for i := len(small.Networks) - 1; i >= 0; i-- {
			next := small.Clone()
			next.Networks = slices.Delete(next.Networks, i, i+1)
			try(next)
		}
		plainer(&small, try)
	}
	return small, runs
}

// size is what shrinking makes less.
func (s *Scenario) size() int {
	n := len(s.Routers) + len(s.Links) + len(s.Networks) + len(s.Events)
	if s.Rules.Graceful {
		n++
	}
	for i := range s.Links {
		n += len(s.Links[i].plain())
	}
	for i := range s.Routers {
		n += len(s.Routers[i].Sums)
	}
	return n
}

// shrinkEvents leaves out events, large pieces first.
func shrinkEvents(small **Scenario, try func(*Scenario) bool) {
	for piece := max(len((*small).Events)/2, 1); ; piece /= 2 {
		for at := 0; at < len((*small).Events); {
			next := (*small).Clone()
			next.Events = slices.Delete(next.Events, at, min(at+piece, len(next.Events)))
			if !try(next) {
				at += piece
			}
		}
		if piece <= 1 {
			return
		}
	}
}

// without leaves out a router with all that hangs on it.
func (s *Scenario) without(router int) *Scenario {
	next := s.Clone()
	next.Routers = slices.DeleteFunc(next.Routers, func(r Router) bool { return r.N == router })
	gone := map[int]bool{}
	next.Links = slices.DeleteFunc(next.Links, func(l Link) bool {
		gone[l.N] = l.Ends[0].Router == router || l.Ends[1].Router == router
		return gone[l.N]
	})
	next.Networks = slices.DeleteFunc(next.Networks, func(n Network) bool { return n.Router == router })
	next.Events = slices.DeleteFunc(next.Events, func(e Event) bool { return gone[e.Link] || e.Router == router })
	return next
}

// plain gives the ways to make a link plainer.
func (l *Link) plain() (ways []func(*Link)) {
	if l.IPv6 {
		ways = append(ways, func(l *Link) { l.IPv6 = false })
	}
	if l.AddPath {
		ways = append(ways, func(l *Link) { l.AddPath = false })
	}
	if l.Dynamic {
		ways = append(ways, func(l *Link) { l.Dynamic = false })
	} else if l.Hub != 0 {
		ways = append(ways, func(l *Link) { l.Hub = 0 })
	}
	for side := range l.Ends {
		e := &l.Ends[side]
		if !e.In.empty() || !e.Out.empty() {
			ways = append(ways, func(l *Link) { l.Ends[side].In, l.Ends[side].Out = Policy{}, Policy{} })
		}
		if e.Passive {
			ways = append(ways, func(l *Link) { l.Ends[side].Passive = false })
		}
		if e.Role {
			ways = append(ways, func(l *Link) { l.Ends[0].Role, l.Ends[1].Role = false, false })
		}
	}
	return ways
}

func plainer(small **Scenario, try func(*Scenario) bool) {
	if (*small).Rules.Graceful {
		next := (*small).Clone()
		next.Rules.Graceful = false
		try(next)
	}
	for i := range (*small).Routers {
		if len((*small).Routers[i].Sums) > 0 {
			next := (*small).Clone()
			next.Routers[i].Sums, next.Routers[i].Alone = nil, false
			try(next)
		}
	}
	for i := range (*small).Links {
		for _, way := range (*small).Links[i].plain() {
			next := (*small).Clone()
			way(&next.Links[i])
			try(next)
		}
	}
}
