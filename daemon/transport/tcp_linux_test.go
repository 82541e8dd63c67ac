package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// option reads an integer socket option of a connection.
func option(t *testing.T, c Conn, level, name int) int {
	t.Helper()
	var value int
	err := control(c.(*tcpConn).raw, func(fd int) (err error) {
		value, err = unix.GetsockoptInt(fd, level, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestSocketOptions(t *testing.T) {
	for _, w := range worlds(t)[:2] {
		t.Run(w.name, func(t *testing.T) {
			w.hosted(t)
			ttl, minTTL, class, level := unix.IP_TTL, unix.IP_MINTTL, unix.IP_TOS, unix.IPPROTO_IP
			if w.at.Is6() {
				ttl, minTTL, class, level = unix.IPV6_UNICAST_HOPS, unix.IPV6_MINHOPCOUNT, unix.IPV6_TCLASS, unix.IPPROTO_IPV6
			}
			l, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.AddrPortFrom(w.at, 0), DSCP: 48, HasDSCP: true})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			c := w.dial(t, l.Addr(), Options{MinTTL: 254, DSCP: 46, HasDSCP: true})
			s := accept(t, l)
			plain := w.dial(t, l.Addr(), Options{TTL: 1})
			probed := w.dial(t, l.Addr(), Options{KeepAlive: KeepAlive{Idle: 60, Interval: 10, Probes: 3}})
			if err := s.SetKeepAlive(KeepAlive{Idle: 5, Interval: 1, Probes: 2}); err != nil {
				t.Fatal(err)
			}
			for _, check := range []struct {
				what      string
				got, want int
			}{
				{"TTL under GTSM", option(t, c, level, ttl), 255},
				{"minimum TTL", option(t, c, level, minTTL), 254},
				{"DSCP dialed", option(t, c, level, class) &^ 3, 46 << 2},
				{"DSCP accepted", option(t, s, level, class) &^ 3, 48 << 2},
				{"TTL accepted", option(t, s, level, ttl), 255},
				{"TTL asked for", option(t, plain, level, ttl), 1},
				{"no minimum", option(t, plain, level, minTTL), 0},
				{"TCP keepalive", option(t, plain, unix.SOL_SOCKET, unix.SO_KEEPALIVE), 0},
				{"TCP keepalive asked for", option(t, probed, unix.SOL_SOCKET, unix.SO_KEEPALIVE), 1},
				{"time before probes", option(t, probed, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE), 60},
				{"time between probes", option(t, probed, unix.IPPROTO_TCP, unix.TCP_KEEPINTVL), 10},
				{"probes", option(t, probed, unix.IPPROTO_TCP, unix.TCP_KEEPCNT), 3},
				{"probes of an accepted connection", option(t, s, unix.IPPROTO_TCP, unix.TCP_KEEPCNT), 2},
				{"no delay", option(t, plain, unix.IPPROTO_TCP, unix.TCP_NODELAY), 1},
			} {
				if check.got != check.want {
					t.Errorf("%s is %d, want %d", check.what, check.got, check.want)
				}
			}
			if err := probed.SetKeepAlive(KeepAlive{}); err != nil || option(t, probed, unix.SOL_SOCKET, unix.SO_KEEPALIVE) != 0 {
				t.Errorf("the probes do not end: %v", err)
			}
		})
	}
}

func TestBindNamesTheHolder(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", "0.0.0.0:0"} {
		needs(t, netip.MustParseAddrPort(addr).Addr())
		l, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort(addr)})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, err = TCP().Listen(t.Context(), ListenOptions{Addr: l.Addr()})
		var e *BindError
		if !errors.As(err, &e) || e.PID != os.Getpid() || e.Program == "" {
			t.Errorf("%s: got %#v", addr, err)
		}
	}
}

func TestBindErrorWords(t *testing.T) {
	at := netip.MustParseAddrPort("0.0.0.0:179")
	for _, c := range []struct {
		e            BindError
		text, remedy string
	}{
		{BindError{Addr: at, Cause: BindInUse, PID: 4711, Program: "bird"},
			"listen on 0.0.0.0:179: address in use by pid 4711 (bird)", "stop pid 4711 (bird), or listen on another address or port"},
		{BindError{Addr: at, Cause: BindDenied, Err: unix.EACCES},
			"listen on 0.0.0.0:179: no permission for a port below 1024",
			"run as root, give the program CAP_NET_BIND_SERVICE, or listen on a port above 1023"},
		{BindError{Addr: at, Cause: BindAbsent}, "listen on 0.0.0.0:179: no interface has this address", "it is bound when the address appears"},
		{BindError{Addr: at, Err: unix.ENOBUFS}, "listen on 0.0.0.0:179: no buffer space available (os error 105)", ""},
	} {
		if c.e.Error() != c.text || c.e.Remedy() != c.remedy {
			t.Errorf("got %q, %q", c.e.Error(), c.e.Remedy())
		}
	}
	refused := dialError(at, 0, &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", unix.ECONNREFUSED)})
	if refused.Reason() != "connection refused (os error 111)" || refused.Errno() != unix.ECONNREFUSED {
		t.Errorf("got %q", refused.Reason())
	}
}

// Without the privilege a low port is refused with a remedy. The test drops it on one thread only.
func TestBindWithoutPrivilege(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("runs as root, to show what happens to others")
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); e != 0 {
			done <- e
			return
		}
		l, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("127.0.0.1:1")})
		if err == nil {
			l.Close()
		}
		done <- err
	}()
	var e *BindError
	if err := <-done; !errors.As(err, &e) || e.Cause != BindDenied {
		t.Errorf("got %v", err)
	}
}

func TestProcTable(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:00B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0000000000000000 100 0 0 10 0
   1: 00000000:00B3 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0000000000000000 100 0 0 10 0
   2: 0200007F:00B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0000000000000000 100 0 0 10 0
   3: broken
   4: 00000000000000000000000000000000:00B3 0:0 0A 0:0 00:0 0 0 0 444 1 0 100 0 0 10 0
   5: 00000000000000000000000001000000:00B4 0:0 0A 0:0 00:0 0 0 0 555 1 0 100 0 0 10 0
`
	for addr, want := range map[string]string{
		"127.0.0.1:179": "111 444", "0.0.0.0:179": "111 333 444", "[::1]:180": "555", "[::]:179": "444", "[::1]:999": "",
	} {
		inodes := make(map[string]bool)
		listeningInodes(strings.NewReader(table), netip.MustParseAddrPort(addr), inodes)
		var got []string
		for _, n := range []string{"111", "222", "333", "444", "555"} {
			if inodes["socket:["+n+"]"] {
				got = append(got, n)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", addr, got, want)
		}
	}
}

// apart runs test with two network namespaces joined by a veth pair, va and vb, with link-local and global addresses.
// enter moves the calling goroutine, and all that it opens, into one of them. The goroutine keeps its thread for ever.
func apart(t *testing.T, test func(t *testing.T, enter func(side string))) {
	if os.Getuid() != 0 {
		t.Skip("needs root to make network namespaces")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the ip command of iproute2")
	}
	done := make(chan struct{})
	var forbidden error
	go func() {
		defer close(done)
		runtime.LockOSThread()
		spaces := map[string]int{}
		for _, side := range []string{"a", "b"} {
			if forbidden = unix.Unshare(unix.CLONE_NEWNET); forbidden != nil {
				return
			}
			fd, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer unix.Close(fd)
			spaces[side] = fd
		}
		enter := func(side string) {
			if err := unix.Setns(spaces[side], unix.CLONE_NEWNET); err != nil {
				panic(err)
			}
		}
		other := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), spaces["b"])
		enter("a")
		steps := []string{"link add va type veth peer name vb", "link set vb netns " + other}
		for i, side := range []string{"a", "b"} {
			dev, n := "v"+side, fmt.Sprint(i+1)
			steps = append(steps, "side "+side, "link set lo up", "link set "+dev+" addrgenmode none",
				"addr add fe80::"+n+"/64 dev "+dev+" nodad", "addr add 2001:db8::"+n+"/64 dev "+dev+" nodad",
				"addr add 10.0.0."+n+"/24 dev "+dev, "link set "+dev+" up")
		}
		for _, step := range steps {
			args := strings.Fields(step)
			if args[0] == "side" {
				enter(args[1])
			} else if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
				t.Errorf("ip %s: %v: %s", step, err, out)
				return
			}
		}
		enter("a")
		for _, there := range []string{"10.0.0.2:9", "[fe80::2%va]:9"} {
			if err := reaches(t.Context(), netip.MustParseAddrPort(there)); err != nil {
				t.Error("the link never comes up: ", err)
				return
			}
		}
		test(t, enter)
	}()
	<-done
	if forbidden != nil {
		t.Skip("needs leave to make network namespaces: ", forbidden)
	}
}

// reaches waits until the host of addr refuses a connection. The kernel takes its time with a new link.
func reaches(ctx context.Context, addr netip.AddrPort) (err error) {
	for range 20 { // each takes the three seconds of address resolution where nobody answers
		_, err = TCP().Dial(ctx, addr, Options{})
		var failed *DialError
		if errors.As(err, &failed) && failed.Cause == DialRefused {
			return nil
		}
	}
	return err
}

func TestLinkLocalPeers(t *testing.T) {
	apart(t, func(t *testing.T, enter func(string)) {
		enter("b")
		l, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("[::]:1790")})
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		if err := l.SetPassword(netip.MustParsePrefix("fe80::1/128"), "vb", "key"); err != nil {
			t.Error(err)
			return
		}
		for _, o := range []struct {
			remote string
			Options
		}{
			{"[fe80::2]:1790", Options{Interface: "va", Password: "key", MinTTL: 255}},
			{"[fe80::2%va]:1790", Options{Local: netip.MustParseAddrPort("[fe80::1]:0"), Password: "key"}},
		} {
			enter("a")
			c, err := TCP().Dial(t.Context(), netip.MustParseAddrPort(o.remote), o.Options)
			if err != nil {
				t.Error(err)
				return
			}
			if c.RemoteAddr() != netip.MustParseAddrPort("[fe80::2%va]:1790") || c.LocalAddr().Addr().String() != "fe80::1%va" {
				t.Errorf("client is %v -> %v", c.LocalAddr(), c.RemoteAddr())
			}
			enter("b")
			s, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			if s.LocalAddr().String() != "[fe80::2%vb]:1790" || s.RemoteAddr().Addr().String() != "fe80::1%vb" {
				t.Errorf("server is %v <- %v", s.LocalAddr(), s.RemoteAddr())
			}
			s.CloseNow()
			c.CloseNow()
		}
		linked, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("[fe80::2%vb]:1791")})
		if err != nil {
			t.Error(err)
			return
		}
		if linked.Addr().String() != "[fe80::2%vb]:1791" {
			t.Errorf("listens at %v", linked.Addr())
		}
		linked.Close()
	})
}

func TestInterfaceBinds(t *testing.T) {
	apart(t, func(t *testing.T, enter func(string)) {
		enter("b")
		l, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("10.0.0.2:1790")})
		if err != nil {
			t.Error(err)
			return
		}
		defer l.Close()
		enter("a")
		c, err := TCP().Dial(t.Context(), l.Addr(), Options{Interface: "va"})
		if err != nil {
			t.Error(err)
			return
		}
		var bound string
		err = control(c.(*tcpConn).raw, func(fd int) (err error) {
			bound, err = unix.GetsockoptString(fd, unix.SOL_SOCKET, unix.SO_BINDTODEVICE)
			return err
		})
		if bound != "va" || err != nil {
			t.Errorf("bound to %q, %v", bound, err)
		}
		c.CloseNow()
		var failed *DialError
		if _, err := TCP().Dial(t.Context(), l.Addr(), Options{Interface: "nosuch0"}); !errors.As(err, &failed) || failed.Cause != DialInvalid {
			t.Errorf("by no interface: %v", err)
		}
		if _, err := TCP().Dial(t.Context(), netip.MustParseAddrPort("203.0.113.1:179"), Options{}); !errors.As(err, &failed) ||
			failed.Cause != DialUnreachable {
			t.Errorf("no route: %v", err)
		}
	})
}

func TestTCPWritesWithoutWaiting(t *testing.T) {
	l, err := TCP().Listen(t.Context(), ListenOptions{Addr: netip.MustParseAddrPort("127.0.0.1:0")})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err := TCP().Dial(t.Context(), l.Addr(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer near.CloseNow()
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer far.CloseNow()

	piece, total, full := make([]byte, 100_000), int64(0), false
	for i := range piece {
		piece[i] = byte(i % 251)
	}
	for !full { // nobody reads
		v := net.Buffers{piece[:10], piece[10:]}
		n, err := near.(TryWriter).TryWriteBuffers(&v)
		if err != nil {
			t.Fatal(err)
		}
		left := int64(0)
		for _, b := range v {
			left += int64(len(b))
		}
		if n+left != int64(len(piece)) {
			t.Fatalf("%d bytes written and %d left, of %d", n, left, len(piece))
		}
		total, full = total+n, left > 0
	}
	got, buf := int64(0), make([]byte, 1<<16)
	for got < total {
		n, err := far.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range buf[:n] {
			if want := piece[(got+int64(i))%int64(len(piece))]; b != want {
				t.Fatalf("byte %d is %d, want %d", got+int64(i), b, want)
			}
		}
		got += int64(n)
	}
	far.CloseNow()
	if _, err := near.Read(buf); err == nil {
		t.Error("read from a connection that was reset")
	}
	v := net.Buffers{piece}
	if _, err := near.(TryWriter).TryWriteBuffers(&v); err == nil {
		t.Error("wrote to a connection that was reset")
	}
}
