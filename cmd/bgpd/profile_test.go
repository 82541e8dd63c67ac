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
	"testing"
)

// TestProfiles asks for profiles as the comment of serveProfiles says, and for what is none.
func TestProfiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pprof.sock")
	ctx, cancel := context.WithCancel(t.Context())
	if err := serveProfiles(ctx, path); err != nil {
		t.Fatal(err)
	}
	ask := func(what string) []byte {
		t.Helper()
		conn, err := net.Dial("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintln(conn, what)
		data, err := io.ReadAll(conn)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return data
	}
	for _, what := range []string{"cpu 1ms", "heap", "goroutine"} {
		if got := ask(what); !bytes.HasPrefix(got, []byte{0x1f, 0x8b}) {
			t.Errorf("%s: %q is no packed profile", what, got)
		}
	}
	if got := ask("trace 1ms"); !bytes.HasPrefix(got, []byte("go 1.")) {
		t.Errorf("trace: %.20q is no trace", got)
	}
	for what, want := range map[string]string{"nonsense": "none of: cpu", "cpu soon": "invalid duration", "": "none of: cpu",
		"cpu 100h": "100h is not a duration up to 10m0s", "trace -1s": "-1s is not a duration"} {
		if got := string(ask(what)); !strings.HasPrefix(got, "bgpd: no profile: ") || !strings.Contains(got, want) {
			t.Errorf("%q: %q does not say %q", what, got, want)
		}
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "heap")
	conn.(*net.UnixConn).CloseWrite()
	if got, err := io.ReadAll(conn); err != nil || !bytes.HasPrefix(got, []byte{0x1f, 0x8b}) {
		t.Errorf("a line without end: %q, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	cancel()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := serveProfiles(t.Context(), plain); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a plain file: %v", err)
	}
}
