package shell

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSave(t *testing.T) {
	d := newFake(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "out")
	all := d.commands("show running-config").out
	if got := d.commands("show running-config | save " + file); got.status != 0 || got.out != "7 lines saved to "+file+"\n" {
		t.Errorf("%+v", got)
	}
	if text, _ := os.ReadFile(file); string(text) != all {
		t.Errorf("saved %q, want %q", text, all)
	}
	if got := d.commands("show running-config | include hostname | save " + file); got.status != 0 {
		t.Errorf("%+v", got)
	}
	if text, _ := os.ReadFile(file); string(text) != "hostname r1\n" {
		t.Errorf("saved %q", text)
	}
	// what fails leaves the file as it was
	for _, line := range []string{"show bgp neighbors 10.0.12.222", "show version | include ["} {
		if got := d.commands(line + " | save " + file); got.status != 1 {
			t.Errorf("%s: %+v", line, got)
		}
		if text, _ := os.ReadFile(file); string(text) != "hostname r1\n" {
			t.Errorf("%s: the file has %q", line, text)
		}
	}
	for where, cause := range map[string]string{dir: "it is a directory", dir + "/no/such": "no such file or directory"} {
		if got := d.commands("show version | save " + where); got.status != 1 || !strings.Contains(got.err, "% Cannot save to "+where+": "+cause) {
			t.Errorf("%+v", got)
		}
	}
	if got := d.commands("show version | save"); got.status != 1 || !strings.Contains(got.err, "the name of a file") {
		t.Errorf("%+v", got)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("left in the directory: %v", left)
	}
}

func TestPipesInARow(t *testing.T) {
	d := newFake(t)
	got := d.commands("show running-config | exclude ^! | include r1 | no-more | count")
	if got.out != "Count: 1 lines\n" {
		t.Errorf("%+v", got)
	}
}

func TestPainter(t *testing.T) {
	for _, c := range []struct{ id, line, want string }{
		{"show.bgp.neighbors", "  BGP state = Established, up for 00:01\n", "  BGP state = " + colourGood + "Established" + colourOff + ", up for 00:01\n"},
		{"show.bgp.summary", "10.0.0.1 4 65001 never Active 0 N/A\n", "10.0.0.1 4 65001 never " + colourBad + "Active" + colourOff + " 0 N/A\n"},
		{"show.bgp.summary", "10.0.0.1 4 65001 never Idle (Admin) 0 N/A\n", "10.0.0.1 4 65001 never " + colourBad + "Idle (Admin)" + colourOff + " 0 N/A\n"},
		{"show.bgp.summary", "10.0.0.1 4 65001 1d02h03m (Policy) (Policy)\n", "10.0.0.1 4 65001 1d02h03m " + colourWarn + "(Policy)" + colourOff + " " + colourWarn + "(Policy)" + colourOff + "\n"},
		{"show.bgp.table", "*> 10.0.0.0/8 10.0.0.1\n", colourBold + "*> 10.0.0.0/8 10.0.0.1" + colourOff + "\n"},
		{"show.running-config", " description Established\n", " description Established\n"},
	} {
		var b bytes.Buffer
		p := newPainter(c.id, &b)
		p.Write([]byte(c.line))
		p.Close()
		if b.String() != c.want {
			t.Errorf("%s: %q, want %q", c.id, b.String(), c.want)
		}
	}
	for env, want := range map[string]bool{"TERM=xterm": true, "TERM=dumb": false, "": false} {
		getenv := func(key string) string { return strings.TrimPrefix(env, key+"=") }
		if env != "" {
			getenv = func(key string) string {
				if key == "TERM" {
					return strings.TrimPrefix(env, "TERM=")
				}
				return ""
			}
		}
		if wantsColour(getenv) != want {
			t.Errorf("%q: colour %v", env, !want)
		}
	}
	if wantsColour(func(string) string { return "1" }) {
		t.Error("NO_COLOR is not heeded")
	}
}

func TestFitTable(t *testing.T) {
	rows := [][]string{{"10.0.0.1", "the quick brown fox jumps over the lazy dog", "3"}}
	header := []string{"Neighbor", "Reason", "Times"}
	var b bytes.Buffer
	printTable(&output{Writer: &b, columns: 40}, header, rows)
	want := "Neighbor  Reason                   Times\n10.0.0.1  the quick brown fox      3\n          jumps over the lazy dog\n"
	if b.String() != want {
		t.Errorf("\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	printTable(&b, header, rows) // not for a terminal: as wide as it is
	if !strings.Contains(b.String(), "the quick brown fox jumps over the lazy dog  3\n") {
		t.Errorf("\n%s", b.String())
	}
	if got := wrap("abcdefghijklmnop", 6); got != "abcdef\nghijkl\nmnop" {
		t.Errorf("%q", got)
	}
}
