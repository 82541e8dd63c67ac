package transport

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// md5Works reports whether this kernel takes TCP MD5 keys from us.
func md5Works(t *testing.T) bool {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	return setMD5(fd, netip.MustParsePrefix("127.0.0.1/32"), "key") == nil
}

// silent dials a listener that must not answer.
func (w world) silent(t *testing.T, to netip.AddrPort, o Options) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
	defer cancel()
	c, err := w.client.Dial(ctx, to, o)
	if err == nil {
		c.CloseNow()
		t.Fatal("connected")
	}
	var failed *DialError
	if !errors.As(err, &failed) || failed.Cause != DialTimeout || !failed.Timeout() || failed.Elapsed < 100*time.Millisecond {
		t.Errorf("got %#v", err)
	}
}

func TestPasswords(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if !w.md5 {
			t.Skip("this kernel takes no TCP MD5 keys (CONFIG_TCP_MD5SIG)")
		}
		l := w.listen(t)
		one := netip.PrefixFrom(w.from, w.from.BitLen())
		subnet, err := w.from.Prefix(w.from.BitLen() - 8)
		if err != nil {
			t.Fatal(err)
		}
		set := func(p netip.Prefix, key Secret) {
			t.Helper()
			if err := l.SetPassword(p, "", key); err != nil {
				t.Fatal(err)
			}
		}
		set(one, "right")
		c := w.dial(t, l.Addr(), Options{Password: "right"})
		s := accept(t, l)
		write(t, c, "signed")
		expect(t, s, "signed")
		w.silent(t, l.Addr(), Options{Password: "wrong"})
		w.silent(t, l.Addr(), Options{})

		set(subnet, "subnet's") // the longer prefix wins
		w.silent(t, l.Addr(), Options{Password: "subnet's"})
		set(one, "changed")
		w.dial(t, l.Addr(), Options{Password: "changed"})
		accept(t, l)
		set(one, "")
		w.dial(t, l.Addr(), Options{Password: "subnet's"})
		accept(t, l)
		set(subnet, "")
		set(subnet, "") // nothing left to remove
		w.silent(t, l.Addr(), Options{Password: "right"})
		w.dial(t, l.Addr(), Options{})
		accept(t, l)

		write(t, c, "keys of connections stay")
		expect(t, s, "keys of connections stay")
	})
}

// A connection takes another key, a first one and none: what the ends send each other while they differ arrives once they agree.
func TestPasswordOfConnection(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if !w.md5 {
			t.Skip("this kernel takes no TCP MD5 keys (CONFIG_TCP_MD5SIG)")
		}
		l := w.listen(t)
		set := func(c Conn, key Secret) {
			t.Helper()
			if err := c.SetPassword(key); err != nil {
				t.Fatal(err)
			}
		}
		for _, keys := range [][]Secret{{"one", "two", "three"}, {"", "first", "second"}, {"last", "", ""}, {"gone", "", "again"}} {
			if err := l.SetPassword(netip.PrefixFrom(w.from, w.from.BitLen()), "", keys[0]); err != nil {
				t.Fatal(err)
			}
			client := w.dial(t, l.Addr(), Options{Password: keys[0]})
			server := accept(t, l)
			for i, key := range keys[1:] {
				ends := [2]Conn{client, server}
				first, second := ends[i%2], ends[1-i%2]
				set(first, key)
				write(t, first, "from the first")
				write(t, second, "from the second")
				if n, err := first.Unsent(); key != keys[i] && (n == 0 || err != nil) {
					t.Errorf("%q to %q at one end: the other took what it sent (%v)", string(keys[i]), string(key), err)
				}
				set(second, key)
				expect(t, second, "from the first")
				expect(t, first, "from the second")
			}
			if err := client.SetPassword(Secret(make([]byte, maxPassword+1))); !errors.Is(err, errPassword) {
				t.Errorf("a key of %d bytes: %v", maxPassword+1, err)
			}
			client.Close()
			if err := client.SetPassword("late"); !errors.Is(err, net.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}

func TestPasswordsPerInterface(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if !w.md5 {
			t.Skip("this kernel takes no TCP MD5 keys (CONFIG_TCP_MD5SIG)")
		}
		if !w.at.Is6() {
			t.Skip("link-local addresses are IPv6")
		}
		l := w.listen(t)
		peer := netip.MustParsePrefix("fe80::2/128")
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(l.SetPassword(peer, "eth0", "k1"))
		if err := l.SetPassword(peer, "eth1", "k2"); !errors.Is(err, ErrPasswordConflict) {
			t.Errorf("a second key gives %v", err)
		}
		must(l.SetPassword(peer, "eth1", "k1"))
		must(l.SetPassword(peer, "eth0", ""))
		if err := l.SetPassword(peer, "eth0", "k3"); !errors.Is(err, ErrPasswordConflict) {
			t.Errorf("eth1 still demands k1, eth0 gets %v", err)
		}
		must(l.SetPassword(peer, "eth1", ""))
		must(l.SetPassword(peer, "eth0", "k3"))
		must(l.SetPassword(netip.MustParsePrefix("10.9.9.9/32"), "", "ignored")) // cannot call an IPv6 listener
	})
}

func TestPasswordChecks(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		long := make([]byte, 81)
		if err := l.SetPassword(netip.PrefixFrom(w.from, w.from.BitLen()), "", Secret(long)); err == nil {
			t.Error("81 bytes were taken")
		}
		if err := l.SetPassword(netip.Prefix{}, "", "key"); err == nil {
			t.Error("no prefix was taken")
		}
	})
}

// A packet with too small a TTL never reaches the reader; the same bytes arrive once the sender sends them with 255.
func TestMinTTL(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		client := w.dial(t, l.Addr(), Options{})
		guarded := accept(t, l)
		if err := guarded.SetMinTTL(255); err != nil {
			t.Fatal(err)
		}
		got := make(chan string, 1)
		go func() {
			var b [16]byte
			n, _ := guarded.Read(b[:])
			got <- string(b[:n])
		}()
		write(t, client, "near")
		other := w.dial(t, l.Addr(), Options{})
		unguarded := accept(t, l)
		for range 3 { // what was written first would have been here by now
			write(t, other, "ping")
			expect(t, unguarded, "ping")
			write(t, unguarded, "pong")
			expect(t, other, "pong")
		}
		select {
		case s := <-got:
			t.Fatalf("%q passed with the default TTL", s)
		default:
		}
		if n, err := client.Unsent(); n != 4 || err != nil {
			t.Errorf("%d unsent, %v", n, err)
		}
		if err := client.SetTTL(255); err != nil {
			t.Fatal(err)
		}
		if s := <-got; s != "near" {
			t.Errorf("got %q", s)
		}
	})
}

func TestMinTTLOnBothEnds(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		client := w.dial(t, l.Addr(), Options{MinTTL: 254, TTL: 1})
		server := accept(t, l)
		if err := server.SetMinTTL(255); err != nil {
			t.Fatal(err)
		}
		write(t, client, "a")
		expect(t, server, "a")
		write(t, server, "b")
		expect(t, client, "b")
		if err := server.SetMinTTL(0); err != nil {
			t.Fatal(err)
		}
		if err := client.SetTTL(0); err != nil {
			t.Fatal(err)
		}
		write(t, client, "c")
		expect(t, server, "c")
	})
}

// A caller's first SYN needs the TTL already: what is in the connection before anybody accepts it came from near.
func TestGuards(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		l := w.listen(t)
		set := func(guards ...Guard) {
			t.Helper()
			if err := l.SetGuards(guards); err != nil {
				t.Fatal(err)
			}
		}
		other := netip.MustParsePrefix("192.0.2.1/32")
		if w.from.Is6() {
			other = netip.MustParsePrefix("2001:db8::1/128")
		}
		one := netip.PrefixFrom(w.from, w.from.BitLen())
		wide, err := w.from.Prefix(w.from.BitLen() - 3)
		if err != nil {
			t.Fatal(err)
		}
		set(Guard{other, 255}, Guard{one, 254})
		w.silent(t, l.Addr(), Options{TTL: 200})
		w.dial(t, l.Addr(), Options{TTL: 255})
		far := accept(t, l)
		far.CloseNow()

		set(Guard{wide, 255}, Guard{one, 100})
		c := w.dial(t, l.Addr(), Options{TTL: 200})
		s := accept(t, l)
		write(t, c, "the longer prefix counts")
		expect(t, s, "the longer prefix counts")

		set(Guard{wide, 255})
		w.silent(t, l.Addr(), Options{TTL: 200})
		if err := s.SetMinTTL(150); err != nil {
			t.Fatal(err)
		}
		write(t, c, "a connection keeps what it has")
		expect(t, s, "a connection keeps what it has")

		set()
		w.dial(t, l.Addr(), Options{TTL: 200})
		accept(t, l).CloseNow()
	})
}

// The kernel takes as many guards as a program has room for.
func TestManyGuards(t *testing.T) {
	for _, six := range []bool{false, true} {
		var guards []Guard
		for i := range 5000 {
			a := netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
			if six {
				a = netip.AddrFrom16([16]byte{0x20, 1, 14: byte(i >> 8), 15: byte(i)})
			}
			guards = append(guards, Guard{netip.PrefixFrom(a, a.BitLen()), 255})
		}
		at := netip.MustParseAddrPort(map[bool]string{false: "127.0.0.1:0", true: "[::1]:0"}[six])
		needs(t, at.Addr())
		l, err := TCP().Listen(t.Context(), ListenOptions{Addr: at})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if err := l.SetGuards(guards); err != nil {
			t.Errorf("IPv6 %v: %v", six, err)
		}
		if n := len(guardFilter(ordered(guards, six), six)); n < 900 {
			t.Errorf("IPv6 %v: a program of %d", six, n)
		}
	}
}

func TestDSCPRange(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if _, err := w.server.Listen(t.Context(), ListenOptions{Addr: netip.AddrPortFrom(w.at, 0), DSCP: 64, HasDSCP: true}); err == nil {
			t.Error("listener took 64")
		}
		l, err := w.server.Listen(t.Context(), ListenOptions{Addr: netip.AddrPortFrom(w.at, 0), DSCP: 48, HasDSCP: true})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		c := w.dial(t, l.Addr(), Options{DSCP: 46, HasDSCP: true})
		s := accept(t, l)
		if s.SetDSCP(0) != nil || s.SetDSCP(63) != nil || s.SetDSCP(64) == nil {
			t.Error("0 to 63 and nothing else")
		}
		write(t, c, "marked")
		expect(t, s, "marked")
	})
}

func TestDialEndsWithContext(t *testing.T) {
	everywhere(t, func(t *testing.T, w world) {
		if !w.md5 {
			t.Skip("needs a listener that keeps silent; this kernel takes no TCP MD5 keys")
		}
		l := w.listen(t)
		if err := l.SetPassword(netip.PrefixFrom(w.from, w.from.BitLen()), "", "key"); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		_, err := w.client.Dial(ctx, l.Addr(), Options{})
		var failed *DialError
		if !errors.As(err, &failed) || failed.Cause != DialCanceled {
			t.Errorf("got %v", err)
		}
	})
}
