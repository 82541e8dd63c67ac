package config

import (
	"errors"
	"net/netip"
	"slices"

	"bgpsh/ipc/grammar"
)

// globalStatements are those that FRR has at the top level for all its instances: here they are the statements of the one router, also
// of one whose line comes later, because FRR writes them before it. They print inside `router bgp`.
var globalStatements = []statement{
	everywhere("global.shutdown", &gracefulKnob),
	everywhere("global.update-delay", statementIn(openingStatements, "bgp.update-delay")),
	everywhere("global.delay-timer", statementIn(delayStatements, "bgp.route-map.delay-timer")),
	everywhere("global.session-dscp", statementIn(routerStatements, "bgp.session-dscp")),
	{id: "global.router-id", set: setRouterID, unset: unsetRouterID},
}

// setRouterID is `ip router-id`, which FRR's bgpd takes from its kernel daemon where `bgp router-id` says nothing. It is about other
// protocols too: without a router it is about nothing here, and no mistake.
func setRouterID(e *edit, c grammar.Command) error {
	id := c.Args.Addr("id")
	switch r := e.config.Router; {
	case id.IsUnspecified():
		return errNoIdentifier
	case r == nil:
		e.early.id = id
	case r.RouterID.IsValid() && r.RouterID != id:
		e.say(Notice, "bgp router-id %s stays", r.RouterID)
	default:
		r.RouterID = id
	}
	return nil
}

// unsetRouterID takes back the identifier, if it is the one that is named.
func unsetRouterID(e *edit, c grammar.Command) error {
	e.early.id = netip.Addr{}
	if r := e.config.Router; r != nil && (!c.Args.Has("id") || r.RouterID == c.Args.Addr("id")) {
		r.RouterID = netip.Addr{}
	}
	return nil
}

var errNoIdentifier = errors.New("0.0.0.0 is no identifier: RFC 6286 asks for one other than zero")

func statementIn(list []statement, id string) *statement {
	return &list[slices.IndexFunc(list, func(s statement) bool { return s.id == id })]
}

// everywhere is a statement of the top level that does what the router's own statement does.
func everywhere(id string, own *statement) statement {
	return statement{id: id, set: func(e *edit, c grammar.Command) error { return e.sooner(own.set, c) },
		unset: func(e *edit, c grammar.Command) error {
			if e.config.Router == nil && e.early.router == nil {
				return withRemedy(errNoRouter, "router bgp AS")
			}
			return e.sooner(own.unset, c)
		}}
}

// sooner carries out a statement of the router, or of the one that is to come.
func (e *edit) sooner(do func(*edit, grammar.Command) error, c grammar.Command) error {
	if e.config.Router == nil {
		if e.early.router == nil {
			e.early.router = newRouter(0)
		}
		e.early.line, e.config.Router = e.line, e.early.router
		defer func() { e.config.Router = nil }()
	}
	return do(e, c)
}

// early is a router whose line is still to come, with what the top level has said of it.
type early struct {
	router *Router    // nil: nothing
	line   Line       // the last one that was about it
	id     netip.Addr // of `ip router-id`
}

// take gives the router with this AS, which has what was said of it before.
func (w *early) take(as uint32) *Router {
	r := w.router
	if r == nil {
		r = newRouter(as)
	}
	w.router, r.AS, r.RouterID = nil, as, w.id
	return r
}

// missing is the error of lines about a router that did not come.
func (e *edit) missing() error {
	if e.early.router == nil {
		return nil
	}
	e.line = e.early.line
	return withRemedy(errNoRouter, "router bgp AS")
}
