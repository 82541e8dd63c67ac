package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// dumpSingly is for how many protocols the kernel is asked one by one, so that it copies no others. For more it is asked once.
	dumpSingly = 4
	dumpBuffer = 128 << 10 // the kernel fills 32 KiB at a time at most
	// noticeBuffer is the memory for notices that nobody has read yet; a burst beyond it costs one dump more.
	noticeBuffer = 1 << 20
)

// watchRoutes reads the selected routes, publishes them, and goes on doing so after notices until ctx ends. An error that is ErrAgain is of the
// first read alone.
func (w *Watcher) watchRoutes(ctx context.Context, all []Selection) (ended <-chan struct{}, err error) {
	notices, err := subscribe(all)
	if err != nil {
		return nil, fmt.Errorf("subscribe to route changes: %w", err)
	}
	d, err := newDumper()
	if err != nil {
		notices.Close()
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	context.AfterFunc(ctx, func() { notices.Close() }) // ends listen
	buf := make([]byte, 16<<10)
	receive := func() error { return w.notice(notices, buf, all) }
	return w.follow(ctx, receive, func() (*Routes, error) { return d.selected(all) }, d.close)
}

// follow publishes what dump gives, at once and after each notice that receive waits for, until ctx ends; end is called then, when dump is not
// called any more.
func (w *Watcher) follow(ctx context.Context, receive func() error, dump func() (*Routes, error), end func()) (ended <-chan struct{}, err error) {
	changed, heard, done := make(chan struct{}, 1), make(chan struct{}), make(chan struct{})
	read := func() error {
		w.replaced.begin()
		list, err := dump()
		if err == nil {
			w.publishRoutes(list)
		}
		if w.replaced.end(w.Routes()) {
			signal(changed)
		}
		return err
	}
	if err = read(); err != nil {
		err = fmt.Errorf("read routes: %w; %w", err, ErrAgain)
		signal(changed)
	}
	w.running.Go(func() {
		defer close(heard)
		listen(ctx, receive, changed)
	})
	w.running.Go(func() {
		defer close(done)
		defer end()
		refresh(ctx, changed, read)
		<-heard
	})
	return done, err
}

// notice waits for a notice that may change the selected routes.
func (w *Watcher) notice(f *os.File, buf []byte, all []Selection) error {
	for {
		n, err := f.Read(buf)
		if err != nil {
			return err
		}
		if w.concerns(buf[:n], all) {
			return nil
		}
	}
}

// concerns reports whether a notice may be about a selected route. A route that takes the place of another one comes as one
// notice, which says nothing of the other: what is shown tells whether there was one.
func (w *Watcher) concerns(notice []byte, all []Selection) bool {
	m, body, _, ok := nextMessage(notice)
	if !ok || m.kind != unix.RTM_NEWROUTE && m.kind != unix.RTM_DELROUTE {
		return true
	}
	r, ok := parseRoute(body)
	if !ok {
		return true
	}
	for _, s := range all {
		if s.Table == r.Table && (s.Protocols.Has(r.Protocol) || m.flags&unix.NLM_F_REPLACE != 0 && w.tookPlace(r.Prefix)) {
			return true
		}
	}
	return false
}

// tookPlace reports whether there was a selected route to p, so that another one has taken its place. While the routes are read that shows
// only in the end.
func (w *Watcher) tookPlace(p netip.Prefix) bool {
	w.replaced.note(p)
	return len(w.Routes().To(p)) > 0
}

// routeGroups are the multicast groups whose notices may mean another route. When an interface goes down, or an address or a
// next hop object goes away, the kernel takes the IPv4 routes that used it without a word about them.
const routeGroups = 1<<(unix.RTNLGRP_LINK-1) | 1<<(unix.RTNLGRP_IPV4_IFADDR-1) | 1<<(unix.RTNLGRP_IPV6_IFADDR-1) |
	1<<(unix.RTNLGRP_IPV4_ROUTE-1) | 1<<(unix.RTNLGRP_IPV6_ROUTE-1) | 1<<(unix.RTNLGRP_NEXTHOP-1)

// subscribe opens a socket for notices. Those about routes of other protocols stay in the kernel.
func subscribe(all []Selection) (*os.File, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	filter := noticeFilter(all)
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, noticeBuffer),
		unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}),
		unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: routeGroups}),
	)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), "netlink routes"), nil
}

// Offsets in a notice about a route: struct nlmsghdr, then struct rtmsg.
const (
	atType     = 4
	atFlags    = 6
	atProtocol = unix.SizeofNlMsghdr + 5
)

// noticeFilter is a program for the kernel (classic BPF) that lets pass what is not about a route, what is about a route of a
// selected protocol, and what replaces a route.
func noticeFilter(all []Selection) []unix.SockFilter {
	var wanted Protocols
	for _, s := range all {
		for i := range wanted {
			wanted[i] |= s.Protocols[i]
		}
	}
	listed, in := wanted.list(256), true
	if len(listed) > 128 {
		listed, in = AllProtocols.Without(wanted).list(256), false
	}
	load := func(size uint16, at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | size | unix.BPF_ABS, K: at}
	}
	// A condition goes on when it holds, else over the next instruction.
	test := func(how uint16, k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | how | unix.BPF_K, Jf: 1, K: k}
	}
	pass, drop := unix.SockFilter{Code: unix.BPF_RET, K: 1<<32 - 1}, unix.SockFilter{Code: unix.BPF_RET}
	out := []unix.SockFilter{
		load(unix.BPF_H, atFlags), test(unix.BPF_JSET, network16(unix.NLM_F_REPLACE)), pass,
		load(unix.BPF_H, atType), {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 2, K: network16(unix.RTM_NEWROUTE)},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: network16(unix.RTM_DELROUTE)}, pass,
		load(unix.BPF_B, atProtocol),
	}
	found, other := pass, drop
	if !in {
		found, other = drop, pass
	}
	for _, p := range listed {
		out = append(out, test(unix.BPF_JEQ, uint32(p)), found)
	}
	return append(out, other)
}

// network16 is what the filter reads where the kernel wrote v: it takes the octets for network order.
func network16(v uint16) uint32 {
	var b [2]byte
	binary.NativeEndian.PutUint16(b[:], v)
	return uint32(binary.BigEndian.Uint16(b[:]))
}

// A dumper asks the kernel for whole tables. It belongs to one goroutine.
type dumper struct {
	fd       int
	sequence uint32
	buf      []byte
}

func newDumper() (*dumper, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		unix.Close(fd)
		return nil, err
	}
	// With it the kernel leaves out other tables and protocols; one that does not know it gives everything.
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1)
	return &dumper{fd: fd, buf: make([]byte, dumpBuffer)}, nil
}

func (d *dumper) close() { unix.Close(d.fd) }

// selected reads the selected routes, again while they change meanwhile.
func (d *dumper) selected(all []Selection) (*Routes, error) {
	var err error
	for range dumpTries {
		var list []Route
		for _, s := range all {
			protocols := s.Protocols.list(dumpSingly + 1)
			if len(protocols) > dumpSingly {
				protocols = []uint8{0} // any
			}
			for _, p := range protocols {
				for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
					if err == nil {
						list, err = d.dump(list, family, s, p)
					}
				}
			}
		}
		if err == nil {
			return newRoutes(list), nil
		}
		if !errors.Is(err, errInterrupted) {
			return nil, err
		}
		err = nil
	}
	return nil, errInterrupted
}

// errInterrupted says that the table changed while it was read.
var errInterrupted = errors.New("the routes changed while they were read")

// dump appends the routes of one family that s selects, of one protocol where it is not 0.
func (d *dumper) dump(list []Route, family uint8, s Selection, protocol uint8) ([]Route, error) {
	d.sequence++
	if err := unix.Sendto(d.fd, routeRequest(d.sequence, family, s.Table, protocol), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return list, err
	}
	interrupted := false
	for {
		n, _, err := unix.Recvfrom(d.fd, d.buf, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return list, err
		}
		for rest := d.buf[:n]; len(rest) > 0; {
			m, body, more, ok := nextMessage(rest)
			if rest = more; !ok {
				return list, errors.New("the kernel sent half a message")
			}
			if m.sequence != d.sequence {
				continue // of a dump that was given up
			}
			interrupted = interrupted || m.flags&unix.NLM_F_DUMP_INTR != 0
			switch m.kind {
			case unix.NLMSG_DONE, unix.NLMSG_ERROR:
				if err := dumpError(body); err != nil || !interrupted {
					return list, err
				}
				return list, errInterrupted
			case unix.RTM_NEWROUTE:
				if len(body) > 5 && s.Protocols.Has(body[5]) { // before the rest is looked at: there may be a million others
					list = appendRoute(list, body, s)
				}
			}
		}
	}
}

// dumpError is what the end of a dump says. A table that does not exist has no routes.
func dumpError(body []byte) error {
	if len(body) < 4 {
		return nil
	}
	number := int32(binary.NativeEndian.Uint32(body))
	if number >= 0 || syscall.Errno(-number) == unix.ENOENT {
		return nil
	}
	return syscall.Errno(-number)
}

// appendRoute adds a route of a dump, if s selects it and packets can take it.
func appendRoute(list []Route, body []byte, s Selection) []Route {
	r, ok := parseRoute(body)
	if !ok || !r.usable || !s.Has(&r.Route) {
		return list
	}
	return append(list, r.Route)
}

// routeRequest is a request for a dump.
func routeRequest(sequence uint32, family uint8, table uint32, protocol uint8) []byte {
	const size = unix.SizeofNlMsghdr + unix.SizeofRtMsg + 8
	b := binary.NativeEndian.AppendUint32(make([]byte, 0, size), size)
	b = binary.NativeEndian.AppendUint16(b, unix.RTM_GETROUTE)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	b = binary.NativeEndian.AppendUint32(b, sequence)
	b = binary.NativeEndian.AppendUint32(b, 0)
	b = append(b, family, 0, 0, 0, unix.RT_TABLE_UNSPEC, protocol, 0, 0, 0, 0, 0, 0)
	b = binary.NativeEndian.AppendUint16(b, 8)
	b = binary.NativeEndian.AppendUint16(b, unix.RTA_TABLE)
	return binary.NativeEndian.AppendUint32(b, table)
}
