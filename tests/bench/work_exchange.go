package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"bgpsh/wire"
)

// exchangeHold is the hold time of members; KEEPALIVEs go every 3 s.
const exchangeHold = 9

// onTime is how much later than its interval a KEEPALIVE may come.
const onTime = 500 * time.Millisecond

// loadExchange: a daemon starts with the configuration of an exchange; its members come, announce two routes each of which one is refused;
// then the configuration is replaced by one in which the list of one member differs.
func loadExchange(ctx context.Context, b *bench, t *target) error {
	if !t.ruled {
		b.say("exchange: left out with %s: no rules are set up for it", t.name)
		return nil
	}
	x := newExchange(b.size.members, 1000)
	p := plan{family: wire.IPv4Unicast, injectors: len(x.members), monitors: 1, hold: exchangeHold, rules: x, as: memberAS}
	sc, err := b.prepared("exchange", t, x.stock(), p)
	defer sc.close()
	if err != nil {
		return err
	}
	sc.expected = sc.passed(map[int]bool{})
	for i, o := range sc.offers {
		o.every = len(x.members)
		routes := sc.table.announcements(o)
		sc.injectors[i].refresh = func() {
			for _, message := range routes {
				sc.injectors[i].send(message)
			}
		}
	}
	steps := []func() (record, error){
		func() (record, error) { return sc.begin(ctx) },
		func() (record, error) { return sc.members(ctx) },
	}
	if t != &frr { // which has no way to be given a whole configuration but by frr-reload, which is another program
		steps = append(steps, func() (record, error) { return sc.exchanged(ctx, x) })
	}
	if t == &ours {
		for _, c := range []struct{ step, command string }{
			{"show", "show running-config"}, {"check", "configure replace " + sc.file("next.conf") + " check"},
		} {
			steps = append(steps, func() (record, error) { return sc.asked(ctx, c.step, c.command) })
		}
	}
	return sc.stages(steps...)
}

// passed expects the listed route of each member, but for some the other one.
func (sc *scene) passed(other map[int]bool) func([]*offer) expectation {
	return func(offers []*offer) expectation {
		best, n := sc.table.best(offers, daemonAS, func(e *wire.Editor, o *offer) bool {
			e.AddCommunity(daemonAS<<16 | uint32(o.injector+1))
			return true
		}), len(sc.injectors)
		for i := range best {
			if listed := i < n; listed == other[i%n] {
				best[i] = nil
			}
		}
		return expectation{best, sc.table.setOf}
	}
}

// begin measures the start: from the program's beginning until the last neighbor of its configuration has a session. Memory is what is
// resident once the daemon is quiet.
func (sc *scene) begin(ctx context.Context) (record, error) {
	if err := sc.target.start(ctx, sc.daemon, sc.setup); err != nil {
		return record{}, err
	}
	last := sc.monitors[0]
	last.again = 5 * time.Millisecond
	if err := sc.up(sc.monitors); err != nil {
		return record{}, fmt.Errorf("%w\n%s", err, sc.said())
	}
	r := sc.record("start")
	r.Prefixes = 1000 * len(sc.injectors)
	r.Seconds = last.up.Sub(sc.begun).Seconds()
	r.CPU = sample(groupMembers(sc.groups())).cpu.Seconds()
	sc.watcher = watch(sc.groups())
	r.OK = sc.settle(ctx, time.Now(), func() bool { return true })
	u, _ := sc.watcher.get()
	sc.atRest = u
	r.RSS, r.Peak, r.Heap = mib(u.rss), mib(u.peak), mib(sc.look(ctx).heap)
	return r, ctx.Err()
}

// members measures all sessions and their routes.
func (sc *scene) members(ctx context.Context) (record, error) {
	sc.lively = true
	return sc.step(ctx, "members", sc.offers, func() error {
		if err := sc.up(sc.injectors); err != nil {
			return err
		}
		return sc.announce(sc.streams())()
	})
}

// exchanged measures the configuration being replaced: from the command until the only difference has reached everybody. Each other
// neighbor must be told one withdrawal and one announcement, no session may end and no KEEPALIVE be late.
func (sc *scene) exchanged(ctx context.Context, x *exchange) (record, error) {
	m := len(x.members) / 2
	n := len(x.members)
	sc.setup.rules = x.swapped(m, sc.table.prefixes[m], sc.table.prefixes[n+m])
	sc.expected = sc.passed(map[int]bool{m: true})
	reload, err := sc.replacement(ctx)
	if err != nil {
		return record{}, err
	}
	for _, s := range sc.speakers() {
		s.alive.take(time.Now())
	}
	r, err := sc.step(ctx, "replace", sc.offers, func() error { return runQuietly(reload) })
	var late time.Duration
	for _, s := range sc.speakers() {
		late = max(late, s.alive.take(time.Now())-exchangeHold*time.Second/3)
	}
	r.Note = fmt.Sprintf("%d announced, %d withdrawn; the latest KEEPALIVE %v after its interval", r.Announced, r.Withdrawn, late.Round(time.Millisecond))
	r.OK = r.OK && r.Announced == 1 && r.Withdrawn == 1 && late < onTime
	return r, err
}

// replacement writes the scene's configuration as it is now and gives the command that makes the daemon read it.
func (sc *scene) replacement(ctx context.Context) (*exec.Cmd, error) {
	switch sc.target {
	case &ours:
		file, err := sc.write("next.conf", sc.ours(sc.setup), 0o644)
		return exec.CommandContext(ctx, sc.daemon.programs.bgpsh, "--socket", sc.socket(), "-c", "configure replace "+file), err
	case &bird:
		_, err := sc.write("bird.conf", sc.birds(sc.setup), 0o644)
		return exec.CommandContext(ctx, "/usr/sbin/birdc", "-s", sc.file("bird.ctl"), "configure"), err
	}
	if f, ok := sc.setup.rules.(*filter); ok && sc.target == &frr {
		var b strings.Builder
		f.frrIn(&b)
		file, err := sc.write("map.conf", b.String(), 0o644)
		// The timer after which FRR looks at a changed map is off, so that it is not measured: it is told to look.
		return exec.CommandContext(ctx, "sh", "-c", `vtysh -d bgpd --vty_socket "$1" -f "$2" && vtysh -d bgpd --vty_socket "$1" -c "clear bgp ipv4 unicast * soft in"`,
			"sh", sc.dir, file), err
	}
	return nil, errors.New("no way to replace the configuration is set up for it")
}

func runQuietly(cmd *exec.Cmd) error {
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", cmd, err, out[:min(len(out), 1000)])
	}
	return nil
}

// asked measures one command of our shell, its output into a file.
func (sc *scene) asked(ctx context.Context, step, command string) (record, error) {
	out, err := os.Create(sc.file("answer"))
	if err != nil {
		return record{}, err
	}
	defer out.Close()
	u0, _ := sc.watcher.get()
	cmd := exec.CommandContext(ctx, sc.daemon.programs.bgpsh, "--socket", sc.socket(), "-c", command)
	cmd.Stdout, cmd.Stderr = out, out
	start := time.Now()
	err = cmd.Run()
	r := sc.record(step)
	r.Seconds = time.Since(start).Seconds()
	size, _ := out.Seek(0, 1)
	r.Note = fmt.Sprintf("%d bytes answered", size)
	u, _ := sc.watcher.get()
	r.CPU, r.RSS, r.Peak, r.OK = (u.cpu - u0.cpu).Seconds(), mib(u.rss), mib(u.peak), err == nil
	return r, cmp.Or(err, sc.losses())
}
