package seeds

import (
	"context"
	"net"
	"net/netip"
	"os/exec"
	"runtime"
	"testing"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"bgpsh/daemon/kernel"
)

// A namespace is a network namespace with one thread in it, which ends with the test.
type namespace struct {
	t     *testing.T
	calls chan func() error
	fails chan error
	fd    netns.NsHandle
}

// mayNamespace tells why we may not make network namespaces here.
func mayNamespace() error {
	tried := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		n, err := netns.New()
		if err == nil {
			n.Close()
		}
		tried <- err
	}()
	return <-tried
}

func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{t: t, calls: make(chan func() error), fails: make(chan error)}
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and the namespace with its last process
		for f := range n.calls {
			n.fails <- f()
		}
	}()
	n.do(func() (err error) {
		n.fd, err = netns.New()
		return err
	})
	t.Cleanup(func() {
		close(n.calls)
		n.fd.Close()
	})
	return n
}

// do runs f on the thread; what it starts is in the namespace.
func (n *namespace) do(f func() error) {
	n.t.Helper()
	n.calls <- f
	if err := <-n.fails; err != nil {
		n.t.Fatal(err)
	}
}

// start starts a program in the namespace.
func (n *namespace) start(cmd *exec.Cmd) error {
	n.calls <- cmd.Start
	return <-n.fails
}

// join makes a cable between two namespaces, with one address at each end, and waits until both ends are up.
func join(a, b *namespace, at, bt netip.Prefix) {
	a.t.Helper()
	a.do(func() error {
		pair := netlink.NewVeth(netlink.LinkAttrs{Name: "seed0"})
		pair.PeerName, pair.PeerNamespace = "seed0", netlink.NsFd(b.fd)
		return netlink.LinkAdd(pair)
	})
	a.address(at)
	b.address(bt)
	a.ready(at.Addr())
	b.ready(bt.Addr())
}

func (n *namespace) address(p netip.Prefix) {
	n.t.Helper()
	n.do(func() error {
		link, err := netlink.LinkByName("seed0")
		if err != nil {
			return err
		}
		own := &netlink.Addr{Flags: 0x02, IPNet: &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), 128)}} // no duplicate detection
		if err := netlink.AddrAdd(link, own); err != nil {
			return err
		}
		return netlink.LinkSetUp(link)
	})
}

// ready waits until the kernel lets packets pass.
func (n *namespace) ready(a netip.Addr) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()
	var w *kernel.Watcher
	n.do(func() (err error) {
		w, err = kernel.Netlink(ctx)
		return err
	})
	for {
		if _, _, ok := w.Connected(a); ok {
			break
		}
		select {
		case <-w.Changes():
		case <-ctx.Done():
			n.t.Fatal("the link never comes up")
		}
	}
	cancel()
	w.Wait()
}
