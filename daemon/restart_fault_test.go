package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"

	"bgpsh/daemon/rib"
	"bgpsh/wire"
)

// faultPort is where the two daemons of the test below listen, each at its own address of a loopback network of this process.
const faultPort = 21791

func faultRouter(net string, own, other int, more ...string) []string {
	peer := fmt.Sprintf("neighbor %s%d", net, other)
	return append([]string{
		fmt.Sprintf("router bgp %d", 65000+own), fmt.Sprintf("bgp router-id 10.0.0.%d", own), fmt.Sprintf("bgp listen-address %s%d port %d", net, own, faultPort),
		fmt.Sprintf("%s remote-as %d", peer, 65000+other), fmt.Sprintf("%s port %d", peer, faultPort), fmt.Sprintf("%s update-source %s%d", peer, net, own),
		peer + " timers connect 1", "address-family ipv4 unicast", peer + " allow any in", peer + " allow any out",
	}, more...)
}

// TestNeighborKeepsRoutesOverTableFault breaks the table of a daemon in a process of its own. Its neighbor hears nothing but the end
// of the connection, keeps the routes, and has them fresh again from the daemon that is started instead.
func TestNeighborKeepsRoutesOverTableFault(t *testing.T) {
	net := fmt.Sprintf("127.%d.%d.", 64+os.Getpid()>>8%128, os.Getpid()%256)
	b := start(t, Config{}, faultRouter(net, 22, 21)...)
	defer b.end()
	s, prefix := b.published().session(net+"21"), netip.MustParsePrefix("203.0.113.0/24")
	is := func(stale bool) func(*rib.RIB) bool {
		return func(r *rib.RIB) bool {
			v, ok := r.Lookup(wire.IPv4Unicast, prefix)
			return ok && v.Paths[0].Best && v.Paths[0].Stale == stale
		}
	}
	dir := t.TempDir()
	life := func() (breakIt io.Closer, ended func() error) {
		cmd := helper(t, "TestNeighborFaultHelper", "FAULT_NET="+net, "FAULT_DIR="+dir)
		stdin, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return stdin, func() error {
			err := cmd.Wait()
			t.Log(out.String())
			return err
		}
	}
	breakIt, ended := life()
	b.established(s.name, 0)
	b.until("the route is there", is(false))
	breakIt.Close()
	if err := ended(); exitCode(err) != 70 {
		t.Fatalf("it ended with %v", err)
	}
	b.until("the route stays", is(true))
	if c := s.view.Load().counters; len(c.NotificationsReceived) != 0 {
		t.Errorf("NOTIFICATIONs came: %v", c.NotificationsReceived)
	}
	breakIt, ended = life()
	defer ended()
	defer breakIt.Close()
	b.established(s.name, 1)
	b.until("the route is fresh", is(false))
}

// TestNeighborFaultHelper is the process of TestNeighborKeepsRoutesOverTableFault: its table breaks at the end of its input.
func TestNeighborFaultHelper(t *testing.T) {
	net := os.Getenv("FAULT_NET")
	if net == "" {
		t.Skip("helper")
	}
	a := start(t, Config{DataDir: os.Getenv("FAULT_DIR")}, faultRouter(net, 21, 22, "network 203.0.113.0/24", "exit", "bgp graceful-restart")...)
	a.established(net+"22", 0)
	s := a.published().session(net + "22")
	bufio.NewReader(os.Stdin).ReadByte()
	batch := new(rib.Batch)
	batch.Withdraw(wire.IPv4Unicast, wire.NLRI{Prefix: wire.PrefixFrom(netip.MustParsePrefix("198.51.100.0/24"))})
	a.loop.order(t.Context(), func(*rib.RIB) {
		a.loop.rib = nil // nothing of the table is where it was
		s.stream.put(streamItem{batch: batch})
	})
	var broken *Broken
	if err := <-a.ended; !errors.As(err, &broken) {
		t.Fatal(err)
	}
	os.Exit(70)
}
