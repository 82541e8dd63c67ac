package daemon

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"bgpsh/daemon/config"
	"bgpsh/daemon/transport"
	"bgpsh/wire"
)

// A dynamicCall is a caller from a listen range that no session knows yet. refuse closes the connection and says why.
type dynamicCall struct {
	conn    transport.Conn
	caller  netip.Addr
	prepare func(*setup) string // puts what the setup asks on the connection; why that cannot be
	refuse  func(why string)
	taken   func()
}

// dynamicGone says that a dynamic neighbor's session has neither a connection nor a reason to stay.
type dynamicGone struct{ session *session }

// ranges tells from where callers are taken that are no configured neighbors; immutable.
type ranges struct {
	config *config.Config
	post   func(any) bool // to the controller
}

// offer hands a caller to the controller, false where it belongs to no listen range.
func (r *ranges) offer(c dynamicCall) bool {
	if r == nil || r.config.Router == nil {
		return false
	}
	if _, _, ok := r.config.Router.RangeOf(c.caller); !ok {
		return false
	}
	if !r.post(c) {
		c.conn.Close()
	}
	return true
}

// onDynamicCall makes the caller a neighbor, as long as there may be one more.
func (c *controller) onDynamicCall(now time.Time, m dynamicCall) {
	if s := c.sessions[m.caller.String()]; s != nil { // it called twice at once
		if !s.inbox.post(accepted{conn: m.conn}) {
			m.conn.Close()
		}
		return
	}
	n := c.running.Dynamic(m.caller)
	if n == nil {
		m.refuse("no such neighbor")
		return
	}
	if limit := c.running.Router.DynamicLimit(); len(c.dynamic) >= limit {
		m.refuse(fmt.Sprintf("the limit of %d dynamic neighbors is reached (bgp listen limit)", limit))
		return
	}
	set := c.setupOf(c.running, n)
	if why := unwelcome(set); why != "" {
		m.refuse(why)
		return
	}
	if why := m.prepare(set); why != "" {
		m.refuse(why)
		return
	}
	m.taken()
	c.dynamic[n.Name] = n
	c.setups[n.Name] = set
	s := c.newSession(now, n.Name, set)
	s.leave = func() { c.inbox.post(dynamicGone{s}) }
	c.sessions[n.Name] = s
	c.edge.start(s)
	c.edge.listen(listenAddresses(c.running), c.directory())
	c.publish()
	s.inbox.post(configure{setup: set})
	s.inbox.post(accepted{conn: m.conn})
}

// unwelcome tells why callers are refused whatever their address.
func unwelcome(set *setup) string {
	switch {
	case set.Shutdown:
		return "neighbor is shut down"
	case !set.wanted():
		return "neighbor is not in service: its peer-group's configuration is incomplete or has errors"
	}
	return ""
}

// onDynamicGone forgets a dynamic neighbor whose session ended.
func (c *controller) onDynamicGone(m dynamicGone) {
	if c.sessions[m.session.name] != m.session || c.dynamic[m.session.name] == nil { // another one, or configured meanwhile
		return
	}
	c.dismiss(m.session.name)
	c.edge.listen(listenAddresses(c.running), c.directory())
	c.publish()
}

// dismiss ends the session of a neighbor that is one no longer.
func (c *controller) dismiss(name string) {
	c.sessions[name].inbox.post(retire{subcode: wire.CeasePeerDeconfigured})
	delete(c.sessions, name)
	delete(c.setups, name)
	delete(c.dynamic, name)
}

// neighborsOf are the neighbors of a configuration and the dynamic ones that belong to it, in display order.
func (c *controller) neighborsOf(next *config.Config) []*config.Neighbor {
	out := neighbors(next)
	if len(c.dynamic) == 0 {
		return out
	}
	for name, n := range c.dynamic {
		if now := next.Dynamic(n.Addr); now != nil && now.Group == n.Group && next.Router.Neighbors[name] == nil {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b *config.Neighbor) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.Addr.Compare(b.Addr), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// dynamicEffects adds what a change of configuration does to the dynamic neighbors.
func (c *controller) dynamicEffects(old, next *config.Config, effects map[string]config.Effect) map[string]config.Effect {
	if len(c.dynamic) == 0 || effects == nil {
		return effects
	}
	for name, n := range c.dynamic {
		if next.Dynamic(n.Addr) != nil {
			effects[name] = config.EffectOn(old, next, n)
		}
	}
	return effects
}

// setupOf is everything that a neighbor's session is configured with.
func (c *controller) setupOf(next *config.Config, n *config.Neighbor) *setup {
	set := &setup{Settings: next.Effective(n), identity: c.identity, policyLines: next.MissingPolicy(n),
		library: c.policies.library, localPref: next.DefaultLocalPref()}
	if n.Kind == config.Interface {
		set.Addr = c.found(set.Interface)
	}
	if c.dynamic[n.Name] == n || next.Router.Neighbors[n.Name] == nil {
		set.listenRange, _, _ = next.Router.RangeOf(n.Addr)
	}
	return set
}

// leaveWhenIdle lets go of a dynamic neighbor that is not connected any more and of which no routes stay, once.
func (s *session) leaveWhenIdle() {
	gone := s.up == nil && len(s.links) == 0 && len(s.retained.Kept()) == 0
	if s.leave != nil && s.served && gone && s.over == nil && s.hold == nil {
		s.leave()
		s.leave = nil
	}
}
