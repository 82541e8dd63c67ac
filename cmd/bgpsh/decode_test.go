package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	const keepalive = "ffffffffffffffffffffffffffffffff001304\n"
	dir := t.TempDir()
	file := filepath.Join(dir, "messages")
	if err := os.WriteFile(file, []byte(keepalive), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args, stdin, out, err string
		status                int
	}{
		{"", keepalive, `{"type":"KEEPALIVE","length":19,"line":1}`, "", 0},
		{"-", keepalive + "zz\n", `"line":2,"error"`, "", 0},
		{"--hex --as2 --addpath --extended --ibgp " + file, "", "KEEPALIVE", "", 0},
		{file + " --hex", "", "KEEPALIVE", "", 0},
		{"", "", "", "", 0},
		{"--help", "", "usage: bgpsh decode", "", 0},
		{filepath.Join(dir, "none"), "", "", "% open " + filepath.Join(dir, "none") + ": no such file or directory\n", 1},
		{dir, "", "", "is a directory", 1},
		{"--pcap", keepalive, "", "% standard input: this is no pcap file", 1},
		{"--hex --mrt", "", "", "exclude each other", 2},
		{"--json", "", "", "unknown flag", 2},
		{"a b", "", "", "one FILE at most", 2},
	} {
		var out, errs bytes.Buffer
		status := decode(strings.Fields(c.args), strings.NewReader(c.stdin), &out, &errs)
		if status != c.status || !strings.Contains(out.String(), c.out) || !strings.Contains(errs.String(), c.err) || (errs.Len() > 0) != (status != 0) {
			t.Errorf("decode %s: status %d, want %d\n%s\n%s", c.args, status, c.status, out.String(), errs.String())
		}
	}
}
