package daemon

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// notice is one notification.
type notice struct {
	name   string
	params json.RawMessage
}

// eavesdrop gives a connection that gets notifications.
func eavesdrop(t *testing.T, r *running) (*client, chan notice) {
	t.Helper()
	heard := make(chan notice, 1000)
	c, err := ipc.Dial(t.Context(), r.config.Socket, func(name string, params json.RawMessage) { heard <- notice{name, params} })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &client{t, c}, heard
}

// await gives the events heard until one is as wanted.
func await(t *testing.T, heard chan notice, what string, ok func(*api.Event) bool) (all []api.Event) {
	t.Helper()
	limit := time.After(time.Minute)
	for {
		select {
		case n := <-heard:
			var news api.EventNews
			if err := json.Unmarshal(n.params, &news); err != nil || n.name != api.NewsEvents {
				t.Fatalf("%s %s: %v", n.name, n.params, err)
			}
			for i := range news.Events {
				all = append(all, news.Events[i])
				if ok(&news.Events[i]) {
					return all
				}
			}
		case <-limit:
			t.Fatalf("no %s in %+v", what, all)
		}
	}
}

func TestEventsAreTold(t *testing.T) {
	m := memPair()
	a, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002", "neighbor 10.0.0.2 description other side",
		"no bgp ebgp-requires-policy")
	watcher, heard := eavesdrop(t, a)
	begun := must[api.WatchEventsResult](watcher, api.WatchEvents, api.WatchEventsParams{Subscription: 1})
	b := sideB(t, m)
	t.Cleanup(func() { b.end() })
	up := await(t, heard, "session up", func(e *api.Event) bool { return e.Kind == api.EventSession && e.State == api.Established })
	if up[0].Number < begun.Next {
		t.Errorf("event %d is older than the subscription, %d", up[0].Number, begun.Next)
	}
	for i := range up[1:] {
		if up[i+1].Number <= up[i].Number {
			t.Errorf("out of order: %+v", up)
		}
	}
	names := must[api.Names](c, api.NamesList, api.NamesParams{Kind: api.NameNeighbor})
	if len(names.Names) != 1 || names.Names[0].Help != "AS 65002, Established, other side" {
		t.Errorf("names %+v", names)
	}

	// our own network comes and goes
	c.apply("router bgp 65001", "network 198.51.100.0/24")
	changed, route := false, []api.Event(nil) // one by the controller, the other by the table
	await(t, heard, "a change of the configuration, and a route", func(e *api.Event) bool {
		switch {
		case e.Kind == api.EventConfig:
			changed = e.User != "" && e.Version > 0
		case e.Kind == api.EventRoute && e.Prefix.String() == "198.51.100.0/24":
			route = append(route, *e)
		}
		return changed && len(route) > 0
	})
	if e := route[0]; len(route) > 1 || e.Gone || e.Neighbor != "local" || e.Family != api.IPv4Unicast || e.From != "" {
		t.Errorf("%+v", route)
	}
	c.apply("router bgp 65001", "no network 198.51.100.0/24")
	route = await(t, heard, "route", func(e *api.Event) bool { return e.Kind == api.EventRoute && e.Prefix.String() == "198.51.100.0/24" })
	if e := route[len(route)-1]; !e.Gone || e.Neighbor != "" || e.From != "local" {
		t.Errorf("%+v", e)
	}

	must[api.ClearResult](c, api.BGPClear, api.ClearParams{All: true, How: api.ClearHard})
	down := await(t, heard, "session down", func(e *api.Event) bool { return e.Kind == api.EventSession && e.State != api.Established })
	if e := down[len(down)-1]; e.Was != api.Established || e.Neighbor != "10.0.0.2" || !strings.Contains(e.Reason, "reset by") {
		t.Errorf("%+v", e)
	}
}

func TestEventsAreChosen(t *testing.T) {
	m := memPair()
	a, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002")
	watcher, heard := eavesdrop(t, a)
	must[api.WatchEventsResult](watcher, api.WatchEvents, api.WatchEventsParams{Subscription: 1, Kinds: []api.EventKind{api.EventRoute},
		Prefix: netip.MustParsePrefix("10.0.0.0/8")})
	c.apply("router bgp 65001", "network 192.0.2.0/24", "network 10.9.0.0/16", "address-family ipv6 unicast", "network 2001:db8::/32")
	got := await(t, heard, "route", func(e *api.Event) bool { return true })
	if len(got) != 1 || got[0].Prefix.String() != "10.9.0.0/16" {
		t.Errorf("%+v", got)
	}
	must[api.None](watcher, api.WatchStop, api.WatchStopParams{Subscription: 1})
	must[api.None](watcher, api.WatchStop, api.WatchStopParams{Subscription: 1}) // has ended already
	c.apply("router bgp 65001", "no network 10.9.0.0/16")
	must[api.Version](watcher, api.DaemonVersion, api.None{}) // what was sent before it has been heard
	if len(heard) > 0 {
		t.Errorf("heard %s after the end", (<-heard).params)
	}
	// refused: a number in use, a kind that is none, a neighbor that is not there, too many
	must[api.WatchEventsResult](watcher, api.WatchEvents, api.WatchEventsParams{Subscription: 2})
	watcher.fails(api.CodeRefused, api.WatchEvents, api.WatchEventsParams{Subscription: 2})
	watcher.fails(ipc.CodeInvalidParams, api.WatchEvents, api.WatchEventsParams{Subscription: 3, Kinds: []api.EventKind{"weather"}})
	watcher.fails(api.CodeNotFound, api.WatchEvents, api.WatchEventsParams{Subscription: 3, Neighbor: "10.0.0.9"})
	for n := range uint64(watchLimit - 1) {
		must[api.None](watcher, api.WatchChanges, api.WatchChangesParams{Subscription: 10 + n})
	}
	watcher.fails(api.CodeRefused, api.WatchSamples, api.WatchSamplesParams{Subscription: 99})
}

func TestEventsGoOnBehindTheLastOne(t *testing.T) {
	a, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "router bgp 65001")
	first, heard := eavesdrop(t, a)
	begun := must[api.WatchEventsResult](first, api.WatchEvents, api.WatchEventsParams{Subscription: 1, Kinds: []api.EventKind{api.EventConfig}})
	c.apply("router bgp 65001", "network 10.1.0.0/16")
	last := await(t, heard, "change", func(*api.Event) bool { return true })[0].Number
	first.Close()
	c.apply("router bgp 65001", "network 10.2.0.0/16") // while nobody listens

	second, heard := eavesdrop(t, a)
	again := must[api.WatchEventsResult](second, api.WatchEvents, api.WatchEventsParams{Subscription: 1, Kinds: []api.EventKind{api.EventConfig},
		After: &last, Instance: begun.Instance})
	if again.Lost != 0 || again.Restarted || again.Next != last+1 {
		t.Errorf("%+v", again)
	}
	if got := await(t, heard, "change", func(*api.Event) bool { return true }); got[0].Number <= last {
		t.Errorf("%+v", got)
	}
	// what is no longer known is counted
	for range feedLength + 10 {
		a.feed.add(time.Now(), api.Event{Kind: api.EventState})
	}
	third, _ := eavesdrop(t, a)
	lost := must[api.WatchEventsResult](third, api.WatchEvents, api.WatchEventsParams{Subscription: 1, After: &last, Instance: begun.Instance})
	if want := a.feed.position() - feedLength - (last + 1); lost.Lost != want {
		t.Errorf("lost %d, want %d", lost.Lost, want)
	}
	other := must[api.WatchEventsResult](third, api.WatchEvents, api.WatchEventsParams{Subscription: 2, After: &last, Instance: 5})
	if !other.Restarted {
		t.Errorf("%+v", other)
	}
}

// A client that does not read keeps nobody waiting, and is told what it has missed.
func TestEventsOfASlowClient(t *testing.T) {
	f := newFeed(time.Unix(1, 0))
	p := &api.WatchEventsParams{Kinds: []api.EventKind{api.EventState}}
	for n := range 3*feedLength + 5 {
		f.add(time.Unix(int64(n), 0), api.Event{Kind: api.EventState})
	}
	at, seen := uint64(1), 0
	news, at := f.await(t.Context(), p, at)
	if news.Lost != 2*feedLength+5 {
		t.Errorf("lost %d", news.Lost)
	}
	for seen = len(news.Events); at < f.position(); seen += len(news.Events) {
		news, at = f.await(t.Context(), p, at)
		if news.Lost != 0 {
			t.Errorf("lost %d more", news.Lost)
		}
	}
	if seen != feedLength {
		t.Errorf("%d events", seen)
	}
}

// What is frequent is recorded while somebody wants it, and a moment longer.
func TestDemand(t *testing.T) {
	f, now := newFeed(time.Unix(1, 0)), time.Now()
	if f.wanted[0].open(now) {
		t.Error("routes are recorded, and nobody wants them")
	}
	leave := f.want([]api.EventKind{api.EventRoute, api.EventSession})
	if !f.wanted[0].open(now) || f.wanted[1].open(now) {
		t.Error("routes are wanted, and nothing else")
	}
	leave()
	if !f.wanted[0].open(time.Now()) || f.wanted[0].open(time.Now().Add(linger+time.Second)) {
		t.Error("routes are wanted no more, and should be recorded for a moment longer")
	}
}

func TestChangesAndSamples(t *testing.T) {
	m := memPair()
	a, c := withSocket(t, m, "a", "10.0.0.1/24", nil, "router bgp 65001", "neighbor 10.0.0.2 remote-as 65002")
	watcher, heard := eavesdrop(t, a)
	must[api.None](watcher, api.WatchChanges, api.WatchChangesParams{Subscription: 7, EveryMs: 1}) // as fast as may be
	c.apply("router bgp 65001", "network 10.1.0.0/16")
	n := <-heard
	if n.name != api.NewsChanged || string(n.params) != `{"subscription":7}` {
		t.Errorf("%s %s", n.name, n.params)
	}
	must[api.None](watcher, api.WatchStop, api.WatchStopParams{Subscription: 7})
	must[api.None](watcher, api.WatchSamples, api.WatchSamplesParams{Subscription: 8, EveryMs: 100})
	for n = range heard {
		if n.name == api.NewsSample {
			break
		}
	}
	var s api.SampleNews
	if err := json.Unmarshal(n.params, &s); err != nil {
		t.Fatal(err)
	}
	if s.AS != 65001 || len(s.Tables) != 2 || s.Tables[0].Destinations != 1 || len(s.Neighbors) != 1 || s.Neighbors[0].Name != "10.0.0.2" ||
		s.MemoryBytes == 0 || s.Loop.Turns == 0 {
		t.Errorf("%+v", s)
	}
}

func TestNamesOfTheTable(t *testing.T) {
	_, c := withSocket(t, memPair(), "a", "10.0.0.1/24", nil, "router bgp 65001")
	lines := []string{"router bgp 65001"}
	for i := range 300 {
		lines = append(lines, fmt.Sprintf("network 10.%d.%d.0/24", i/100, i%100))
	}
	lines = append(lines, "network 192.0.2.0/24", "network 0.0.0.0/0", "address-family ipv6 unicast", "network 2001:db8:1::/48", "network 2001:db8:12::/48", "network 2001:dc::/32")
	c.apply(lines...)
	for start, want := range map[string]string{
		"192":           "192.0.2.0/24",
		"10.2.99":       "10.2.99.0/24",
		"10.1.9":        "10.1.9.0/24 10.1.90.0/24 10.1.91.0/24 10.1.92.0/24 10.1.93.0/24 10.1.94.0/24 10.1.95.0/24 10.1.96.0/24 10.1.97.0/24 10.1.98.0/24 10.1.99.0/24",
		"0":             "0.0.0.0/0",
		"2001:db8:1":    "2001:db8:1::/48 2001:db8:12::/48",
		"2001:db8:1::/": "2001:db8:1::/48",
		"172.":          "",
	} {
		var got []string
		for _, n := range must[api.Names](c, api.NamesList, api.NamesParams{Kind: api.NamePrefix, Start: start}).Names {
			got = append(got, n.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", start, got, want)
		}
	}
	if n := len(must[api.Names](c, api.NamesList, api.NamesParams{Kind: api.NamePrefix, Start: "10."}).Names); n != maxFound {
		t.Errorf("%d names", n)
	}
}
