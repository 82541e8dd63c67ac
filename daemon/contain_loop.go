package daemon

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"bgpsh/daemon/fault"
	"bgpsh/daemon/policy"
	"bgpsh/daemon/rib"
	"bgpsh/daemon/transport"
	"bgpsh/wire"
)

// reportedPrefixes is how many prefixes of a batch stand in a report.
const reportedPrefixes = 64

// reportsDir is where reports are kept; empty: none are.
func reportsDir(dataDir string) string {
	if dataDir == "" {
		return ""
	}
	return filepath.Join(dataDir, "reports")
}

// contain catches a panic of the table loop. The table may be half changed, and everybody shares it: the daemon leaves.
func (l *ribLoop) contain() {
	if l.faults == nil {
		return // a simulation is to fail
	}
	cause := recover()
	if cause == nil {
		return
	}
	x := fault.Fault{Place: fault.Table, Cause: cause, Stack: debug.Stack()}
	if s := l.at; s != nil {
		x.Subject, x.Doing = s.name, "an item of its stream"
		if b := l.item.batch; b != nil {
			x.Doing = "a batch of its routes"
			l.faults.quietly(fault.Table, s.name, func() { x.Notes = b.Text(reportedPrefixes) })
		}
	}
	l.faults.leave(x)
}

// containQuestion catches a panic of a question, which has read the table and no more.
func (l *ribLoop) containQuestion(err *error) {
	if l.faults == nil {
		return
	}
	if cause := recover(); cause != nil {
		b := l.faults.caught(fault.Fault{Place: fault.Question, Cause: cause})
		*err = internal(&b)
	}
}

// containImport catches a panic of an import policy that the loop asks again. The table is whole: policy sees a copy of the attributes. The
// route counts as denied, and the session ends, as it does where its reader has the same panic.
func (l *ribLoop) containImport(p rib.PeerID, f wire.Family, pre wire.Attrs, pfx wire.Prefix, reason *rib.Reason) {
	if l.faults == nil {
		return
	}
	cause := recover()
	if cause == nil {
		return
	}
	*reason = rib.Filtered
	l.judges[p] = nil
	x := fault.Fault{Place: fault.Policy, Doing: "import", Cause: cause, Notes: fmt.Sprintf("%s, attributes %x", pfx.Netip(f), []byte(pre))}
	s := l.streams[p]
	if s != nil {
		x.Subject = s.name
	}
	b := l.faults.caught(x)
	if s != nil {
		s.post(outside{brief: b})
	}
}

// unclassed catches a panic of a policy that is asked for a class: the one that it has when it is asked for its verdict is told.
func (l *ribLoop) unclassed(class *uint32) {
	if l.faults != nil && recover() != nil {
		*class = rib.Unclassed
	}
}

// unclassed is likewise for an export policy.
func (x *exports) unclassed(class *uint32) {
	if x.faults != nil && recover() != nil {
		*class = rib.Unclassed
	}
}

// contain catches a panic of an export policy: nobody of its group is sent the route, and the sessions go on.
func (x *exports) contain(q *exporter, run *policy.Run, f wire.Family, pfx wire.Prefix, reason *rib.Reason) {
	if x.faults == nil {
		return
	}
	if cause := recover(); cause != nil {
		*reason = rib.Filtered
		*run = policy.Run{Silent: run.Silent}
		x.faults.caught(fault.Fault{Place: fault.Policy, Doing: "export", Cause: cause, Notes: fmt.Sprintf("%s\n%s", pfx.Netip(f), q.spec.Text())})
	}
}

// turn steps the controller. A fault before anything was changed is answered to whoever asked. One after that leaves what runs, what is on disk
// and what sessions were told at odds: the daemon leaves, and starts again with what is on disk.
func (c *controller) turn(now time.Time, m any) {
	c.pulse.beat(now.Sub(c.epoch))
	defer c.pulse.rest()
	defer c.contain(m)
	c.touched = false
	c.step(now, m)
}

func (c *controller) contain(m any) {
	if c.faults == nil {
		return
	}
	cause := recover()
	if cause == nil {
		return
	}
	x := fault.Fault{Place: fault.Controller, Doing: fmt.Sprintf("%T", m), Cause: cause, Stack: debug.Stack()}
	if c.touched {
		c.faults.leave(x)
		return
	}
	b := c.faults.caught(x)
	c.faults.quietly(fault.Controller, "", func() { c.refuse(m, internal(&b)) })
}

// secrets are what must stand in no report: the passwords in use.
func (c *controller) secrets() (out []string) {
	for _, set := range c.setups {
		if !set.Password.Empty() {
			out = append(out, set.Password.Reveal())
		}
	}
	if r := c.running.Router; r != nil {
		for _, g := range r.Groups {
			if !g.Password.Value.Empty() {
				out = append(out, g.Password.Value.Reveal())
			}
		}
	}
	slices.Sort(out)
	return out
}

// contain catches a panic on the way from a listener to a session.
func (d *dispatcher) contain(l *listener, conn transport.Conn) {
	if d.faults == nil {
		return
	}
	if cause := recover(); cause != nil {
		d.faults.caught(fault.Fault{Place: fault.Listener, Subject: l.addr.String(), Cause: cause})
		d.faults.quietly(fault.Listener, l.addr.String(), func() { conn.CloseNow() })
	}
}

// helperPause is how long a helper rests after a fault.
const helperPause = time.Minute

// watchRoutes keeps the feed of changes of routes going.
func (d *Daemon) watchRoutes(ctx context.Context) {
	for ctx.Err() == nil {
		d.faults.quietly(fault.Helper, "events", func() { d.feed.watchRoutes(ctx, d) })
		wait(ctx, helperPause, nil)
	}
}

// logFault is a record of the log that could not be made.
func (f *faults) logFault(unit string, cause any, stack []byte) {
	f.caught(fault.Fault{Place: fault.Log, Subject: unit, Cause: cause, Stack: stack})
}

// abandon is the end of a daemon that does not trust itself: nothing but the log, which has the reason, is brought to an end. The kernel closes
// the connections with the process.
func (d *Daemon) abandon() { d.log.Close(logFlush) }
