package fsm

import (
	"slices"
	"time"

	"bgpsh/wire"
)

// Restarts tells whether the peer of n announced that it can restart: a new connection of its own is then no collision but
// means that the old one is dead (RFC 4724 5).
func (n *Negotiated) Restarts() bool {
	gr := n.PeerOpen.Caps.GracefulRestart
	return n.LocalOpen.Caps.GracefulRestart != nil && gr != nil && len(gr.Families) > 0
}

// Notifies tells whether both sides keep routes over a NOTIFICATION too (RFC 8538).
func (n *Negotiated) Notifies() bool {
	ours, theirs := n.LocalOpen.Caps.GracefulRestart, n.PeerOpen.Caps.GracefulRestart
	return ours != nil && theirs != nil && ours.Notification && theirs.Notification
}

// Keeps tells whether the peer's routes stay when the session of n ends because of r: when the connection was lost, or with
// a NOTIFICATION of either side that is no Hard Reset, where both agreed to that. Who knows the way to the peer to be gone
// does not wait for it.
func (n *Negotiated) Keeps(r *Reason) bool {
	_, hard := r.Notification.HardReset()
	switch {
	case n.LocalOpen.Caps.GracefulRestart == nil || n.PeerOpen.Caps.GracefulRestart == nil || hard:
		return false
	case r.Notification.Code != 0:
		return n.Notifies() && !(r.Local && r.Kind == ReasonBroken)
	}
	return r.Kind == ReasonBroken && !r.Local
}

// returns tells whether the peer, whose connection was lost for r, may be restarting and about to dial.
func (n *Negotiated) returns(r *Reason) bool {
	return n.Restarts() && n.Keeps(r) && r.Notification.Code == 0
}

// KeepsUs tells whether the peer was asked to keep our routes over a restart, and can.
func (n *Negotiated) KeepsUs() bool {
	ours := n.LocalOpen.Caps.GracefulRestart
	return ours != nil && len(ours.Families) > 0 && n.PeerOpen.Caps.GracefulRestart != nil
}

// Recovered ends what our OPENs say of our own restart, before Config.Restarted does.
func (p *Peer) Recovered() { p.cfg.Restarted = time.Time{} }

// hard tells whether a NOTIFICATION ends all that is kept of the session (RFC 8538 5.1).
func (p *Peer) hard(n *wire.Notification) bool {
	if n.Code != wire.CodeCease {
		return false
	}
	switch n.Subcode {
	case wire.CeaseMaxPrefix, wire.CeaseAdminShutdown, wire.CeasePeerDeconfigured:
		return true
	case wire.CeaseAdminReset:
		return !p.cfg.SoftReset
	}
	return false
}

// Retention says how long the routes of a peer stay whose session was lost, family by family (RFC 4724 4.2, RFC 9494 4.2).
// It is a pure machine like Peer: time is an argument, and Deadline says when it wants a Tick. The zero value keeps nothing.
type Retention struct{ kept []Keeping }

// Keeping is one family whose routes are kept.
type Keeping struct {
	Family wire.Family
	Back   bool      // the session is up again and End-of-RIB is awaited
	Aged   bool      // the routes are long-lived stale, at least those from before the loss before
	Until  time.Time // the peer must be back, or with Back have sent End-of-RIB; zero: no such time, only LongUntil
	// LongUntil ends the long-lived stale time. It is neither stopped nor set anew before End-of-RIB, whatever the session
	// does. Zero: it has not begun.
	LongUntil time.Time

	long  time.Duration // long-lived stale time agreed; 0: none
	bound time.Time     // stalepath-time: no route stays longer, but as long-lived stale
}

// Kept gives what is kept. The slice is the machine's.
func (k *Retention) Kept() []Keeping { return k.kept }

// Limits are how long we are ready to keep routes whatever the peer asks for.
type Limits struct {
	Stale     time.Duration // from the loss to End-of-RIB
	LongLived time.Duration // as long-lived stale; 0: not at all
}

// Lost begins to keep routes after the session of n ended because of r; it gives the families. What was kept before in others
// is gone.
func (k *Retention) Lost(now time.Time, n *Negotiated, r *Reason, l Limits) (keep []wire.Family) {
	before := k.kept
	k.kept = nil
	if !n.Keeps(r) {
		return nil
	}
	for _, f := range n.Families {
		wait, long := n.asked(f)
		long = min(long, l.LongLived)
		if wait == 0 && long == 0 {
			continue
		}
		x := Keeping{Family: f, Until: now.Add(min(wait, l.Stale)), bound: now.Add(l.Stale), long: long}
		for _, b := range before {
			if b.Family == f {
				x.Aged, x.LongUntil = b.Aged, b.LongUntil
			}
		}
		k.kept = append(k.kept, x)
		keep = append(keep, f)
	}
	return keep
}

// asked gives for how long the peer wants its routes of a family kept, and for how much longer as long-lived stale.
func (n *Negotiated) asked(f wire.Family) (wait, long time.Duration) {
	caps := &n.PeerOpen.Caps
	if _, listed := restartFamily(caps.GracefulRestart, f); listed {
		wait = time.Duration(caps.GracefulRestart.Time) * time.Second
	}
	l, _ := longLived(caps, f)
	if n.LongLived() {
		long = time.Duration(l.Time) * time.Second
	}
	return wait, long
}

// LongLived tells whether both sides know what a long-lived stale route is (RFC 9494 4.3), in any family.
func (n *Negotiated) LongLived() bool {
	ours, theirs := &n.LocalOpen.Caps, &n.PeerOpen.Caps
	return ours.HasLongLived && theirs.HasLongLived && ours.GracefulRestart != nil && theirs.GracefulRestart != nil
}

func restartFamily(g *wire.GracefulRestart, f wire.Family) (wire.RestartFamily, bool) {
	if g == nil {
		return wire.RestartFamily{}, false
	}
	i := slices.IndexFunc(g.Families, func(r wire.RestartFamily) bool { return r.Family == f })
	if i < 0 {
		return wire.RestartFamily{}, false
	}
	return g.Families[i], true
}

// longLived gives a family of the capability of RFC 9494, which means nothing without that of RFC 4724.
func longLived(c *wire.Capabilities, f wire.Family) (wire.LongLivedFamily, bool) {
	i := slices.IndexFunc(c.LongLived, func(l wire.LongLivedFamily) bool { return l.Family == f })
	if i < 0 || c.GracefulRestart == nil {
		return wire.LongLivedFamily{}, false
	}
	return c.LongLived[i], true
}

// Back says that the session of n is up, and gives the families in which the kept routes stay until End-of-RIB: those that
// the peer forwarded all the while, as it says.
func (k *Retention) Back(n *Negotiated) (keep []wire.Family) {
	caps := &n.PeerOpen.Caps
	k.kept = slices.DeleteFunc(k.kept, func(x Keeping) bool {
		r, _ := restartFamily(caps.GracefulRestart, x.Family)
		l, _ := longLived(caps, x.Family)
		return n.LocalOpen.Caps.GracefulRestart == nil || !slices.Contains(n.Families, x.Family) || !r.Forwarding && !(x.Aged && l.Forwarding)
	})
	for i := range k.kept {
		x := &k.kept[i]
		x.Back, x.Until = true, x.bound
		if x.Aged {
			x.Until = time.Time{}
		}
		keep = append(keep, x.Family)
	}
	return keep
}

// Synced says that End-of-RIB of a family came: nothing is kept in it any more.
func (k *Retention) Synced(f wire.Family) {
	k.kept = slices.DeleteFunc(k.kept, func(x Keeping) bool { return x.Family == f })
}

// Forget ends all keeping, and reports whether there was any.
func (k *Retention) Forget() bool {
	some := len(k.kept) > 0
	k.kept = nil
	return some
}

// Expiry is what becomes of the kept routes of a family whose time has come.
type Expiry struct {
	Family wire.Family
	Age    bool // they are long-lived stale from now on; else they leave
}

// Tick gives the families whose time has come.
func (k *Retention) Tick(now time.Time) (out []Expiry) {
	due := func(t time.Time) bool { return !t.IsZero() && !t.After(now) }
	k.kept = slices.DeleteFunc(k.kept, func(x Keeping) bool {
		gone := due(x.LongUntil) || due(x.Until) && (x.long == 0 || x.Back)
		if gone {
			out = append(out, Expiry{Family: x.Family})
		}
		return gone
	})
	for i := range k.kept {
		x := &k.kept[i]
		if !due(x.Until) {
			continue
		}
		if x.LongUntil.IsZero() {
			x.LongUntil = x.Until.Add(x.long)
		}
		x.Aged, x.Until = true, time.Time{}
		out = append(out, Expiry{Family: x.Family, Age: true})
	}
	return out
}

// Deadline gives the time at which Tick has something to do, zero if there is none.
func (k *Retention) Deadline() (at time.Time) {
	for _, x := range k.kept {
		for _, t := range []time.Time{x.Until, x.LongUntil} {
			if !t.IsZero() && (at.IsZero() || t.Before(at)) {
				at = t
			}
		}
	}
	return at
}
