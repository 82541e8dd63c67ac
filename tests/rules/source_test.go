package rules

import (
	"bufio"
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	maxFileLines     = 600
	maxFunctionLines = 80
	maxMainLines     = 150
	root             = "../.."
)

// longFunctions may pass maxFunctionLines: a state machine and a decision ladder are read in one piece.
var longFunctions = map[string]bool{
	"fsm/peer.go:react":        true,
	"daemon/rib/decide.go:cmp": true,
}

// pureCores do no I/O, read no clock and start no goroutine.
var pureCores = []string{"wire", "fsm", "daemon/rib"}

var bannedImports = []string{"os", "log", "net", "syscall", "sync", "context", "math/rand", "math/rand/v2", "io/fs", "os/exec"}

// bannedCalls are clock and timer functions of package time; durations and comparisons of given times are fine.
var bannedCalls = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}

func goFiles(t *testing.T, tests bool) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") && (tests || !strings.HasSuffix(path, "_test.go")) {
			files = append(files, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func rel(path string) string { return strings.TrimPrefix(filepath.ToSlash(path), root+"/") }

func TestFilesAndFunctionsStayShort(t *testing.T) {
	for _, path := range goFiles(t, false) {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(src, []byte("\n")); n > maxFileLines {
			t.Errorf("%s has %d lines, more than %d", rel(path), n, maxFileLines)
		} else if strings.HasPrefix(rel(path), "cmd/") && n > maxMainLines {
			t.Errorf("%s has %d lines, more than %d: cmd holds flags and wiring only", rel(path), n, maxMainLines)
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, path, src, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Body == nil || longFunctions[rel(path)+":"+fn.Name.Name] {
				continue
			}
			if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; n > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", rel(path), fn.Name.Name, n, maxFunctionLines)
			}
		}
	}
}

func TestPureCores(t *testing.T) {
	for _, dir := range pureCores {
		paths, err := filepath.Glob(filepath.Join(root, dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			if !strings.HasSuffix(path, "_test.go") {
				checkPure(t, path)
			}
		}
	}
}

func checkPure(t *testing.T, path string) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	at := func(n ast.Node) string { return rel(path) + ":" + strconv.Itoa(fset.Position(n.Pos()).Line) }
	for _, imp := range f.Imports {
		if name, _ := strconv.Unquote(imp.Path.Value); contains(bannedImports, name) {
			t.Errorf("%s: a pure core imports %s", at(imp), name)
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s: a pure core starts a goroutine", at(n))
		case *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
			t.Errorf("%s: a pure core uses a channel", at(n))
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && contains(bannedCalls, n.Sel.Name) {
				t.Errorf("%s: a pure core calls time.%s; time is an argument", at(n), n.Sel.Name)
			}
		}
		return true
	})
}

// TestTour checks that every stop of docs/tour.md names a file and a symbol that exist and keeps to its budget of lines.
// A stop is a table row: | N | path `Symbol` | lines | what you learn |.
func TestTour(t *testing.T) {
	tour, err := os.ReadFile(filepath.Join(root, "docs/tour.md"))
	if err != nil {
		t.Fatal(err)
	}
	row := regexp.MustCompile("^\\| *\\d+ *\\| *([\\w./]+\\.go)(?: `(\\w+)`)?[^|]*\\| *(\\d+) *\\|")
	stops := 0
	for sc := bufio.NewScanner(bytes.NewReader(tour)); sc.Scan(); {
		m := row.FindStringSubmatch(sc.Text())
		if m == nil {
			continue
		}
		stops++
		budget, _ := strconv.Atoi(m[3])
		checkStop(t, m[1], m[2], budget)
	}
	if stops < 12 {
		t.Errorf("docs/tour.md has %d stops that read as table rows, want at least 12", stops)
	}
}

func checkStop(t *testing.T, file, symbol string, budget int) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Errorf("docs/tour.md: %v", err)
		return
	}
	if symbol == "" {
		return
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Name.Name == symbol {
				if n := fset.Position(d.Body.End()).Line - fset.Position(d.Pos()).Line + 1; n > budget {
					t.Errorf("docs/tour.md: %s `%s` has %d lines, its stop says %d", file, symbol, n, budget)
				}
				return
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == symbol {
					return
				}
				if v, ok := s.(*ast.TypeSpec); ok && v.Name.Name == symbol {
					return
				}
			}
		}
	}
	t.Errorf("docs/tour.md: %s has no `%s`", file, symbol)
}

// TestTopLevel keeps the folders of the house to those that the design names.
func TestTopLevel(t *testing.T) {
	known := []string{"cmd", "daemon", "shell", "ipc", "wire", "fsm", "etc", "docs", "tests", ".ci", ".gitignore", "go.mod",
		"go.sum", "README.md", "LICENSE", "Makefile"}
	out, err := exec.Command("git", "-C", root, "ls-files").Output()
	if err != nil {
		t.Skipf("not a git checkout: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		if top := strings.Split(path, "/")[0]; !contains(known, top) {
			t.Errorf("top-level entry %s is not one of %v", top, known)
		}
	}
}

// TestNoSleepInTests: a test waits for an event or runs on virtual time.
func TestNoSleepInTests(t *testing.T) {
	for _, path := range goFiles(t, true) {
		if !strings.HasSuffix(path, "_test.go") {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(src, []byte("time.Slee"+"p(")) && !bytes.Contains(src, []byte("testing/synctest")) {
			t.Errorf("%s sleeps; wait for the event, or use virtual time", rel(path))
		}
	}
}

// TestTimersAreMonotonic: a step of the wall clock must expire no timer, so times in the machine, the table and the daemon are compared as times,
// which keeps Go's monotonic reading, and not as seconds since 1970.
func TestTimersAreMonotonic(t *testing.T) {
	wall := regexp.MustCompile(`\.(Unix|UnixMilli|UnixMicro|UnixNano)\(\)|\.Round\(0\)|time\.Unix\(`)
	shownOnly := map[string]bool{"daemon/feed.go": true} // for how long events are recorded that nobody wants any more
	for _, path := range goFiles(t, false) {
		name := rel(path)
		if dir := filepath.Dir(name); dir != "fsm" && dir != "daemon" && dir != "daemon/rib" || shownOnly[name] {
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(src), "\n") {
			if wall.MatchString(line) {
				t.Errorf("%s:%d: time as the wall clock has it: %s", name, i+1, strings.TrimSpace(line))
			}
		}
	}
}
