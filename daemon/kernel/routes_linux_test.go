package kernel

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// everything is what `redistribute kernel` wants, about: all that the kernel did not make itself.
var everything = Selection{MainTable, AllProtocols.Without(ProtocolsOf(ProtoRedirect, ProtoKernel))}

// show is the routes as text, in their order.
func show(r *Routes) string {
	var out []string
	for _, x := range r.All() {
		s := fmt.Sprintf("%s proto %d", x.Prefix, x.Protocol)
		if x.Table != MainTable {
			s += fmt.Sprint(" table ", x.Table)
		}
		if x.Metric != 0 {
			s += fmt.Sprint(" metric ", x.Metric)
		}
		if x.Gateway.IsValid() {
			s += " via " + x.Gateway.String()
		}
		s += " dev "
		if link, err := net.InterfaceByIndex(x.Link); err == nil {
			s += link.Name
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

// shows waits until the watcher shows these routes.
func shows(t *testing.T, w *Watcher, what string, want ...string) {
	t.Helper()
	timeout := time.After(time.Minute)
	for show(w.Routes()) != strings.Join(want, "\n") {
		select {
		case <-w.RouteChanges():
		case <-timeout:
			t.Errorf("never: %s; have\n%s\nwant\n%s", what, show(w.Routes()), strings.Join(want, "\n"))
			runtime.Goexit()
		}
	}
}

// cable makes interface d0, 10.0.12.1/24 and 2001:db8:12::1/64, with its other end.
func cable(ip func(string)) {
	ip("link add d0 type veth peer name far")
	ip("link set far up")
	ip("link set d0 addrgenmode none")
	ip("link set d0 up")
	ip("addr add 10.0.12.1/24 dev d0")
	ip("addr add 2001:db8:12::1/64 dev d0 nodad")
}

func TestRoutesOfProtocols(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		cable(ip)
		w, stop := watch(t)
		defer stop()
		ip("route add 203.0.113.0/24 via 10.0.12.2")
		ip("route add 203.0.114.0/24 dev d0 proto static metric 7")
		ip("route add 203.0.115.0/24 via 10.0.12.2 proto 188")
		ip("route add blackhole 203.0.116.0/24 proto dhcp")
		ip("route add 203.0.117.0/24 proto 196 nexthop via 10.0.12.3 dev d0 nexthop via 10.0.12.2 dev d0")
		ip("route add 203.0.118.0/24 via 10.0.12.2 table 1000")
		ip("-6 route add 2001:db8:113::/48 via 2001:db8:12::2 proto static")
		ip("-6 route add 2001:db8:114::/48 via fe80::7 dev d0 proto 188")
		if show(w.Routes()) != "" {
			t.Errorf("nothing is wanted, and shown:\n%s", show(w.Routes()))
		}
		want := func(what string, s []Selection, list ...string) {
			t.Helper()
			if err := w.Want(s); err != nil {
				t.Error(err)
				runtime.Goexit()
			}
			if got := show(w.Routes()); got != strings.Join(list, "\n") {
				t.Errorf("%s: have\n%s\nwant\n%s", what, got, strings.Join(list, "\n"))
			}
		}
		want("static", []Selection{{MainTable, ProtocolsOf(ProtoStatic, ProtoZStatic)}},
			"203.0.114.0/24 proto 4 metric 7 dev d0", "203.0.117.0/24 proto 196 via 10.0.12.3 dev d0",
			"2001:db8:113::/48 proto 4 metric 1024 via 2001:db8:12::2 dev d0")
		want("another table", []Selection{{1000, AllProtocols}}, "203.0.118.0/24 proto 3 table 1000 via 10.0.12.2 dev d0")
		want("no such table", []Selection{{1001, AllProtocols}})
		want("everything", []Selection{everything}, "203.0.113.0/24 proto 3 via 10.0.12.2 dev d0",
			"203.0.114.0/24 proto 4 metric 7 dev d0", "203.0.115.0/24 proto 188 via 10.0.12.2 dev d0", "203.0.116.0/24 proto 16 dev ",
			"203.0.117.0/24 proto 196 via 10.0.12.3 dev d0", "2001:db8:113::/48 proto 4 metric 1024 via 2001:db8:12::2 dev d0",
			"2001:db8:114::/48 proto 188 metric 1024 via fe80::7 dev d0")
		want("nothing", nil)
	})
}

// What happens to routes shows, also where the kernel says nothing of the route: an interface goes down, another route
// takes its place.
func TestRoutesChange(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		cable(ip)
		w, stop := watch(t)
		defer stop()
		if err := w.Want([]Selection{{MainTable, ProtocolsOf(ProtoStatic)}}); err != nil {
			t.Error(err)
			return
		}
		const first = "203.0.113.0/24 proto 4 via 10.0.12.2 dev d0"
		ip("route add 203.0.113.0/24 via 10.0.12.2 proto static")
		shows(t, w, "a route comes", first)
		ip("route add 203.0.114.0/24 via 10.0.12.2 proto static")
		ip("route del 203.0.113.0/24")
		shows(t, w, "another one, and it goes", "203.0.114.0/24 proto 4 via 10.0.12.2 dev d0")
		ip("route replace 203.0.114.0/24 via 10.0.12.2 proto 186")
		shows(t, w, "one of another protocol takes its place")
		ip("route replace 203.0.114.0/24 via 10.0.12.3 proto static")
		shows(t, w, "and it comes back", "203.0.114.0/24 proto 4 via 10.0.12.3 dev d0")
		ip("link set d0 down")
		shows(t, w, "the interface goes down")
		ip("link set d0 up")
		ip("route add 203.0.113.0/24 via 10.0.12.2 proto static")
		shows(t, w, "the interface is up again", first)
		ip("link set far down")
		shows(t, w, "the interface loses its carrier")
		ip("link set far up")
		shows(t, w, "it has it again", first)
		ip("addr add 10.0.77.1/24 dev d0")
		ip("route add 203.0.115.0/24 via 10.0.12.2 proto static src 10.0.77.1")
		shows(t, w, "a route with an address", first, "203.0.115.0/24 proto 4 via 10.0.12.2 dev d0")
		ip("addr del 10.0.77.1/24 dev d0")
		shows(t, w, "its address goes", first)
	})
}

// routeNotice waits for a notice about a route.
func routeNotice(t *testing.T, f *os.File) []byte {
	t.Helper()
	buf := make([]byte, 16<<10)
	for {
		n, err := f.Read(buf)
		if err != nil {
			t.Error(err)
			runtime.Goexit()
		}
		if m, _, _, ok := nextMessage(buf[:n]); ok && (m.kind == unix.RTM_NEWROUTE || m.kind == unix.RTM_DELROUTE) {
			return buf[:n]
		}
	}
}

// Notices about routes of other protocols are not heard of, however many there are.
func TestForeignRoutesWakeNobody(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		cable(ip)
		all := []Selection{{MainTable, ProtocolsOf(ProtoStatic)}}
		f, err := subscribe(all)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		w := Fake()
		batch, err := os.CreateTemp(t.TempDir(), "batch")
		if err != nil {
			t.Error(err)
			return
		}
		for i := range 500 {
			fmt.Fprintf(batch, "route add 198.18.%d.0/24 via 10.0.12.2 proto 186\nroute replace 198.18.%d.0/24 via 10.0.12.3 proto 186\n", i%256, i%256)
			fmt.Fprintf(batch, "route del 198.18.%d.0/24\n", i%256)
		}
		batch.Close()
		ip("-batch " + batch.Name())
		ip("route add 203.0.113.0/24 via 10.0.12.2 proto static")
		heard := 0
		for {
			notice := routeNotice(t, f)
			if heard++; !w.concerns(notice, all) {
				continue
			}
			if r, _ := parseRoute(notice[unix.SizeofNlMsghdr:]); r.Prefix.String() != "203.0.113.0/24" {
				t.Errorf("the first notice of interest is about %v", r.Prefix)
			}
			break
		}
		if heard > 501 { // the replacements, which may have taken the place of a static route
			t.Errorf("%d notices came to us", heard)
		}
	})
}

// A filter for most protocols lists those that it drops.
func TestFilterOfKernelRoutes(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		cable(ip)
		f, err := subscribe([]Selection{{MainTable, AllProtocols.Without(ProtocolsOf(ProtoKernel, ProtoBGP))}})
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		ip("route add 198.18.0.0/24 via 10.0.12.2 proto 186")
		ip("route add 203.0.113.0/24 via 10.0.12.2")
		if r, _ := parseRoute(routeNotice(t, f)[unix.SizeofNlMsghdr:]); r.Prefix.String() != "203.0.113.0/24" {
			t.Errorf("the first notice is about %v", r.Prefix)
		}
	})
}

// A storm of changes ends in the right state.
func TestRoutesOverrun(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		cable(ip)
		w, stop := watch(t)
		defer stop()
		if err := w.Want([]Selection{everything}); err != nil {
			t.Error(err)
			return
		}
		batch, err := os.CreateTemp(t.TempDir(), "batch")
		if err != nil {
			t.Error(err)
			return
		}
		for i := range 8192 {
			fmt.Fprintf(batch, "route add 10.%d.%d.%d/32 via 10.0.12.2\n", 64+i>>12, i>>6&63, i&63)
		}
		batch.Close()
		ip("-batch " + batch.Name())
		timeout := time.After(time.Minute)
		for len(w.Routes().All()) != 8192 {
			select {
			case <-w.RouteChanges():
			case <-timeout:
				t.Errorf("%d routes are shown", len(w.Routes().All()))
				return
			}
		}
		if err := w.Want(nil); err != nil || len(w.Routes().All()) != 0 {
			t.Errorf("%d routes are shown that nobody wants, %v", len(w.Routes().All()), err)
		}
	})
}

func TestRoutesTo(t *testing.T) {
	r := newRoutes([]Route{
		{Prefix: netip.MustParsePrefix("10.2.0.0/16"), Metric: 5}, {Prefix: netip.MustParsePrefix("10.1.0.0/16")},
		{Prefix: netip.MustParsePrefix("10.2.0.0/16"), Metric: 1}, {Prefix: netip.MustParsePrefix("10.1.0.0/16")},
	})
	if len(r.All()) != 3 {
		t.Errorf("%d routes, of which two are the same", len(r.All()))
	}
	two := r.To(netip.MustParsePrefix("10.2.0.0/16"))
	if len(two) != 2 || two[0].Metric != 1 || len(r.To(netip.MustParsePrefix("10.0.0.0/8"))) != 0 {
		t.Errorf("routes to 10.2.0.0/16: %v", two)
	}
	var none *Routes
	if len(none.To(two[0].Prefix)) != 0 {
		t.Error("no routes have one")
	}
}

// Half a message, whatever it is about, is no route and harms nobody.
func TestBrokenMessages(t *testing.T) {
	whole := routeRequest(7, unix.AF_INET, MainTable, 0)
	for n := range whole {
		if _, _, _, ok := nextMessage(whole[:n]); ok {
			t.Errorf("%d of %d octets are taken for a message", n, len(whole))
		}
	}
	m, body, rest, ok := nextMessage(whole)
	if !ok || m.kind != unix.RTM_GETROUTE || m.sequence != 7 || len(rest) != 0 {
		t.Errorf("read %+v, %v", m, ok)
	}
	for n := range body {
		if r, ok := parseRoute(body[:n]); ok && n < unix.SizeofRtMsg {
			t.Errorf("%d octets are %+v", n, r)
		}
	}
	body[1] = 33
	if r, ok := parseRoute(body); ok {
		t.Errorf("an IPv4 route of 33 bits is %+v", r)
	}
}

func TestWantAfterTheEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w, err := Netlink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Want([]Selection{everything}); err != nil {
		t.Fatal(err)
	}
	cancel()
	w.Wait()
	if err := w.Want(nil); err != nil {
		t.Error(err)
	}
}
