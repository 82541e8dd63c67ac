package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"bgpsh/ipc/grammar"
)

// planted are secrets that must not be found anywhere but where they are meant to be: in the configuration of a neighbor, in a peer-group, typed
// at a terminal, in a line that is wrong, and in a candidate that is thrown away.
var planted = []string{"plantedAlpha7", "plantedBravo7", "plantedCharly7", "plantedDelta7", "plantedEcho7"}

// showForms gives a show command of the grammar as one can type it: without its options, and as JSON in both forms.
func showForms(usage string) []string {
	optional := regexp.MustCompile(`\[[^\[\]]*\]`)
	choice := regexp.MustCompile(`<([^<>|]*)(\|[^<>]*)?>`)
	json := strings.Contains(usage, "[json")
	for optional.MatchString(usage) {
		usage = optional.ReplaceAllString(usage, "")
	}
	for choice.MatchString(usage) {
		usage = choice.ReplaceAllString(usage, "$1")
	}
	words := strings.Fields(usage)
	for i, w := range words {
		switch {
		case w == "A.B.C.D/M":
			words[i] = "198.51.100.0/24"
		case w == "A.B.C.D" && words[max(i-1, 0)] == "neighbors":
			words[i] = "127.0.8.2"
		case w == "A.B.C.D":
			words[i] = "198.51.100.1"
		case strings.HasPrefix(w, "("):
			words[i], _, _ = strings.Cut(w[1:], "-")
		case w == "NAME" || w == "WORD":
			words[i] = "X"
		case w == "LINE":
			words[i] = "x"
		}
	}
	line := strings.Join(words, " ")
	if !json {
		return []string{line}
	}
	return []string{line, line + " json", line + " json native"}
}

// TestNoSecretGetsOut plants secrets in every way in, then searches everything that comes out: each show command as a user who may look and as
// root, the log, the files, the shell's history, what support gets.
func TestNoSecretGetsOut(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs another user")
	}
	dir, err := os.MkdirTemp("", "bgpsh-secrets-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(binDir, 0o755), os.WriteFile(filepath.Join(dir, "startup.conf"), []byte(
		"router bgp 65001\n bgp router-id 10.0.8.1\n bgp listen-address 127.0.8.1 port 1790\n neighbor G peer-group\n neighbor G password "+planted[1]+
			"\n neighbor 127.0.8.2 remote-as 65002\n neighbor 127.0.8.2 password "+planted[0]+"\n neighbor 127.0.8.3 pasword "+planted[3]+"\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	bgpd := exec.Command(filepath.Join(binDir, "bgpd"), "--data-dir", filepath.Join(dir, "data"), "--startup-config", filepath.Join(dir, "startup.conf"),
		"--socket", socket, "--socket-group", "65501", "--admin-group", "65502", "--log-file", filepath.Join(dir, "log"), "--log-level", "trace")
	var words bytes.Buffer
	bgpd.Stdout, bgpd.Stderr = &words, &words
	if err := bgpd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bgpd.Process.Kill(); bgpd.Wait() })
	ask := func(look bool, commands ...string) string {
		args := []string{"--socket", socket}
		for _, c := range commands {
			args = append(args, "-c", c)
		}
		cmd := exec.Command(filepath.Join(binDir, "bgpsh"), args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "HOME="+dir)
		if look {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65501}}
		}
		out, _ := cmd.CombinedOutput()
		return string(out)
	}
	ready := time.Now().Add(20 * time.Second)
	for !strings.Contains(ask(false, "show version"), "pid") {
		if time.Now().After(ready) {
			t.Fatal("the daemon does not answer")
		}
	}
	ask(false, "configure terminal", "router bgp 65001", "neighbor 127.0.8.4 remote-as 65004", "neighbor 127.0.8.4 password "+planted[2])
	ask(false, "configure terminal", "router bgp 65001", "neighbor 127.0.8.4 paswrd "+planted[3])
	ask(false, "configure", "router bgp 65001", "neighbor 127.0.8.4 password "+planted[4], "show configuration diff", "discard")
	ask(false, "write memory")
	ask(true, "configure terminal", "router bgp 65001", "neighbor 127.0.8.9 password "+planted[3])

	search := func(where, text string) {
		for _, secret := range planted {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s: %q", where, text[max(0, i-80):min(len(text), i+40)])
			}
		}
	}
	commands := 0
	for _, e := range grammar.Entries(grammar.Exec) {
		if !strings.HasPrefix(e.Usage, "show ") || e.Support != grammar.Ours || strings.Contains(e.Usage, "pcap") {
			continue
		}
		forms := showForms(e.Usage)
		for i, line := range forms {
			commands++
			if i == 0 && strings.Contains(e.Usage, "candidate") {
				continue
			}
			search(line+" as one who may look", ask(true, line))
			if !strings.HasPrefix(line, "show running-config") && !strings.HasPrefix(line, "show startup-config") { // root sees them as they are
				search(line+" as root", ask(false, line))
			}
		}
	}
	if commands < 100 {
		t.Errorf("only %d commands were tried", commands)
	}
	search("show tech-support save", ask(false, "show tech-support save tech.txt"))
	tech, err := os.ReadFile(filepath.Join(dir, "tech.txt"))
	if err != nil || !bytes.Contains(tech, []byte("End of technical support")) || !bytes.Contains(tech, []byte("neighbor 127.0.8.2 password **")) {
		t.Errorf("show tech-support save: %v, %d bytes", err, len(tech))
	}
	if info, err := os.Stat(filepath.Join(dir, "tech.txt")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its file: %v, %v", info.Mode(), err)
	}
	bgpd.Process.Signal(syscall.SIGABRT) // a crash, whose report is searched as well
	bgpd.Wait()
	search("standard error", words.String())
	searchFiles(t, dir, search)
}

// searchFiles searches what the daemon and the shell left on disk. The configuration itself, and its history, keep passwords to be of use: they
// are the owner's alone.
func searchFiles(t *testing.T, dir string, search func(where, text string)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Type() != 0 {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), "startup.conf") || strings.Contains(path, "/history/") {
			if mode := info.Mode().Perm(); mode&0o077 != 0 {
				return fmt.Errorf("%s has mode %s", path, mode)
			}
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		seen++
		search(path, string(text))
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if seen < 3 { // the log, the audit log, the crash
		t.Errorf("only %d files were searched", seen)
	}
}
