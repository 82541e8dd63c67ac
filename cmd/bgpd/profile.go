package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"syscall"
	"time"
)

const (
	profileAsk  = 5 * time.Second // for a client to say what it wants
	profileLine = 64              // octets of that
	profileMost = 10 * time.Minute
	profileTake = 30 * time.Second // for a client to take what it asked for
)

// serveProfiles answers Go's profiler on the Unix socket at path until ctx ends. A client says in one line what it wants, cpu or trace with
// how long, or the name of one of Go's profiles, and reads it until the end:
//
//	echo cpu 10s | nc -NU PATH >cpu.pprof
//	echo heap | nc -NU PATH >heap.pprof
//
// Only the daemon's own user may connect. A socket that an earlier daemon left is replaced, any other file is an error.
func serveProfiles(ctx context.Context, path string) error {
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return fmt.Errorf("pprof-socket %s exists and is no socket", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("pprof-socket: %w", err)
	}
	mask := syscall.Umask(0o177)
	listener, err := net.Listen("unix", path)
	syscall.Umask(mask)
	if err != nil {
		return fmt.Errorf("pprof-socket: %w", err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerProfile(ctx, conn)
		}
	}()
	return nil
}

// answerProfile serves one client, and tells it in words what is wrong.
func answerProfile(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	conn.SetReadDeadline(time.Now().Add(profileAsk))
	line, err := bufio.NewReader(io.LimitReader(conn, profileLine)).ReadString('\n')
	words := strings.Fields(line)
	switch {
	case err == nil, errors.Is(err, io.EOF) && len(words) > 0 && len(line) < profileLine: // its last line needs no end
		err = writeProfile(ctx, conn, words)
	default:
		err = fmt.Errorf("no line of at most %d octets came within %v", profileLine, profileAsk)
		conn.SetWriteDeadline(time.Now().Add(profileTake))
	}
	if err != nil {
		fmt.Fprintf(conn, "bgpd: no profile: %v\n", err)
	}
}

// writeProfile writes what the words ask for. A client that does not take it gets a part: it must not keep the profiler from others.
func writeProfile(ctx context.Context, w net.Conn, words []string) error {
	w.SetWriteDeadline(time.Now().Add(profileTake))
	switch {
	case len(words) == 2 && words[0] == "cpu":
		return during(ctx, w, words[1], func() error { return pprof.StartCPUProfile(w) }, pprof.StopCPUProfile)
	case len(words) == 2 && words[0] == "trace":
		return during(ctx, w, words[1], func() error { return trace.Start(w) }, trace.Stop)
	case len(words) != 1 || pprof.Lookup(words[0]) == nil:
		return fmt.Errorf("%q is none of: cpu DURATION, trace DURATION, the name of a profile", strings.Join(words, " "))
	case words[0] == "heap":
		runtime.GC() // a heap profile is as of the last collection
	}
	return pprof.Lookup(words[0]).WriteTo(w, 0)
}

// during does something for a time, at most until ctx ends.
func during(ctx context.Context, w net.Conn, duration string, start func() error, stop func()) error {
	long, err := time.ParseDuration(duration)
	if err != nil {
		return err
	}
	if long <= 0 || long > profileMost {
		return fmt.Errorf("%s is not a duration up to %v", duration, profileMost)
	}
	w.SetWriteDeadline(time.Now().Add(long + profileTake))
	if err := start(); err != nil {
		return err
	}
	defer stop()
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return nil
}
