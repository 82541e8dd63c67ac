package e2e

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for what must come.
const patience = time.Minute

// awaitOutput is "await PATTERN COMMAND": runs the command in bgpsh until a line of what it prints matches.
func awaitOutput(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] await PATTERN COMMAND")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	tick := time.NewTicker(30 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		cmd := exec.Command(filepath.Join(binDir, "bgpsh"), "--socket", ts.Getenv("BGPSH_SOCKET"), "-c", args[1])
		out, _ := cmd.CombinedOutput()
		if want.Match(out) != neg {
			ts.Check(os.WriteFile(ts.MkAbs("out"), out, 0o644))
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			ts.Fatalf("%q does not come in %s:\n%s", args[0], args[1], out)
		}
	}
}

// awaitFile is "appears PATTERN FILE": waits until the file exists and a line of it matches.
func awaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: appears PATTERN FILE")
	}
	want, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(patience); ; {
		text, err := os.ReadFile(ts.MkAbs(args[1]))
		if err == nil && want.Match(text) {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			ts.Fatalf("%q does not come in %s:\n%s", args[0], args[1], text)
		}
	}
}

// requestRaw is "request FILE": sends the file to the daemon's socket as it is, closes the writing side, and puts all answers
// into the file out.
func requestRaw(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: request FILE")
	}
	conn, err := net.Dial("unix", ts.Getenv("BGPSH_SOCKET"))
	ts.Check(err)
	defer conn.Close()
	ts.Check(conn.SetDeadline(time.Now().Add(patience)))
	_, err = io.WriteString(conn, ts.ReadFile(args[0]))
	ts.Check(err)
	ts.Check(conn.(*net.UnixConn).CloseWrite())
	answers, err := io.ReadAll(conn)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("out"), answers, 0o644))
}

// callSpeaker is "call FROM TO HEX": connects to the BGP listener TO (address:port) from the address FROM, sends the bytes, and
// puts into the file out what comes until the listener closes: one line for a message, its type and the first two octets of a
// NOTIFICATION in hex.
func callSpeaker(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: call FROM TO HEX")
	}
	from := &net.TCPAddr{IP: net.ParseIP(args[0])}
	conn, err := (&net.Dialer{LocalAddr: from, Timeout: patience}).Dial("tcp", args[1])
	ts.Check(err)
	defer conn.Close()
	bytes, err := hex.DecodeString(strings.ReplaceAll(args[2], " ", ""))
	ts.Check(err)
	ts.Check(conn.SetDeadline(time.Now().Add(patience)))
	conn.Write(bytes) // the listener may have closed by now
	var text strings.Builder
	for header := make([]byte, 19); ; {
		if _, err := io.ReadFull(conn, header); err != nil {
			var late net.Error
			if errors.As(err, &late) && late.Timeout() {
				ts.Fatalf("%s does not close", args[1])
			}
			break
		}
		body := make([]byte, max(0, int(header[16])<<8+int(header[17])-len(header)))
		io.ReadFull(conn, body)
		fmt.Fprintf(&text, "message %d", header[18])
		if header[18] == 3 {
			fmt.Fprintf(&text, " %x", body[:min(2, len(body))])
		}
		text.WriteByte('\n')
	}
	ts.Check(os.WriteFile(ts.MkAbs("out"), []byte(text.String()), 0o644))
}

// crowdSocket is "crowd N": N clients that say nothing are connected to the daemon's socket until the script ends.
func crowdSocket(ts *testscript.TestScript, neg bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	for range n {
		conn, err := net.Dial("unix", ts.Getenv("BGPSH_SOCKET"))
		ts.Check(err)
		ts.Defer(func() { conn.Close() })
		// Its place is taken once it has an answer.
		_, err = io.WriteString(conn, `{"jsonrpc":"2.0","id":1,"method":"daemon.version"}`+"\n")
		ts.Check(err)
		_, err = bufio.NewReader(conn).ReadString('\n')
		ts.Check(err)
	}
}

// occupyAddress is "occupy ADDRESS:PORT": something else listens there until the script ends.
func occupyAddress(ts *testscript.TestScript, neg bool, args []string) {
	l, err := net.Listen("tcp", args[0])
	ts.Check(err)
	ts.Defer(func() { l.Close() })
}

// canMount tells whether this user may mount a small disk.
func canMount() bool {
	dir, err := os.MkdirTemp("", "bgpsh-mount-")
	if err != nil {
		return false
	}
	defer os.Remove(dir)
	if syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k") != nil {
		return false
	}
	return syscall.Unmount(dir, 0) == nil
}

// mountSmall is "smalldisk DIR": makes the folder, a disk of 64 KiB, until the script ends.
func mountSmall(ts *testscript.TestScript, neg bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o755))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"))
	ts.Defer(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
}

// repeatLine is "repeat FILE FROM TO TEXT": appends the text once for each number; %d stands for the number, %a for it as the
// last three octets of an address and \n for the end of a line.
func repeatLine(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: repeat FILE FROM TO TEXT")
	}
	from, err := strconv.Atoi(args[1])
	ts.Check(err)
	to, err := strconv.Atoi(args[2])
	ts.Check(err)
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	ts.Check(err)
	defer f.Close()
	var text strings.Builder
	for n := from; n <= to; n++ {
		octets := fmt.Sprintf("%d.%d.%d", n>>16, n>>8&255, n&255)
		text.WriteString(strings.NewReplacer("%d", strconv.Itoa(n), "%a", octets, `\n`, "\n").Replace(args[3]))
	}
	_, err = f.WriteString(text.String())
	ts.Check(err)
}

// checkDocument is "document FILE [KEY/KEY/...=VALUE]...": the file is exactly one JSON document, and has these values. A value
// "*" stands for any; a path that begins with ! must not exist.
func checkDocument(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	reader := json.NewDecoder(strings.NewReader(text))
	reader.UseNumber()
	var root any
	if err := reader.Decode(&root); err != nil {
		ts.Fatalf("%s: %v\n%s", args[0], err, text)
	}
	if _, err := reader.Token(); err != io.EOF {
		ts.Fatalf("%s holds more than one document:\n%s", args[0], text)
	}
	for _, fact := range args[1:] {
		path, want, _ := strings.Cut(fact, "=")
		absent := strings.HasPrefix(path, "!")
		value, ok := at(root, strings.Split(strings.TrimPrefix(path, "!"), "/"))
		switch got := fmt.Sprint(value); {
		case ok == absent:
			ts.Fatalf("%s: %s: there is %v\n%s", args[0], path, ok, text)
		case ok && want != "*" && got != want:
			ts.Fatalf("%s: %s is %s, want %s", args[0], path, got, want)
		}
	}
}

// at walks keys and indexes.
func at(value any, path []string) (any, bool) {
	for _, key := range path {
		switch node := value.(type) {
		case map[string]any:
			next, ok := node[strings.ReplaceAll(key, "~", "/")]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			n, err := strconv.Atoi(key)
			if err != nil || n >= len(node) {
				return nil, false
			}
			value = node[n]
		default:
			return nil, false
		}
	}
	return value, true
}

// escapes are the terminal's own sequences, which scripts do not look at.
var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[a-zA-Z]|\r")

// driveTerminal is "terminal FILE [FLAGS...]": bgpsh on a terminal of 200 columns. A line of the file "> TEXT" types the text
// and Return, "+ TEXT" the text alone (\t, \x03 and the like as in Go), "< PATTERN" waits until what came after the last
// match matches. At its end the shell must have gone.
func driveTerminal(ts *testscript.TestScript, neg bool, args []string) {
	cmd := exec.Command(filepath.Join(binDir, "bgpsh"), args[1:]...)
	cmd.Env = append(os.Environ(), "TERM=xterm", "BGPSH_SOCKET="+ts.Getenv("BGPSH_SOCKET"), "HOME="+ts.Getenv("HOME"))
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 200, Cols: 200})
	ts.Check(err)
	defer tty.Close()
	ts.Defer(func() { cmd.Process.Kill() })
	output, ended := make(chan []byte, 1024), make(chan struct{})
	go func() {
		for buf := make([]byte, 4096); ; {
			n, err := tty.Read(buf)
			if err != nil {
				return
			}
			output <- bytes.Clone(buf[:n])
		}
	}()
	go func() { defer close(ended); cmd.Wait() }()
	var all, fresh []byte
	limit, over := time.After(2*patience), false
	until := func(done func() bool) {
		for !done() {
			select {
			case b := <-output:
				all, fresh = append(all, b...), escapes.ReplaceAll(append(fresh, b...), nil)
			case <-ended:
				ended, over = nil, true
			case <-limit:
				ts.Fatalf("the terminal waits in vain:\n%s", escapes.ReplaceAll(all, nil))
			}
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(ts.ReadFile(args[0])), "\n") {
		kind, text, _ := strings.Cut(line, " ")
		switch kind {
		case ">":
			io.WriteString(tty, text+"\r")
		case "+":
			keys, err := strconv.Unquote(`"` + text + `"`)
			ts.Check(err)
			io.WriteString(tty, keys)
		case "<":
			want, err := regexp.Compile("(?m)" + text)
			ts.Check(err)
			ts.Logf("waiting for %s", text)
			until(func() bool {
				at := want.FindIndex(fresh)
				if at != nil {
					fresh = fresh[at[1]:]
				}
				return at != nil
			})
		}
	}
	// the end of the program counts, not the terminal's: with its leader gone it drops what nobody has read
	until(func() bool { return over })
	ts.Check(os.WriteFile(ts.MkAbs("out"), escapes.ReplaceAll(all, nil), 0o644))
}
