package shell

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"unicode/utf8"

	prompt "github.com/c-bata/go-prompt"
	"golang.org/x/sys/unix"
)

// terminal is go-prompt's input. go-prompt's own parser saves a termios that
// it has already changed, and takes one read for one key; this one keeps the
// terminal as it was found, and knows keys, pastes and lines apart.
//
// It is raw only between Setup and TearDown, and as it was found after close.
// Between lines it is as it was found but for one thing: Ctrl-D is a
// character, because what is typed ahead belongs to the next line, and the
// kernel would turn an end of file into a NUL there. Its methods are called
// from go-prompt's goroutines and from the shell's.
type terminal struct {
	in    *os.File
	out   io.Writer
	found unix.Termios // how the terminal was when we came

	mu       sync.Mutex
	state    terminalState
	keys     keySplitter
	idle     int      // reads that found nothing, while a sequence is incomplete
	chunks   [][]byte // to hand out before anything is read
	hold     bool     // hand out nothing before the next Setup
	pasted   []string // lines of a paste that wait to be run
	search   bool     // Ctrl-R was typed
	gone     bool     // the terminal has closed
	full     bool     // a live view has the screen
	over     bool     // the terminal was given back for good
	resized  bool     // the window has another size
	news     bool     // there is something to print above the line
	wake     [2]int   // a pipe that interrupts the wait for a key
	inConfig func() bool
}

// terminalState is how the terminal is set now.
type terminalState uint8

const (
	asFound terminalState = iota
	running               // for a command: as found, and Ctrl-D a character
	raw                   // for editing
)

// Keys that no keyboard sends; they carry what is no key to go-prompt.
var (
	breakKey = []byte{0x1b, 0x5b, 0x24, 0x3b, 0x32, 0x7e} // prompt.F24: leave the editor, the line stays
	undoKey  = []byte{0x1b, 0x5b, 0x23, 0x3b, 0x32, 0x7e} // prompt.F23: Ctrl-D
	queryKey = []byte{0xff, '?'}                          // insert "?"
)

var errNoInput = errors.New("nothing typed")

// isTerminal tells whether a file is one.
func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// newTerminal remembers how the terminal is now.
func newTerminal(in *os.File, out io.Writer) (*terminal, error) {
	found, err := unix.IoctlGetTermios(int(in.Fd()), unix.TCGETS)
	if err != nil {
		return nil, err
	}
	t := &terminal{in: in, out: out, found: *found, inConfig: func() bool { return false }}
	if err := unix.Pipe2(t.wake[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, err
	}
	return t, nil
}

// Setup makes the terminal raw for editing a line, and lets keys through.
func (t *terminal) Setup() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hold, t.resized = false, false // the window's size is asked for now
	return t.set(raw)
}

// TearDown ends the editing of a line.
func (t *terminal) TearDown() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.set(running)
}

// close gives the terminal back as it was found.
func (t *terminal) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer func() { t.over = true }()
	if t.full {
		io.WriteString(t.out, screenOff)
		t.full = false
	}
	t.set(asFound)
}

// set changes the terminal's state. Output processing stays on in all of
// them, so that a line feed begins a new line; pastes are bracketed while a
// line is edited. The caller holds t.mu.
func (t *terminal) set(state terminalState) error {
	if state == t.state || t.over {
		return nil
	}
	mode := t.found
	switch state {
	case raw:
		mode.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
		mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	case running:
		mode.Cc[unix.VEOF] = 0 // none
	}
	if err := unix.IoctlSetTermios(int(t.in.Fd()), unix.TCSETS, &mode); err != nil {
		return err
	}
	if t.state == raw {
		io.WriteString(t.out, pasteOff)
	}
	if state == raw {
		io.WriteString(t.out, pasteOn)
	}
	t.state = state
	return nil
}

// size is the window's; 24 by 80 where the terminal does not say.
func (t *terminal) size() (rows, columns int) {
	ws, err := unix.IoctlGetWinsize(int(t.in.Fd()), unix.TIOCGWINSZ)
	if err != nil || ws.Row == 0 || ws.Col == 0 {
		return 24, 80
	}
	return int(ws.Row), int(ws.Col)
}

// leastRows is the height below which go-prompt shows nothing but a complaint.
const leastRows = 12

// GetWinSize is size for go-prompt.
func (t *terminal) GetWinSize() *prompt.WinSize {
	rows, columns := t.size()
	return &prompt.WinSize{Row: uint16(max(rows, leastRows)), Col: uint16(columns)}
}

// Read gives go-prompt the next key, or errNoInput after a tenth of a second
// without one: its goroutine must come back now and then, and need not often.
func (t *terminal) Read() ([]byte, error) {
	defer func() {
		if cause := recover(); cause != nil { // this is go-prompt's goroutine: nobody else would restore
			t.close()
			panic(cause)
		}
	}()
	if chunk, patience := t.ready(); chunk != nil || patience == 0 {
		return chunk, noInput(chunk)
	} else if t.poll(patience) {
		return t.readKey(true)
	}
	return t.readKey(false)
}

func noInput(chunk []byte) error {
	if chunk == nil {
		return errNoInput
	}
	return nil
}

// ready gives a chunk that waits, or how many milliseconds to wait for keys:
// few while a sequence is incomplete, none while the editor is being left.
func (t *terminal) ready() (chunk []byte, patience int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.hold:
		return nil, 0
	case t.resized || t.news:
		t.resized = false
		return t.final(breakKey), 0
	case len(t.keys.buf) > 0:
		return t.nextChunk(), 10
	}
	return t.nextChunk(), 100
}

// readKey gives the next key out of what has been read, and out of more where
// there is more.
func (t *terminal) readKey(more bool) ([]byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if more {
		t.fill()
	}
	flush := false
	if len(t.keys.buf) > 0 {
		t.idle++
		flush = t.idle > 3 && t.keys.buf[0] == 0x1b && len(t.keys.buf) < 3
	}
	event, ok := t.keys.next(flush)
	if ok || flush {
		t.idle = 0
	}
	if ok {
		t.translate(event)
	} else if t.gone {
		return t.final(breakKey), nil
	}
	chunk := t.nextChunk()
	return chunk, noInput(chunk)
}

// awaitKey waits until there is something to edit with, however long: true; or
// something else to do: false. An idle shell must not cost anything, and
// go-prompt's loop never rests.
func (t *terminal) awaitKey() bool {
	t.mu.Lock()
	typed := len(t.chunks) > 0 || len(t.keys.buf) > 0
	t.mu.Unlock()
	for !typed && !t.woken() {
		typed = t.poll(-1)
	}
	return typed
}

// woken tells whether there is something else to do than to read keys.
func (t *terminal) woken() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.resized || t.news
}

// announce says that there is something to print above the line.
func (t *terminal) announce() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.news = true
	unix.Write(t.wake[1], []byte{0})
}

// takeNews tells whether something was announced.
func (t *terminal) takeNews() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	var drop [64]byte
	for n := 1; n > 0; n, _ = unix.Read(t.wake[0], drop[:]) {
	}
	news := t.news
	t.news = false
	return news
}

// nextChunk takes the next chunk that waits.
func (t *terminal) nextChunk() []byte {
	if len(t.chunks) == 0 {
		return nil
	}
	chunk := t.chunks[0]
	t.chunks = t.chunks[1:]
	if chunk[0] == '\r' || string(chunk) == string(breakKey) {
		return t.final(chunk)
	}
	return chunk
}

// final hands out the last chunk before the next Setup.
func (t *terminal) final(chunk []byte) []byte {
	t.hold = true
	return chunk
}

// translate turns an event into chunks for go-prompt.
func (t *terminal) translate(e keyEvent) {
	switch e.kind {
	case keyText, keyCode:
		t.chunks = append(t.chunks, e.bytes)
	case keyHelp:
		t.chunks = append(t.chunks, []byte{'?'})
	case keyQuery:
		t.chunks = append(t.chunks, queryKey)
	case keyEnter:
		t.chunks = append(t.chunks, []byte{'\r'})
	case keyUndo:
		t.chunks = append(t.chunks, undoKey)
	case keyLeave:
		if t.inConfig() {
			t.chunks = append(t.chunks, []byte{0x05}, []byte{0x15}, []byte("end"), []byte{'\r'})
		}
	case keySearch:
		t.search = true
		t.chunks = append(t.chunks, breakKey)
	case keyPaste:
		if len(e.lines) == 1 {
			t.insert(e.lines[0])
			t.chunks = append(t.chunks, []byte{'\r'})
		} else {
			t.pasted = e.lines
			t.chunks = append(t.chunks, breakKey)
		}
		t.insert(e.rest)
	}
}

// insert queues a text to be inserted as it is.
func (t *terminal) insert(text string) {
	switch text {
	case "":
	case "?":
		t.chunks = append(t.chunks, queryKey)
	default:
		t.chunks = append(t.chunks, []byte(text))
	}
}

// poll waits up to ms milliseconds for input, and tells whether there is any.
// announce ends the wait.
func (t *terminal) poll(ms int) bool {
	p := []unix.PollFd{{Fd: int32(t.in.Fd()), Events: unix.POLLIN}, {Fd: int32(t.wake[0]), Events: unix.POLLIN}}
	n, err := unix.Poll(p, ms)
	return err == nil && n > 0 && p[0].Revents != 0
}

// fill reads what there is into the splitter.
func (t *terminal) fill() {
	b := make([]byte, 1<<16)
	n, err := unix.Read(int(t.in.Fd()), b)
	switch {
	case n > 0:
		t.keys.feed(b[:n])
	case err == unix.EINTR || err == unix.EAGAIN:
	default:
		t.gone = true
	}
}

// takePaste takes the lines of a paste that wait to be run.
func (t *terminal) takePaste() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.pasted
	t.pasted = nil
	return lines
}

// pasting tells whether lines of a paste wait to be run.
func (t *terminal) pasting() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pasted != nil
}

// searching tells whether a line of the history is to be looked for.
func (t *terminal) searching() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.search
}

// takeSearch is searching, once.
func (t *terminal) takeSearch() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	search := t.search
	t.search = false
	return search
}

// enter queues a line as if it had been typed, to be edited or run.
func (t *terminal) enter(line string, run bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.insert(line)
	if run {
		t.chunks = append(t.chunks, []byte{'\r'})
	}
}

// closed tells whether the terminal has gone.
func (t *terminal) closed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.gone
}

// redraw asks the editor to begin anew in a window of another size.
func (t *terminal) redraw() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.resized = t.state == raw
}

// line waits for a line typed outside the editor, while the terminal is as
// it was found. What was typed ahead counts.
func (t *terminal) line(ctx context.Context) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		for i, c := range t.keys.buf {
			if c == 0x04 {
				t.keys.buf = t.keys.buf[i+1:]
				return "", io.EOF
			}
			if c == '\n' || c == '\r' {
				text := string(t.keys.buf[:i])
				t.keys.buf = t.keys.buf[i+1:]
				return text, nil
			}
		}
		if err := t.wait(ctx); err != nil {
			return "", err
		}
	}
}

// key waits for a single key, outside the editor.
func (t *terminal) key(ctx context.Context) (byte, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.set(raw); err != nil {
		return 0, err
	}
	defer t.set(running)
	for len(t.keys.buf) == 0 {
		if err := t.wait(ctx); err != nil {
			return 0, err
		}
	}
	c := t.keys.buf[0]
	t.keys.buf = t.keys.buf[1:]
	return c, nil
}

// event waits for the next event of the keyboard, outside the editor, while
// the terminal is raw. changed, which may be nil, ends the wait: then ok is
// false and there is no error.
func (t *terminal) event(ctx context.Context, changed func() bool) (e keyEvent, ok bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for idle := 0; ; idle++ {
		if e, ok = t.keys.next(idle > 0 && len(t.keys.buf) < 3); ok {
			if e.kind == keyText { // one character at a time: each is a key
				_, size := utf8.DecodeRune(e.bytes)
				t.keys.buf = append(e.bytes[size:len(e.bytes):len(e.bytes)], t.keys.buf...)
				e.bytes = e.bytes[:size]
			}
			return e, true, nil
		}
		if err := ctx.Err(); err != nil {
			return e, false, err
		}
		if changed != nil && changed() {
			return e, false, nil
		}
		t.mu.Unlock()
		typed := t.poll(100)
		t.mu.Lock()
		if !typed {
			continue
		}
		if t.fill(); t.gone {
			return e, false, io.EOF
		}
		idle = -1
	}
}

// rawly runs f while the terminal is raw, outside the editor.
func (t *terminal) rawly(f func() error) error {
	if err := t.Setup(); err != nil {
		return err
	}
	defer t.TearDown()
	return f()
}

// own gives a live view the whole screen, or back what was on it.
func (t *terminal) own(whole bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.full = whole
	if whole {
		io.WriteString(t.out, screenOn)
	} else {
		io.WriteString(t.out, screenOff)
	}
}

// wait fills the splitter with what is typed next. The caller holds t.mu,
// which is free meanwhile: a signal may want to give the terminal back.
func (t *terminal) wait(ctx context.Context) error {
	for {
		t.mu.Unlock()
		typed := t.poll(100)
		t.mu.Lock()
		if typed {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if t.fill(); t.gone {
		return io.EOF
	}
	return ctx.Err()
}

var _ prompt.ConsoleParser = (*terminal)(nil)
