package kernel

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLoopbackIsSeenWithoutPrivilege(t *testing.T) {
	w, stop := watch(t)
	defer stop()
	lo, ok := w.View().ByName("lo")
	if !ok || lo.Index != 1 || w.ScopeName(1) != "lo" {
		t.Errorf("lo is %+v, %v", lo, ok)
	}
	if iface, ok := w.InterfaceOf(netip.MustParseAddr("127.0.0.1")); !ok || iface != "lo" {
		t.Errorf("127.0.0.1 is on %q", iface)
	}
	if w.Err() != nil {
		t.Error(w.Err())
	}
}

// inNamespace runs test in a network namespace of its own, with ip to change it.
func inNamespace(t *testing.T, test func(ip func(args string))) {
	if os.Getuid() != 0 {
		t.Skip("needs root to make a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the ip command of iproute2")
	}
	done := make(chan struct{})
	var forbidden error
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if forbidden = syscall.Unshare(syscall.CLONE_NEWNET); forbidden != nil {
			return
		}
		test(func(args string) {
			if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
				t.Errorf("ip %s: %v: %s", args, err, out)
				runtime.Goexit()
			}
		})
	}()
	<-done
	if forbidden != nil {
		t.Skip("needs leave to make a network namespace: ", forbidden)
	}
}

// watch starts a Watcher of the calling thread's namespace.
func watch(t *testing.T) (w *Watcher, stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	w, err := Netlink(ctx)
	if err != nil {
		t.Error(err)
		w = Fake()
	}
	return w, func() {
		cancel()
		w.Wait()
	}
}

// until waits for a change that makes true hold.
func until(t *testing.T, w *Watcher, what string, holds func(*View) bool) {
	t.Helper()
	timeout := time.After(time.Minute)
	for !holds(w.View()) {
		select {
		case <-w.Changes():
		case <-timeout:
			t.Errorf("never: %s; have %+v", what, w.Snapshot())
			runtime.Goexit()
		}
	}
}

func TestChangesOfLinksAndAddresses(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		ip("link add d0 type veth peer name far")
		ip("link set d0 addrgenmode none")
		ip("link set far up")
		ip("addr add 10.0.12.1/24 dev d0")
		w, stop := watch(t)
		defer stop()
		connected := func(addr, on string) func(*View) bool {
			return func(v *View) bool {
				iface, _, ok := v.Connected(netip.MustParseAddr(addr))
				return iface == on && ok == (on != "")
			}
		}
		if d0, ok := w.View().ByName("d0"); !ok || d0.Up || len(d0.Addrs) != 1 || d0.Addrs[0].String() != "10.0.12.1/24" {
			t.Errorf("d0 at the start is %+v", d0)
		}
		ip("link set d0 up")
		until(t, w, "d0 is up", connected("10.0.12.2", "d0"))
		ip("addr add 2001:db8::1/64 dev d0 nodad")
		ip("addr add fe80::7/64 dev d0 nodad")
		until(t, w, "IPv6 addresses of d0", func(v *View) bool {
			global, ok := v.GlobalIPv6("d0")
			local, both := v.LinkLocal("d0")
			return ok && both && global.String() == "2001:db8::1" && local.String() == "fe80::7"
		})
		ip("addr add 2001:db8::2/64 dev d0 nodad")
		ip("addr change 2001:db8::2/64 dev d0 preferred_lft 0")
		until(t, w, "a deprecated address comes last", func(v *View) bool {
			global, _ := v.GlobalIPv6("d0")
			return global.String() == "2001:db8::1" && v.IsLocal(netip.MustParseAddr("2001:db8::2"))
		})
		ip("addr add 192.0.2.1 peer 192.0.2.2/32 dev d0")
		until(t, w, "the far end of a point-to-point address", func(v *View) bool {
			return connected("192.0.2.2", "d0")(v) && v.IsLocal(netip.MustParseAddr("192.0.2.1")) && !v.IsLocal(netip.MustParseAddr("192.0.2.2"))
		})
		ip("link set d0 down")
		until(t, w, "d0 is down", connected("10.0.12.2", ""))
		ip("link set d0 name d9")
		until(t, w, "d0 is d9", func(v *View) bool { _, ok := v.ByName("d9"); return ok && v.ScopeID("d0") == 0 })
		ip("link del d9")
		until(t, w, "d9 is gone", func(v *View) bool { _, ok := v.ByName("d9"); return !ok })
	})
}

// An address under duplicate detection, or that failed it, cannot be used and is not shown.
func TestDuplicateAddressIsNotShown(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		ip("link add va type veth peer name vb")
		for _, dev := range []string{"va", "vb"} {
			ip("link set " + dev + " addrgenmode none")
			ip("link set " + dev + " up")
		}
		ip("addr add 2001:db8::1/64 dev va nodad")
		w, stop := watch(t)
		defer stop()
		ip("addr add 2001:db8::1/64 dev vb")
		ip("addr add 10.0.0.1/24 dev vb")
		until(t, w, "the IPv4 address of vb", func(v *View) bool { _, ok := v.FirstAddr("vb", IPv4); return ok })
		if a, ok := w.GlobalIPv6("vb"); ok {
			t.Errorf("%v is shown while it is tentative", a)
		}
	})
}

// Changes that outrun the reader make the kernel drop notices; the state is right all the same.
func TestOverrun(t *testing.T) {
	inNamespace(t, func(ip func(string)) {
		ip("link add d0 type veth peer name far")
		w, stop := watch(t)
		defer stop()
		batch, err := os.CreateTemp(t.TempDir(), "batch")
		if err != nil {
			t.Error(err)
			return
		}
		for i := range 2000 {
			add := "addr add 10." + []string{"1", "2"}[i%2] + "." + strconv.Itoa(i/250) + "." + strconv.Itoa(i%250+1) + "/32 dev d0\n"
			if _, err := batch.WriteString(add); err != nil {
				t.Error(err)
			}
		}
		batch.Close()
		ip("-batch " + batch.Name())
		until(t, w, "2000 addresses", func(v *View) bool {
			d0, _ := v.ByName("d0")
			n := 0
			for _, p := range d0.Addrs {
				if p.Addr().Is4() {
					n++
				}
			}
			return n == 2000
		})
	})
}

// elapse lets virtual time pass.
func elapse(d time.Duration) { <-time.After(d) }

// A receive error is a reason to look, whatever it is.
func TestListenAfterErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error)
		changed := make(chan struct{}, 1)
		go listen(ctx, func() error { return <-results }, changed)
		for _, err := range []error{nil, syscall.ENOBUFS, errors.New("other"), syscall.ENOBUFS} {
			results <- err
			<-changed
		}
		cancel()
		results <- errors.New("closed")
		synctest.Wait()
	})
}

// A dump that fails keeps the old view, says so, and is repeated.
func TestFailedDumpIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		w := Fake(Interface{Name: "old", Index: 1})
		changed := make(chan struct{}, 1)
		broken := errors.New("no memory")
		dumps := 0
		go refresh(ctx, changed, func() error {
			if dumps++; dumps < 3 {
				w.setErr(broken)
				return broken
			}
			w.setErr(nil)
			w.publish(NewView([]Interface{{Name: "new", Index: 1}}))
			return nil
		})
		changed <- struct{}{}
		elapse(retryGap / 2)
		if w.Err() != broken || w.ScopeName(1) != "old" {
			t.Errorf("error %v, shows %s", w.Err(), w.ScopeName(1))
		}
		start := time.Now()
		<-w.Changes()
		if w.Err() != nil || w.ScopeName(1) != "new" || time.Since(start) > 3*retryGap {
			t.Errorf("error %v, shows %s after %v", w.Err(), w.ScopeName(1), time.Since(start))
		}
		for range 100 { // a storm
			select {
			case changed <- struct{}{}:
			default:
			}
			elapse(time.Millisecond)
		}
		cancel()
		synctest.Wait()
		if dumps > 3+4 {
			t.Errorf("%d dumps in 100 ms of changes", dumps-3)
		}
	})
}
