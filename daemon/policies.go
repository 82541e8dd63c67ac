package daemon

import (
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
)

// listDelay is how long a live change of a list waits before it takes effect, where nothing else is configured.
const listDelay = 5 * time.Second

// policies are the lists and maps in force. They follow the running configuration, but for what is being edited line by
// line: a map waits until its mode is left, a list for the delay timer. So no route meets half of an edit.
type policies struct {
	library *policy.Library
	waiting map[policy.Ref]unsettled
	open    map[uint64]string // the map that a client is in, by client
}

// unsettled is a change that waits: it says what has to happen before a change takes effect.
type unsettled struct {
	client uint64    // a map: that this client leaves it
	due    time.Time // a list: that this time comes
}

// edited notes what a transaction changed. Of a live one lists and the map that it stands in wait; the others count at once.
// Where nothing will tell that the client is gone, a map does not wait.
func (p *policies) edited(now time.Time, m *applyRequest, old, next *config.Config, open string, bound bool) {
	p.enter(m.client, open)
	changed := old.Policy.Changed(&next.Policy)
	for _, r := range changed {
		switch {
		case !m.live:
			delete(p.waiting, r)
		case r.Kind != policy.RefRouteMap:
			p.hold(r, unsettled{due: now.Add(next.ListDelay(listDelay))})
		case open == r.Name && bound:
			p.hold(r, unsettled{client: m.client})
		}
	}
}

func (p *policies) hold(r policy.Ref, w unsettled) {
	if p.waiting == nil {
		p.waiting = map[policy.Ref]unsettled{}
	}
	p.waiting[r] = w
}

// enter notes which map a client is in now, none for an empty name; what it changed in another one is finished. It reports
// whether something takes effect by that.
func (p *policies) enter(client uint64, name string) (ready bool) {
	if p.open == nil {
		p.open = map[uint64]string{}
	}
	for r, w := range p.waiting {
		if w.client == client && w.due.IsZero() && r.Name != name {
			delete(p.waiting, r)
			ready = true
		}
	}
	if p.open[client] = name; name == "" {
		delete(p.open, client)
	}
	return ready
}

// names are the lists and maps that wait.
func (p *policies) names() map[policy.Ref]bool {
	out := make(map[policy.Ref]bool, len(p.waiting))
	for r := range p.waiting {
		out[r] = true
	}
	return out
}

// due is the time at which the first list takes effect; zero: none waits.
func (p *policies) due() (at time.Time) {
	for _, w := range p.waiting {
		if !w.due.IsZero() && (at.IsZero() || w.due.Before(at)) {
			at = w.due
		}
	}
	return at
}

// expire lets the lists take effect whose time has come, all that wait together, and reports whether there were any.
func (p *policies) expire(now time.Time) bool {
	if at := p.due(); at.IsZero() || at.After(now) {
		return false
	}
	for r, w := range p.waiting {
		if !w.due.IsZero() {
			delete(p.waiting, r)
		}
	}
	return true
}

// inForce gives the lists and maps of next, with those that wait as they are in force.
func (p *policies) inForce(next *config.Config) policy.Definitions {
	out := next.Policy.Clone()
	for r := range p.waiting {
		out.Take(p.library.Definitions(), r)
	}
	return out
}

// link puts the lists and maps of next into force.
func (c *controller) link(next *config.Config) {
	l := policy.Link(c.policies.inForce(next), c.policies.library)
	if l.Same(c.policies.library) {
		return
	}
	c.policies.library = l
	changed := c.exports.use(l)
	if len(changed) == 0 {
		return
	}
	c.ribs.do(func(r *rib.RIB, _ time.Time) {
		for i := range changed {
			changed[i].put()
			r.ExportChanged(changed[i].number)
		}
	})
}

// settle brings lists and maps that waited into force, where ready says that there are any.
func (c *controller) settle(now time.Time, ready bool) {
	if ready {
		c.install(now, c.running, nil, nil)
	}
}
