package rib

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

// TestSizes holds the bytes that the layout promises: each is multiplied by a million.
func TestSizes(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want uintptr
	}{
		{"path", unsafe.Sizeof(path{}), 16},
		{"slot", unsafe.Sizeof(slot{}), 24},
		{"dest", unsafe.Sizeof(dest{}), 32},
		{"single", unsafe.Sizeof(single{}), 20},
		{"block", unsafe.Sizeof(block{}), 52},
		{"attr", unsafe.Sizeof(attr{}), 32},
		{"source", unsafe.Sizeof(source{}), 16},
		{"entry", unsafe.Sizeof(entry{}), 8},
		{"lane", unsafe.Sizeof(lane{}), 16},
	} {
		if c.got != c.want {
			t.Errorf("%s takes %d bytes, not %d", c.name, c.got, c.want)
		}
	}
}

// TestNoPointers finds pointers in what arenas and columns hold: the garbage collector would have to read them all.
func TestNoPointers(t *testing.T) {
	for _, v := range []any{dest{}, single{}, block{}, attr{}, source{}, entry{}, lane{}, chunkUse{}, memoEntry{}, change{}} {
		if at := pointer(reflect.TypeOf(v)); at != "" {
			t.Errorf("%T has a pointer: %s", v, at)
		}
	}
}

func pointer(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		for i := range t.NumField() {
			if at := pointer(t.Field(i).Type); at != "" {
				return t.Field(i).Name + " " + at
			}
		}
		return ""
	case reflect.Array:
		return pointer(t.Elem())
	case reflect.Pointer, reflect.Slice, reflect.String, reflect.Map, reflect.Interface, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return t.String()
	}
	return ""
}

// TestPure finds goroutines, channels, clocks and I/O: this package has none.
func TestPure(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			switch path := strings.Trim(i.Path.Value, `"`); path {
			case "net", "log", "os", "sync", "context", "runtime", "math/rand", "math/rand/v2":
				t.Errorf("%s imports %s", f.Name(), path)
			default:
				if strings.HasPrefix(path, "bgpsh/") && path != "bgpsh/wire" {
					t.Errorf("%s imports %s", f.Name(), path)
				}
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt, *ast.ChanType, *ast.SelectStmt, *ast.SendStmt:
				t.Errorf("%s: %T", set.Position(n.Pos()), n)
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" {
					switch n.Sel.Name {
					case "Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick":
						t.Errorf("%s: time.%s", set.Position(n.Pos()), n.Sel.Name)
					}
				}
			}
			return true
		})
	}
}
