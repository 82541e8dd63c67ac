package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.org/x/sys/unix"
)

// replacement is a notice that a route of a protocol took the place of another one to p, of IPv4.
func replacement(p netip.Prefix, protocol uint8) []byte {
	b := routeRequest(0, unix.AF_INET, MainTable, protocol)
	binary.NativeEndian.PutUint16(b[4:], unix.RTM_NEWROUTE)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REPLACE)
	b[unix.SizeofNlMsghdr+1] = uint8(p.Bits())
	b = binary.NativeEndian.AppendUint16(b, 8)
	b = binary.NativeEndian.AppendUint16(b, unix.RTA_DST)
	b = append(b, p.Addr().AsSlice()...)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	return b
}

// scripted is a watcher whose kernel a test plays: dump gives the routes, and each of notices is one notice.
func scripted(t *testing.T, notices <-chan []byte, dump func(n int) ([]Route, error)) *Watcher {
	ctx, cancel := context.WithCancel(t.Context())
	w, dumps := Fake(), 0
	w.ctx, w.openRoutes = ctx, func(ctx context.Context, all []Selection) (<-chan struct{}, error) {
		receive := func() error {
			for {
				select {
				case n := <-notices:
					if w.concerns(n, all) {
						return nil
					}
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		return w.follow(ctx, receive, func() (*Routes, error) {
			dumps++
			list, err := dump(dumps)
			return newRoutes(list), err
		}, func() {})
	}
	t.Cleanup(func() { cancel(); w.Wait() })
	return w
}

var someRoutes = []Route{{Prefix: netip.MustParsePrefix("203.0.113.0/24"), Table: MainTable, Protocol: ProtoStatic}}

// A route that is replaced while it is read, and before it is shown, does not stay.
func TestReplacedWhileRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		notices := make(chan []byte)
		w := scripted(t, notices, func(n int) ([]Route, error) {
			switch n {
			case 1:
				return nil, nil
			case 2:
				notices <- replacement(netip.MustParsePrefix("198.51.100.0/24"), ProtoBGP)
				notices <- replacement(someRoutes[0].Prefix, ProtoBGP)
				return someRoutes, nil
			}
			return nil, nil
		})
		if err := w.Want([]Selection{{MainTable, ProtocolsOf(ProtoStatic)}}); err != nil {
			t.Fatal(err)
		}
		notices <- replacement(someRoutes[0].Prefix, ProtoStatic)
		synctest.Wait()
		if len(w.Routes().All()) != 1 {
			t.Error("what was read is not shown")
		}
		elapse(2 * refreshGap)
		if len(w.Routes().All()) != 0 {
			t.Error("the replaced route is still shown")
		}
	})
}

// So many replaced routes are not remembered: the routes are read again. Of fewer that nobody wants they are not.
func TestManyReplacedWhileRead(t *testing.T) {
	for many, want := range map[int]bool{replacedMost - 1: false, replacedMost: true} {
		var r replacements
		r.note(someRoutes[0].Prefix) // before it is read
		r.begin()
		for range many {
			r.note(netip.MustParsePrefix("198.51.100.0/24"))
		}
		if r.end(newRoutes(someRoutes)) != want {
			t.Errorf("%d replaced: to be read again is not %v", many, want)
		}
	}
}

// Routes that cannot be read are read again, and those before are shown until then.
func TestFailedReadOfRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("no memory")
		var works atomic.Bool
		w := scripted(t, nil, func(n int) ([]Route, error) {
			if n > 1 && !works.Load() {
				return nil, broken
			}
			return someRoutes[:1/n], nil // none but the first time
		})
		if err := w.Want([]Selection{everything}); err != nil {
			t.Fatal(err)
		}
		all := []Selection{{MainTable, ProtocolsOf(ProtoStatic)}}
		if err := w.Want(all); !errors.Is(err, ErrAgain) || !errors.Is(err, broken) {
			t.Errorf("the error is %v", err)
		}
		elapse(3 * retryGap)
		if len(w.Routes().All()) != 1 {
			t.Error("the routes before are not shown")
		}
		works.Store(true)
		elapse(2 * retryGap)
		if len(w.Routes().All()) != 0 {
			t.Errorf("shown are %v", w.Routes().All())
		}
		if err := w.Want(all); err != nil {
			t.Error(err)
		}
	})
}
