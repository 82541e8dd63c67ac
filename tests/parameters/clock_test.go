package parameters

import (
	"net/netip"
	"testing"

	"bgpsh/ipc/api"
	"bgpsh/wire"
)

// With an interval that never ends within the test the first change is told at once, and so is a loss; what is announced in
// between waits until the statement is taken back. Its neighbors do not.
func TestAdvertisementInterval(t *testing.T) {
	t.Parallel()
	const early, late = "198.51.100.0/24", "203.0.113.0/24"
	feeder := &station{as: 65002, feed: [][]byte{announcement(early, asPath(65002))}}
	slow, quick := &station{as: 65003}, &station{as: 65004}
	l := newLab(t, []*station{feeder, slow, quick}, "neighbor 10.0.0.3 advertisement-interval 600")
	l.until("the first route", func() bool { return slow.told(early) == "[65001 65002] 10.0.0.2" && quick.told(early) != "-" })
	feeder.write(announcement(late, asPath(65002)))
	l.until("the other neighbor's second route", func() bool { return quick.told(late) == "[65001 65002] 10.0.0.2" })
	feeder.write(withdrawal(early))
	l.until("the loss", func() bool { return slow.told(early) == "-" })
	if got := slow.told(late); got != "-" {
		t.Errorf("told %q within the interval", got)
	}
	x := must[api.Explanation](l.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(late), To: "10.0.0.3"})
	if x.Sending.Outcome != api.SendingPending || x.Sending.Wait != "its update group waits for its next run (advertisement-interval)" {
		t.Errorf("explained %+v", x.Sending)
	}
	if ms := l.neighbor("10.0.0.3").Timers.AdvertiseMs; ms != 600_000 {
		t.Errorf("shown as %d ms", ms)
	}
	result := l.apply("no neighbor 10.0.0.3 advertisement-interval")
	if len(result.Changes) != 1 || result.Changes[0].Effect != api.EffectLive {
		t.Errorf("%+v", result)
	}
	l.until("told without the statement", func() bool { return slow.told(late) == "[65001 65002] 10.0.0.2" })
}

// Nothing is announced, not even End-of-RIB, until every neighbor has sent its table; then each hears of the outcome.
func TestUpdateDelay(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, still: true, feed: [][]byte{announcement(fed, asPath(65002, 7)), wire.AppendEndOfRIB(nil, wire.IPv4Unicast)}}
	slow := &station{as: 65003, still: true}
	l := newLab(t, []*station{feeder, slow}, "update-delay 3600")
	opening := func() *api.Opening {
		return must[api.Summary](l.router, api.BGPSummary, api.SummaryParams{}).Opening
	}
	l.established("10.0.0.2", 0)
	l.established("10.0.0.3", 0)
	l.until("the route in the table", func() bool { _, there := l.path(fed); return there })
	if o := opening(); o == nil || !o.ReadOnly || o.UpdateDelaySec != 3600 || o.BeganAt.IsZero() || slow.told(fed) != "" || feeder.told(fed) != "" {
		t.Errorf("%+v, told %q", o, slow.told(fed))
	}
	slow.write(wire.AppendEndOfRIB(nil, wire.IPv4Unicast))
	l.until("told when all tables are there", func() bool { return slow.told(fed) == "[65001 65002 7] 10.0.0.2" })
	if o := opening(); o.ReadOnly || o.ResumedAt.IsZero() {
		t.Errorf("%+v", o)
	}
}

// A KEEPALIVE behind the first one stands for End-of-RIB, as not every neighbor sends that.
func TestUpdateDelayKeepalive(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, still: true, feed: [][]byte{announcement(fed, asPath(65002, 7)), wire.AppendEndOfRIB(nil, wire.IPv4Unicast)}}
	slow := &station{as: 65003, still: true}
	l := newLab(t, []*station{feeder, slow}, "update-delay 3600")
	l.established("10.0.0.2", 0)
	l.established("10.0.0.3", 0)
	if got := slow.told(fed); got != "" {
		t.Errorf("told %q", got)
	}
	slow.write(wire.AppendKeepalive(nil))
	l.expect(slow, "[65001 65002 7] 10.0.0.2")
}

// Taking the statement back ends the waiting.
func TestNoUpdateDelay(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, still: true, feed: [][]byte{announcement(fed, asPath(65002))}}
	taker := &station{as: 65003, still: true}
	l := newLab(t, []*station{feeder, taker}, "update-delay 3600 30")
	l.established("10.0.0.2", 0)
	l.established("10.0.0.3", 0)
	if got := taker.told(fed); got != "" {
		t.Errorf("told %q", got)
	}
	l.apply("no update-delay")
	l.expect(taker, "[65001 65002] 10.0.0.2")
	if o := must[api.Summary](l.router, api.BGPSummary, api.SummaryParams{}).Opening; o != nil {
		t.Errorf("%+v", o)
	}
}

// advertisement-delay runs by time alone, whatever the neighbors send.
func TestAdvertisementDelay(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, asPath(65002)), wire.AppendEndOfRIB(nil, wire.IPv4Unicast)}}
	taker := &station{as: 65003, feed: [][]byte{wire.AppendEndOfRIB(nil, wire.IPv4Unicast)}}
	l := newLab(t, []*station{feeder, taker}, "advertisement-delay 3600")
	l.established("10.0.0.2", 0)
	l.established("10.0.0.3", 0)
	l.until("the route in the table", func() bool { _, there := l.path(fed); return there })
	waiting := func() bool {
		o := must[api.Summary](l.router, api.BGPSummary, api.SummaryParams{}).Opening
		return o != nil && o.Waiting
	}
	if !waiting() || taker.told(fed) != "" {
		t.Errorf("waits %v, told %q", waiting(), taker.told(fed))
	}
	x := must[api.Explanation](l.router, api.BGPExplain, api.ExplainParams{Prefix: netip.MustParsePrefix(fed), To: "10.0.0.3"})
	if x.Sending.Outcome != api.SendingPending || x.Sending.Wait == "" {
		t.Errorf("explained %+v", x.Sending)
	}
	l.apply("no advertisement-delay")
	l.expect(taker, "[65001 65002] 10.0.0.2")
}

// max-med on-startup replaces MED towards all that have none of their own, from the first session on.
func TestMaxMEDOnStartup(t *testing.T) {
	t.Parallel()
	feeder := &station{as: 65002, feed: [][]byte{announcement(fed, with(asPath(65002), med(5)))}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker}, "bgp max-med on-startup 86400")
	l.expect(taker, "[65001 65002] 10.0.0.2 med 4294967294")
	if o := must[api.Summary](l.router, api.BGPSummary, api.SummaryParams{}).Opening; o == nil || !o.MaxMED {
		t.Errorf("%+v", o)
	}
	l.apply("bgp max-med on-startup 86400 77")
	l.expect(taker, "[65001 65002] 10.0.0.2 med 77")
	l.apply("bgp max-med administrative 9")
	l.expect(taker, "[65001 65002] 10.0.0.2 med 9")
	l.apply("no bgp max-med administrative")
	l.expect(taker, "[65001 65002] 10.0.0.2 med 77")
	l.apply("no bgp max-med on-startup")
	l.expect(taker, "[65001 65002] 10.0.0.2")
}
