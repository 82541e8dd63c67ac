package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bgpsh/ipc"
	"bgpsh/ipc/api"
)

// inside is what our daemon tells of itself. A step reads it before and after, never while its clock runs.
type inside struct {
	busy time.Duration // of the loop that owns the tables, since the start
	heap int64         // bytes of heap objects, also of dead ones that were not collected yet
}

// look asks our daemon; other daemons, and one that does not answer, give zero.
func (sc *scene) look(ctx context.Context) (in inside) {
	if sc.target != &ours {
		return in
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	client, err := ipc.Dial(ctx, sc.socket(), nil)
	if err != nil {
		return in
	}
	defer client.Close()
	var s api.Statistics
	var m api.Memory
	// The statistics of the other family: those of the loaded one would walk its whole table.
	params := api.StatisticsParams{Families: []api.Family{api.IPv6Unicast}}
	if client.Call(ctx, api.BGPStatistics, params, &s) == nil && client.Call(ctx, api.BGPMemory, api.None{}, &m) == nil {
		in.busy, in.heap = time.Duration(s.Loop.BusyMs)*time.Millisecond, int64(m.HeapObjects)
	}
	return in
}

func (d *daemon) pprofSocket() string { return d.file("pprof.sock") }

// profile takes a CPU profile of our daemon while a step runs; end waits for it, takes a heap profile too and writes both to the
// directory that was asked for. A CPU profile lasts whole seconds; idle time is not in it.
func (sc *scene) profile(step string) (end func() error) {
	if sc.profiles == "" || sc.target != &ours {
		return func() error { return nil }
	}
	name := filepath.Join(sc.profiles, sc.work+"-"+strings.ReplaceAll(step, " ", "-"))
	done := make(chan error, 1)
	go func() { done <- sc.fetch("cpu 4s", name+".cpu") }()
	return func() error {
		if err := <-done; err != nil {
			return err
		}
		return sc.fetch("heap", name+".heap")
	}
}

// fetch reads one profile from the daemon's socket into a file.
func (sc *scene) fetch(what, path string) error {
	conn, err := net.Dial("unix", sc.pprofSocket())
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := fmt.Fprintln(conn, what); err != nil {
		return err
	}
	data, err := io.ReadAll(conn)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) { // what Go writes is packed
		return fmt.Errorf("%s: %s", what, data)
	}
	return os.WriteFile(path, data, 0o644)
}
