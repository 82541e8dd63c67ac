package parameters

import (
	"testing"

	"bgpsh/wire"
)

const summary = "198.51.0.0/16"

// An aggregate stands while there are more specific routes; summary-only keeps these from everybody as long as it does.
func TestAggregateAddress(t *testing.T) {
	t.Parallel()
	incomplete := func(e *wire.Editor) { e.SetOrigin(wire.OriginIncomplete) }
	feeder := &station{as: 65002, feed: [][]byte{
		announcement("198.51.1.0/24", with(asPath(65002), med(1))), announcement("198.51.2.0/24", with(asPath(65002), med(2), incomplete)),
	}}
	taker := &station{as: 65003}
	l := newLab(t, []*station{feeder, taker})
	in := func(lines ...string) { l.apply(append([]string{"address-family ipv4 unicast"}, lines...)...) }
	const told = "[65001] 10.0.0.1 med 0 atomic aggregator 65001 0xa000001"
	const worst = "[65001] 10.0.0.1 incomplete med 0 atomic aggregator 65001 0xa000001"
	is := func(what, aggregate string, specific int) {
		t.Helper()
		l.until(what, func() bool {
			n := taker.count()
			if aggregate != "-" {
				n--
			}
			return taker.told(summary) == aggregate && n == specific
		})
	}
	is("no aggregate", "-", 2)
	in("aggregate-address 198.51.0.0/16")
	is("the aggregate beside its routes", worst, 2)
	in("aggregate-address 198.51.0.0/16 summary-only")
	is("the aggregate alone", worst, 0)
	in("aggregate-address 198.51.0.0/16 summary-only matching-MED-only")
	is("no aggregate of two MEDs", "-", 2)
	feeder.write(withdrawal("198.51.2.0/24"))
	is("an aggregate of one MED", told, 0)
	feeder.write(withdrawal("198.51.1.0/24"))
	is("nothing is left", "-", 0)
	feeder.write(announcement("198.51.3.0/24", asPath(65002)))
	is("a route comes", told, 0)
	feeder.write(announcement("198.51.4.0/24", with(asPath(65002), med(0))))
	l.apply("bgp bestpath med missing-as-worst")
	is("no MED is not MED 0", "-", 2)
	l.apply("no bgp bestpath med missing-as-worst")
	is("no MED is MED 0", told, 0)
	feeder.write(withdrawal("198.51.4.0/24"))
	in("no aggregate-address 198.51.0.0/16")
	is("no aggregate any more", "-", 1)
}
