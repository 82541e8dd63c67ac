package kernel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sort"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
)

const (
	// refreshGap is the least time between two reads of the kernel: a storm of changes costs at most 20 reads a second.
	refreshGap = 50 * time.Millisecond
	// dumpShare bounds what reads may take of a processor: behind one there is a pause of so many times as long.
	dumpShare = 10
	// retryGap is how long a failed read waits for the next one.
	retryGap = time.Second
	// dumpTries is how often a dump that changed under the kernel's hands is repeated at once.
	dumpTries = 5
)

// The multicast groups of linux/rtnetlink.h that say that a link or an address changed.
var groups = []uint{syscall.RTNLGRP_LINK, syscall.RTNLGRP_IPV4_IFADDR, syscall.RTNLGRP_IPV6_IFADDR}

// Netlink watches the kernel's links and addresses until ctx ends, without privilege. The network namespace is that of
// the calling thread. The first View is complete when it returns.
func Netlink(ctx context.Context) (*Watcher, error) {
	events, err := nl.Subscribe(syscall.NETLINK_ROUTE, groups...)
	if err != nil {
		return nil, fmt.Errorf("subscribe to link changes: %w", err)
	}
	h, err := netlink.NewHandle(syscall.NETLINK_ROUTE)
	if err != nil {
		events.Close()
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	v, err := read(h)
	if err != nil {
		events.Close()
		h.Close()
		return nil, fmt.Errorf("read links and addresses: %w", err)
	}
	w := newWatcher(v)
	w.ctx, w.openRoutes = ctx, w.watchRoutes
	changed := make(chan struct{}, 1)
	context.AfterFunc(ctx, events.Close) // ends listen
	w.running.Go(func() {
		listen(ctx, func() error { _, _, err := events.Receive(); return err }, changed)
	})
	w.running.Go(func() {
		defer h.Close()
		refresh(ctx, changed, func() error {
			v, err := read(h)
			w.setErr(err)
			if err == nil {
				w.publish(v)
			}
			return err
		})
	})
	return w, nil
}

// listen says changed after every notice of the kernel, and after every error: a lost notice (ENOBUFS) may have been any.
// What the notice says is not used, so that there is one way to learn the state, the dump.
func listen(ctx context.Context, receive func() error, changed chan<- struct{}) {
	for {
		err := receive()
		if ctx.Err() != nil {
			return
		}
		signal(changed)
		if err != nil && !errors.Is(err, syscall.ENOBUFS) && !pause(ctx, retryGap) {
			return
		}
	}
}

// refresh carries read out after each changed, and again after it failed, until ctx ends. The pause between two reads grows
// with what one takes.
func refresh(ctx context.Context, changed <-chan struct{}, read func() error) {
	var again <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-again:
		}
		begun := time.Now()
		err := read()
		again = nil
		if err != nil {
			again = time.After(retryGap)
		}
		if !pause(ctx, max(refreshGap, dumpShare*time.Since(begun))) {
			return
		}
	}
}

// pause waits d and reports whether ctx still runs.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// read dumps links and addresses, again while they change meanwhile.
func read(h *netlink.Handle) (v *View, err error) {
	for range dumpTries {
		if v, err = readOnce(h); !errors.Is(err, netlink.ErrDumpInterrupted) {
			return v, err
		}
	}
	return v, err
}

func readOnce(h *netlink.Handle) (*View, error) {
	links, err := h.LinkList()
	if err != nil {
		return nil, err
	}
	addrs, err := h.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
		return nil, err
	}
	vrfs := map[int]bool{}
	for _, l := range links {
		if l.Type() == "vrf" {
			vrfs[l.Attrs().Index] = true
		}
	}
	list := make([]Interface, 0, len(links))
	place := make(map[int]int, len(links))
	for _, l := range links {
		a := l.Attrs()
		place[a.Index] = len(list)
		list = append(list, Interface{Name: a.Name, Index: a.Index, Up: isUp(a), VRF: vrfs[a.Index] || vrfs[a.MasterIndex]})
	}
	sort.SliceStable(addrs, func(i, j int) bool { // what is about to go comes last
		return addrs[i].Flags&syscall.IFA_F_DEPRECATED < addrs[j].Flags&syscall.IFA_F_DEPRECATED
	})
	for _, a := range addrs {
		at, ok := place[a.LinkIndex]
		if !ok || a.Flags&(syscall.IFA_F_TENTATIVE|syscall.IFA_F_DADFAILED) != 0 && a.Flags&syscall.IFA_F_OPTIMISTIC == 0 {
			continue
		}
		own, ok := prefixOf(a.IPNet)
		if !ok {
			continue
		}
		list[at].Addrs = append(list[at].Addrs, own)
		if far, ok := prefixOf(a.Peer); ok && far != own {
			list[at].Peers, list[at].Near = append(list[at].Peers, far), append(list[at].Near, own.Addr())
		}
	}
	return NewView(list), nil
}

// isUp reports whether packets can pass: enabled, and running, which for an ordinary link means carrier.
func isUp(a *netlink.LinkAttrs) bool {
	return a.Flags&net.FlagUp != 0 && a.RawFlags&syscall.IFF_RUNNING != 0
}

func prefixOf(n *net.IPNet) (netip.Prefix, bool) {
	if n == nil {
		return netip.Prefix{}, false
	}
	a, ok := netip.AddrFromSlice(n.IP)
	ones, _ := n.Mask.Size()
	return netip.PrefixFrom(a.Unmap(), ones), ok
}
