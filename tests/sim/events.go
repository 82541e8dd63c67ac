package sim

import (
	"math"
	"time"
)

// events makes up the history. Waits are spread evenly over magnitudes, so that some things happen at once and some when all
// is quiet.
func (g *generator) events() {
	st := NewState(g.s)
	longest := []time.Duration{time.Second, time.Minute, 10 * time.Minute, 20 * time.Minute}[g.IntN(4)]
	for range 5 + g.IntN(70) {
		e := g.event(st)
		e.Wait = g.span(time.Millisecond, longest)
		g.s.Events = append(g.s.Events, e)
		st.Apply(&e)
	}
}

// span is a duration between two bounds, each magnitude as likely as any other.
func (g *generator) span(low, high time.Duration) time.Duration {
	d := float64(low) * math.Pow(float64(high)/float64(low), g.Float64())
	return time.Duration(d).Round(time.Millisecond)
}

func (g *generator) event(st *State) Event {
	l := &g.s.Links[g.IntN(len(g.s.Links))]
	r := &g.s.Routers[g.IntN(len(g.s.Routers))]
	e := Event{Link: l.N, Side: g.IntN(2)}
	switch k := g.IntN(100); {
	case k < 22:
		return g.flap(st, r)
	case k < 40:
		if l.Unknown(e.Side) {
			e.Side = 1 - e.Side
		}
		end := g.change(*st.End(l.N, e.Side), e.Side)
		end.Passive = end.Passive && !l.Dynamic
		end.Client = end.Client && !st.Crosses(l)
		if calls, _ := st.calling(end.Router); calls != nil && l.Hub == end.Router {
			end.Absent = false // it would be a dynamic neighbor
		}
		e.Do, e.End = DoEnd, &end
	case k < 43:
		e.Do = DoClear
	case k < 49:
		e.Do = []string{DoSoftIn, DoSoftOut}[g.IntN(2)]
	case k < 55:
		e.Do = DoCut
	case k < 60:
		e.Do = DoHalf
	case k < 68:
		e.Do = DoHeal
	case k < 71:
		e.Do, e.For = DoUnplug, g.span(time.Millisecond, 5*time.Minute)
	case k < 77:
		e.Do, e.Bytes = DoReset, g.IntN(300)
	case k < 82:
		e.Do, e.Bytes, e.Mask = DoCorrupt, g.IntN(200), byte(1+g.IntN(255))
	case k < 86:
		e.Do, e.For = DoSlow, g.span(time.Second, 10*time.Minute)
	case k < 91:
		e.Do, e.For = DoStall, g.span(10*time.Millisecond, 10*time.Minute)
	case k < 94:
		return Event{Do: DoCrash, Router: r.N, For: g.span(time.Millisecond, 5*time.Minute)}
	case k < 96:
		return Event{Do: DoRestart, Router: r.N, For: g.span(time.Millisecond, 5*time.Minute)}
	case k < 98:
		return Event{Do: DoUpgrade, Router: r.N, For: g.span(time.Millisecond, 5*time.Minute)}
	default:
		e.Do, e.Bytes = DoDescribe, g.IntN(1000)
	}
	return e
}

// flap begins or ceases to originate a prefix.
func (g *generator) flap(st *State, r *Router) Event {
	all := prefixes(r.N)
	p := all[g.IntN(len(all))]
	return Event{Do: DoNetwork, Router: r.N, Prefix: p, On: !st.Networks[Network{r.N, p}]}
}

// change changes one thing about an end.
func (g *generator) change(e End, side int) End {
	switch k := g.IntN(20); {
	case k < 4:
		e.Shutdown = !e.Shutdown
	case k < 6:
		e.Absent = !e.Absent
	case k < 7:
		e.Hold = g.pick(g.holds...)
	case k < 8 && side == 0: // two passive ends would wait for each other
		e.Passive = !e.Passive
	case e.Relation == Internal && k < 12:
		e.NextHopSelf = !e.NextHopSelf
	case e.Relation == Internal && k < 14:
		e.Client = !e.Client
	case e.Relation == Internal:
		e.Shutdown = false
	case k < 13:
		e.In = g.policy(true, e.In)
	default:
		e.Out = g.policy(false, e.Out)
	}
	return e
}
