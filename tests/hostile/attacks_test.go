package hostile

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"bgpsh/wire"
)

var attacks = []attack{
	{"callers from unknown addresses", strangers},
	{"neighbors that call and hang up", fickle},
	{"connections that say nothing", silent},
	{"neighbors that send an octet at a time", dripping},
	{"one prefix without end", oneWithoutEnd},
	{"messages without end", messagesWithoutEnd},
	{"receivers that stand still", stalled},
	{"4 MiB of attributes", attributes},
	{"the longest AS path that a message holds", longPaths},
	{"a million communities", communities},
}

// callRate is how many strangers call a second at most.
const callRate = 10_000

// strangers call from ever new addresses, up to callRate a second.
func strangers(ctx context.Context, s *subject) []any {
	var calls, refused atomic.Int64
	began := time.Now()
	var wait sync.WaitGroup
	for side := range 8 {
		wait.Go(func() {
			for n := side; ctx.Err() == nil; n += 8 {
				from := fmt.Sprintf("127.%d.%d.%d", 240+n>>16%8, n>>8%256, n%256)
				conn, err := s.dial(from)
				if err != nil {
					refused.Add(1)
					continue
				}
				calls.Add(1)
				conn.Close()
				if early := time.Duration(calls.Load())*time.Second/callRate - time.Since(began); early > 0 {
					rest(ctx, early)
				}
			}
		})
	}
	wait.Wait()
	took := time.Since(began).Seconds()
	return []any{fmt.Sprintf("%d calls, %.0f a second, %d more were not answered;", calls.Load(), float64(calls.Load())/took, refused.Load()),
		fmt.Sprintf("%d of them in the log", strings.Count(s.log(), "refused inbound connection"))}
}

// rest waits, or until the attack is over.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// fickle calls from neighbors' addresses, says hello, and hangs up, as fast as the daemon takes it.
func fickle(ctx context.Context, s *subject) []any {
	var calls, greeted atomic.Int64
	var wait sync.WaitGroup
	for _, n := range others()[:8] {
		wait.Go(func() {
			p := &peer{as: 65000 + uint32(n)}
			for ctx.Err() == nil {
				conn, err := s.dial(fmt.Sprint(s.net, n))
				if err != nil {
					continue
				}
				calls.Add(1)
				conn.SetDeadline(time.Now().Add(patience))
				conn.Write(p.greeting(uint32(n)))
				if kind, _, err := message(conn); err == nil && kind == wire.TypeOpen {
					greeted.Add(1)
				}
				conn.Close()
			}
		})
	}
	wait.Wait()
	return []any{fmt.Sprintf("%d calls of 8 neighbors, %d answered with an OPEN", calls.Load(), greeted.Load())}
}

// silent opens connections from all neighbors' addresses, many each, and says nothing on them, or half of a header.
func silent(ctx context.Context, s *subject) []any {
	var open []net.Conn
	for round := 0; round < 64 && ctx.Err() == nil; round++ {
		for _, n := range others() {
			conn, err := s.dial(fmt.Sprint(s.net, n))
			if err != nil {
				continue
			}
			if round%2 == 1 {
				conn.Write(wire.AppendKeepalive(nil)[:9])
			}
			open = append(open, conn)
		}
	}
	<-ctx.Done()
	for _, c := range open {
		c.Close()
	}
	return []any{fmt.Sprintf("%d connections of %d neighbors", len(open), crowd)}
}

// dripping sends a whole session octet by octet: OPEN, KEEPALIVE, UPDATEs.
func dripping(ctx context.Context, s *subject) []any {
	var octets atomic.Int64
	var wait sync.WaitGroup
	for _, n := range others() {
		wait.Go(func() {
			p := &peer{as: 65000 + uint32(n), hop: netip.MustParseAddr(fmt.Sprint(s.net, n))}
			var all []byte
			for i := range uint32(50) {
				if i == 0 {
					all = wire.AppendKeepalive(p.greeting(uint32(n)))
				}
				all = append(all, p.announcement(numbered(n, 0), i, nil)...)
			}
			for ctx.Err() == nil {
				conn, err := s.dial(fmt.Sprint(s.net, n))
				if err != nil {
					rest(ctx, 10*time.Millisecond)
					continue
				}
				for i := range all {
					if _, err := conn.Write(all[i : i+1]); err != nil || ctx.Err() != nil {
						break
					}
					octets.Add(1)
					rest(ctx, time.Millisecond)
				}
				conn.Close()
			}
		})
	}
	wait.Wait()
	return []any{fmt.Sprintf("%d octets, each in a segment of its own, by %d neighbors", octets.Load(), crowd)}
}

// numbered is the i-th prefix of neighbor n.
func numbered(n, i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(20 + n), byte(i >> 8), byte(i), 0}), 24)
}

// flood has neighbors write what next gives, over and over, as fast as the daemon takes it.
func flood(ctx context.Context, s *subject, sides int, next func(p *peer, n int, round uint32) [][]byte) (messages, octets int64) {
	var count, size atomic.Int64
	var wait sync.WaitGroup
	for _, n := range others()[:sides] {
		p := s.session(n)
		context.AfterFunc(ctx, func() { p.conn.Close() })
		wait.Go(func() {
			for round := uint32(1); ctx.Err() == nil; round++ {
				out := next(p, n, round)
				for _, m := range out {
					size.Add(int64(len(m)))
				}
				count.Add(int64(len(out)))
				if !p.send(out...) {
					return
				}
			}
		})
	}
	wait.Wait()
	return count.Load(), size.Load()
}

func oneWithoutEnd(ctx context.Context, s *subject) []any {
	n, size := flood(ctx, s, 4, func(p *peer, n int, round uint32) (out [][]byte) {
		for i := range uint32(100) {
			out = append(out, p.announcement(numbered(hostile, 0), round*100+i, nil)) // the same prefix for all of them
		}
		return out
	})
	return []any{fmt.Sprintf("%d UPDATEs, %d MiB, by 4 neighbors", n, size>>20)}
}

// stalled has four neighbors take nothing while another changes 4,096 routes without end.
func stalled(ctx context.Context, s *subject) []any {
	for _, n := range others()[1:5] {
		p := s.session(n)
		p.mu.Lock() // its reader waits, and the daemon's messages in the sockets' buffers
		defer func() {
			p.conn.Close()
			p.mu.Unlock()
		}()
	}
	n, size := flood(ctx, s, 1, func(p *peer, n int, round uint32) (out [][]byte) {
		for i := range 4096 {
			out = append(out, p.announcement(numbered(n, i), round, nil))
		}
		return out
	})
	return []any{fmt.Sprintf("%d UPDATEs, %d MiB, towards 4 neighbors that take nothing", n, size>>20)}
}

// messagesWithoutEnd are those that no table takes part in: KEEPALIVEs, and requests for all that there is.
func messagesWithoutEnd(ctx context.Context, s *subject) []any {
	alive, again := wire.AppendKeepalive(nil), wire.AppendRouteRefresh(nil, wire.RouteRefresh{Family: wire.IPv4Unicast})
	n, size := flood(ctx, s, 4, func(p *peer, n int, round uint32) (out [][]byte) {
		for range 100 {
			out = append(out, alive, again)
		}
		return out
	})
	return []any{fmt.Sprintf("%d KEEPALIVEs and ROUTE-REFRESHes, %d MiB, by 4 neighbors", n, size>>20)}
}

// attributes are 64 routes with an attribute of almost 64 KiB each, which nobody knows, of other octets in each round.
func attributes(ctx context.Context, s *subject) []any {
	value := make([]byte, 64_000)
	n, size := flood(ctx, s, 1, func(p *peer, n int, round uint32) (out [][]byte) {
		for i := range 64 {
			binary.BigEndian.PutUint32(value, round<<8|uint32(i))
			out = append(out, p.announcement(numbered(n, i), round, func(e *wire.Editor) { e.Set(99, wire.FlagOptional|wire.FlagTransitive, value) }))
		}
		return out
	})
	return []any{fmt.Sprintf("%d UPDATEs, %d MiB; the routes of a moment have 4 MiB", n, size>>20)}
}

// longestPath is how many AS numbers fit a message beside the other attributes: segments of 255, of four octets each.
const longestPath = 16_200

func longPaths(ctx context.Context, s *subject) []any {
	as := make([]uint32, longestPath)
	for i := range as {
		as[i] = 70_000 + uint32(i)
	}
	n, size := flood(ctx, s, 2, func(p *peer, n int, round uint32) (out [][]byte) {
		for i := range 16 {
			path := wire.ASPath{}.AppendSegment(wire.SegmentSequence, p.as, 80_000+round)
			for rest := as[i:]; len(rest) > 0; rest = rest[min(255, len(rest)):] {
				path = path.AppendSegment(wire.SegmentSequence, rest[:min(255, len(rest))]...)
			}
			out = append(out, p.announcement(numbered(n, i), round, func(e *wire.Editor) { e.SetASPath(path) }))
		}
		return out
	})
	return []any{fmt.Sprintf("%d UPDATEs with %d AS numbers, %d MiB", n, longestPath, size>>20)}
}

// communities are a million in 1,000 routes of 1,000 each, none twice, and others in each round.
func communities(ctx context.Context, s *subject) []any {
	value := make([]byte, 4000)
	n, size := flood(ctx, s, 1, func(p *peer, n int, round uint32) (out [][]byte) {
		for i := range 1000 {
			for c := range 1000 {
				binary.BigEndian.PutUint32(value[4*c:], round*1_000_000+uint32(i*1000+c))
			}
			out = append(out, p.announcement(numbered(n, i), round, func(e *wire.Editor) { e.Set(wire.AttrCommunities, wire.FlagOptional|wire.FlagTransitive, value) }))
		}
		return out
	})
	return []any{fmt.Sprintf("%d UPDATEs, %d MiB: %.1f million communities", n, size>>20, float64(n)/1000)}
}
