package fsm

import (
	"time"

	"bgpsh/wire"
)

// stable is how long a session has to last to end the back-off.
const stable = 60 * time.Second

// begin leaves Idle: to Connect with a dial, or to Active where the peer has to dial.
func (p *Peer) begin() {
	p.idleHold.stop()
	if !p.enabled {
		return
	}
	if p.cfg.Passive {
		p.setState(Active)
		return
	}
	p.startRetry(p.connectRetryTime())
	p.note(Note{Kind: NoteConnecting})
	p.setState(Connect)
}

// shut is ManualStop and AdminReset outside Idle: a Cease on every connection, then Idle; out of it at once for AdminReset.
func (p *Peer) shut(r Reason) {
	for p.conns[0] != nil {
		c := p.conns[0]
		each := r
		if c.sent == nil { // RFC 4271 8.2.2: without an OPEN the connection is just dropped
			each.Notification = wire.Notification{}
		}
		p.end(c, each)
	}
	p.failure, p.failureAt = r, p.now
	if p.enabled {
		p.counters.ConnectionRetries++
	}
	p.goIdle(0)
}

// adminReason tells what ManualStop and AdminReset do to the session.
func adminReason(e *Event) Reason {
	r := Reason{Kind: ReasonAdminShutdown, Local: true, Text: e.Text}
	subcode := e.Subcode
	if e.Kind == AdminReset {
		r.Kind = ReasonAdminReset
	}
	switch subcode {
	case 0:
		subcode = wire.CeaseAdminShutdown
		if e.Kind == AdminReset {
			subcode = wire.CeaseAdminReset
		}
	case wire.CeaseMaxPrefix:
		r.Kind = ReasonMaxPrefix
	case wire.CeasePeerDeconfigured, wire.CeaseConfigChange:
		r.Kind = ReasonConfigChange
	}
	r.Notification = wire.Notification{Code: wire.CodeCease, Subcode: subcode, Data: e.Data}
	if subcode == wire.CeaseAdminShutdown || subcode == wire.CeaseAdminReset {
		r.Notification = wire.CeaseWithText(subcode, e.Text)
	}
	if e.Silent {
		r.Notification = wire.Notification{}
	}
	if e.Cause != nil {
		n := r.Notification
		r = *e.Cause
		r.Local, r.Notification = true, n
	}
	return r
}

// goIdle ends all attempts and stays in Idle for wait, or until ManualStart where the neighbor is disabled.
func (p *Peer) goIdle(wait time.Duration) {
	p.setState(Idle)
	switch {
	case !p.enabled:
	case wait <= 0:
		p.begin()
	default:
		p.idleHold.startJittered(p.now, wait, p.cfg.IdleHoldJitter.factor(p.cfg.Rand))
		p.note(Note{Kind: NoteIdleHold})
	}
}

// idleWait is the stay in Idle after a failure: IdleHold, doubled for each failure before it that had no stable session in
// between, up to IdleHoldMax.
func (p *Peer) idleWait() time.Duration {
	wait := backOff(p.cfg.IdleHold, p.failures, p.cfg.IdleHoldMax)
	p.failures++
	return wait
}

// backOff doubles d times times, up to limit where that is more than d.
func backOff(d time.Duration, times int, limit time.Duration) time.Duration {
	for ; times > 0 && d > 0 && d < limit; times-- {
		d = min(2*d, limit)
	}
	return d
}

// goActive waits for the peer to dial and dials again after ConnectRetry: TCP loss in OpenSent (RFC 4271 8.2.2). A peer that
// takes connections but not ours, because it is in Idle itself, is asked again sooner at first; otherwise two neighbors that
// refuse each other in turn meet late.
func (p *Peer) goActive() {
	wait := p.connectRetryTime()
	if p.dialing != 0 {
		p.startRetry(wait)
		p.setState(Connect)
		return
	}
	if soon := backOff(p.cfg.IdleHold, p.refusals, wait); soon > 0 {
		wait = min(wait, soon)
	}
	p.refusals++
	if !p.cfg.Passive {
		p.startRetry(wait)
	}
	p.setState(Active)
}

// await expects the peer of a lost session to dial as soon as it has restarted, and dials itself after wait, when it would have left
// Idle: in Idle a peer that is back would be turned away, and its routes would go unrefreshed for as long as the back-off lasts.
func (p *Peer) await(wait time.Duration) {
	if wait <= 0 {
		p.goIdle(0)
		return
	}
	if !p.cfg.Passive {
		p.startRetry(wait)
	}
	p.setState(Active)
}

// retry is the connect retry timer: dial again, giving up an attempt that still hangs.
func (p *Peer) retry() {
	p.counters.ConnectionRetries++
	p.startRetry(p.connectRetryTime())
	if p.state == Active {
		p.setState(Connect)
		return
	}
	p.cancelDial()
	p.dial()
}

// dialFailed keeps on trying when the connect retry timer says so.
func (p *Peer) dialFailed(err error) {
	p.counters.ConnectionFailures++
	p.failed(nil, Reason{Kind: ReasonDialFailed, Err: err})
	if p.state != Connect {
		return
	}
	if p.conns[0] == nil && (!p.cfg.RetryInConnect || !p.connectRetry.running()) {
		p.startRetry(p.connectRetryTime())
	}
	if !p.cfg.RetryInConnect {
		p.setState(Active)
	}
}

// delayedLost is the loss of a connection that had not sent its OPEN (RFC 4271 8.2.2, event 18 in Connect and Active): the one
// that we dialed leads to Active, the one that the peer dialed to Idle, unless we are dialing beside it.
func (p *Peer) delayedLost(c *conn, r Reason) {
	next := Idle
	if c.dir == Outbound || p.dialing != 0 {
		next = Active
	}
	p.fail(c, r, next)
}

// dial asks the driver for a connection.
func (p *Peer) dial() {
	p.dialing = p.NextConn()
	p.dials++
	p.add(Action{Kind: ActionDial, Conn: p.dialing})
}

// cancelDial gives up the attempt under way.
func (p *Peer) cancelDial() {
	if p.dialing != 0 {
		p.add(Action{Kind: ActionClose, Conn: p.dialing})
		p.dialing = 0
	}
}

func (p *Peer) startRetry(interval time.Duration) {
	p.connectRetry.startJittered(p.now, interval, p.cfg.ConnectJitter.factor(p.cfg.Rand))
}

// connectRetryTime is never zero: a neighbor that is enabled never stops trying.
func (p *Peer) connectRetryTime() time.Duration {
	if p.cfg.ConnectRetry <= 0 {
		return 30 * time.Second
	}
	return p.cfg.ConnectRetry
}

// reconfigure applies a new configuration. What the OPENs agreed on stays as it is; the caller resets the session where the
// change calls for that. A neighbor without a session tries again at once.
func (p *Peer) reconfigure(c Config) {
	p.cfg = c
	p.failures, p.refusals = 0, 0
	if p.cfg.Passive {
		p.cancelDial()
	}
	for _, k := range p.conns {
		switch {
		case k == nil:
		case k.delayOpen.running() && c.DelayOpen <= 0:
			p.sendOpen(k)
		case k.delayOpen.running():
			k.delayOpen.start(p.now, c.DelayOpen)
		case k.state == OpenSent && k.neg == nil && p.other(k) == nil:
			k.hold.start(p.now, p.openHold())
		}
	}
	p.show()
	if !p.enabled || p.conns[0] != nil {
		return
	}
	switch p.state {
	case Idle:
		p.begin()
	case Connect, Active:
		p.cancelDial()
		p.connectRetry.stop()
		if p.cfg.Passive {
			p.setState(Active)
			return
		}
		p.startRetry(p.connectRetryTime())
		if p.state == Connect {
			p.dial()
		}
		p.setState(Connect)
	}
}
