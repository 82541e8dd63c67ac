package api

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var rewrite = flag.Bool("rewrite", false, "write docs/rpc.md anew")

const rpcDoc = "../../docs/rpc.md"

// TestRPCDocument keeps docs/rpc.md equal to this package.
func TestRPCDocument(t *testing.T) {
	want := document(t)
	if *rewrite {
		if err := os.WriteFile(rpcDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(rpcDoc)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		t.Error("docs/rpc.md is not what this package says; run: go test ./ipc/api -rewrite")
	}
}

// TestExamplesDecode holds each example against its parameters.
func TestExamplesDecode(t *testing.T) {
	for _, m := range Methods {
		decoder := json.NewDecoder(strings.NewReader(m.Example))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(reflect.New(reflect.TypeOf(m.Params)).Interface()); err != nil {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
}

// TestKeysAreLowerCamel: every field of every type has a key of that form.
func TestKeysAreLowerCamel(t *testing.T) {
	for _, typ := range reachable() {
		for i := range typ.NumField() {
			f := typ.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.Anonymous && (name == "" || name[0] < 'a' || name[0] > 'z' || strings.ContainsAny(name, "_-")) {
				t.Errorf("%s.%s has the key %q", typ.Name(), f.Name, name)
			}
		}
	}
}

// source is what go doc knows of this package.
func source(t *testing.T) *doc.Package {
	t.Helper()
	set := token.NewFileSet()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".go") && !strings.HasSuffix(e.Name(), "_test.go") {
			f, err := parser.ParseFile(set, e.Name(), nil, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, f)
		}
	}
	p, err := doc.NewFromFiles(set, files, "bgpsh/ipc/api")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// comments finds the comments of constants by value, of types by name, of
// fields by "Type.Field", and of a type's constants in order.
type comments struct {
	methods map[string]string
	codes   []string // rows of the table of error codes
	types   map[string]string
	fields  map[string]string
	values  map[string][]string // rows for the constants of a named type
}

func readComments(t *testing.T) *comments {
	c := &comments{map[string]string{}, nil, map[string]string{}, map[string]string{}, map[string][]string{}}
	p := source(t)
	for _, group := range p.Consts {
		c.consts("", group)
	}
	for _, typ := range p.Types {
		c.types[typ.Name] = oneLine(typ.Doc)
		for _, group := range typ.Consts {
			c.consts(typ.Name, group)
		}
		for _, spec := range typ.Decl.Specs {
			if s, ok := spec.(*ast.TypeSpec).Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					for _, name := range f.Names {
						c.fields[typ.Name+"."+name.Name] = oneLine(f.Doc.Text() + " " + f.Comment.Text())
					}
				}
			}
		}
	}
	return c
}

func (c *comments) consts(typeName string, group *doc.Value) {
	for _, spec := range group.Decl.Specs {
		s := spec.(*ast.ValueSpec)
		if len(s.Values) == 0 {
			continue
		}
		text, value := oneLine(s.Doc.Text()+" "+s.Comment.Text()), strings.Trim(s.Values[0].(*ast.BasicLit).Value, `"`)
		name := s.Names[0].Name
		switch {
		case typeName != "":
			c.values[typeName] = append(c.values[typeName], fmt.Sprintf("`%q`: %s", value, text))
		case strings.HasPrefix(name, "Code"):
			c.codes = append(c.codes, fmt.Sprintf("| %s | %s |", value, strings.TrimPrefix(text, name+": ")))
		default:
			c.methods[value] = strings.TrimSpace(strings.TrimPrefix(text, name))
		}
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// reachable are the struct types of this package that calls carry, in the
// order in which a reader meets them.
func reachable() []reflect.Type {
	var all []reflect.Type
	var visit func(t reflect.Type)
	visit = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || !strings.HasSuffix(t.PkgPath(), "ipc/api") || slices.Contains(all, t) {
			return
		}
		all = append(all, t)
		for i := range t.NumField() {
			visit(t.Field(i).Type)
		}
	}
	for _, m := range Methods {
		visit(reflect.TypeOf(m.Params))
		visit(reflect.TypeOf(m.Result))
		if m.Notice != nil {
			visit(reflect.TypeOf(m.Notice))
		}
	}
	return all
}

// kind names a field's JSON form.
func kind(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "instant"
	case t.PkgPath() == "net/netip":
		return map[string]string{"Addr": "address", "Prefix": "prefix", "AddrPort": "address:port"}[t.Name()]
	case t.Kind() == reflect.Pointer:
		return kind(t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8:
		return "base64"
	case t.Kind() == reflect.Slice:
		return "list of " + kind(t.Elem())
	case strings.HasSuffix(t.PkgPath(), "ipc/api"):
		return fmt.Sprintf("[%s](#%s)", t.Name(), strings.ToLower(t.Name()))
	case t.Kind() == reflect.String:
		return "text"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Interface:
		return "any"
	}
	return "number"
}

// table lists the keys of a struct, those of embedded ones included.
func (c *comments) table(b *strings.Builder, t reflect.Type) {
	if t.NumField() == 0 {
		b.WriteString("An empty object.\n\n")
		return
	}
	b.WriteString("| key | type | meaning |\n|---|---|---|\n")
	var rows func(t reflect.Type)
	rows = func(t reflect.Type) {
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Anonymous {
				rows(f.Type)
				continue
			}
			key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			text := c.fields[t.Name()+"."+f.Name]
			if rest, ok := strings.CutPrefix(text, f.Name+" "); ok {
				text = "`" + key + "` " + rest
			}
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", key, kind(f.Type), strings.ReplaceAll(text, "|", "\\|"))
		}
	}
	rows(t)
	b.WriteString("\n")
}

const intro = `# The calls of bgpd

Made from ` + "`ipc/api`" + ` by ` + "`go test ./ipc/api -rewrite`" + `; do not edit.

bgpd answers JSON-RPC 2.0 on its Unix socket, one JSON object a line, at most 1 MiB a request. bgpsh uses nothing else, so
whatever it shows and does is open to any program. With a socket tool:

` + "```" + `
echo '{"jsonrpc":"2.0","id":1,"method":"daemon.version","params":{}}' | socat - UNIX-CONNECT:/run/bgpsh/bgpd.sock
` + "```" + `

The answer is one line with the same id and either a result or an error:

` + "```" + `
{"jsonrpc":"2.0","id":1,"result":{...}}
{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no such neighbor: 10.0.0.9","data":{"what":"10.0.0.9"}}}
` + "```" + `

Parameters are always an object; keys that a method does not have are errors. Calls of one connection run at the same
time, at most 32, further ones wait; a call that needs another one's effect is sent when that one has been answered. Several calls may go in one line as a list of at most 32, and are answered by one line. A request without
id is not answered. A client that closes its connection cancels its calls; one that only shuts down its writing side, as the
line above does, still gets its answers.

Who may call is decided by the socket's other end: members of the socket's group may ` + "`look`" + `, root, the daemon's own user and
members of its admin group may ` + "`change`" + `.

`

// document is the whole of docs/rpc.md.
func document(t *testing.T) string {
	c := readComments(t)
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("## Conventions\n\n")
	_, conventions, _ := strings.Cut(source(t).Doc, "# Conventions\n")
	conventions, _, _ = strings.Cut(conventions, "# Reading order")
	b.WriteString(strings.TrimSpace(strings.NewReplacer("\n  - ", "\n- ", "\n    ", "\n  ").Replace(conventions)) + "\n\n")
	b.WriteString("## Errors\n\n`message` is one sentence for an operator. `data`, where it is present, says more:\n\n")
	c.table(&b, reflect.TypeFor[ErrorData]())
	b.WriteString("| code | meaning |\n|---|---|\n| -32700 | the line is not JSON; `where` gives the byte |\n| -32600 | JSON, and not a request |\n" +
		"| -32601 | no such method; `remedy` names the nearest |\n| -32602 | wrong parameters; `where` is the path to the key |\n" +
		"| -32603 | a fault inside the daemon, which goes on |\n| -32097 | the call was cancelled |\n" + strings.Join(c.codes, "\n") + "\n\n")
	b.WriteString("## Methods\n\n")
	for _, m := range Methods {
		fmt.Fprintf(&b, "- [%s](#%s)\n", m.Name, strings.ToLower(strings.ReplaceAll(m.Name, ".", "")))
	}
	b.WriteString("\n")
	for _, m := range Methods {
		c.method(&b, m)
	}
	b.WriteString("## Types\n\n")
	for _, typ := range reachable() {
		if !c.own(typ) {
			fmt.Fprintf(&b, "### %s\n\n%s\n\n", typ.Name(), c.types[typ.Name()])
			c.table(&b, typ)
		}
	}
	for _, name := range slices.Sorted(keysOf(c.values)) {
		fmt.Fprintf(&b, "### %s\n\n%s\n\n", name, c.types[name])
		for _, row := range c.values[name] {
			fmt.Fprintf(&b, "- %s\n", strings.TrimSuffix(row, ": "))
		}
		b.WriteString("\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// method is the section of one method.
func (c *comments) method(b *strings.Builder, m Method) {
	fmt.Fprintf(b, "### %s\n\n%s\n\nRole: `%s`.\n\n", m.Name, capitalised(c.methods[m.Name]), m.Role)
	patience := "" // socat waits half a second for an answer
	if strings.Contains(m.Name, ".wait") {
		patience = "-t 5 "
	}
	fmt.Fprintf(b, "```\n%s | socat %s- UNIX-CONNECT:/run/bgpsh/bgpd.sock\n```\n\n", commands(m), patience)
	b.WriteString("Parameters:\n\n")
	c.table(b, reflect.TypeOf(m.Params))
	b.WriteString("Result:\n\n")
	c.table(b, reflect.TypeOf(m.Result))
	if m.News != "" {
		fmt.Fprintf(b, "Notifications `%s`, until the subscription is ended:\n\n", m.News)
		c.table(b, reflect.TypeOf(m.Notice))
	}
	if len(m.Errors) > 0 {
		fmt.Fprintf(b, "Errors: %s.\n\n", strings.ReplaceAll(strings.Trim(fmt.Sprint(m.Errors), "[]"), " ", ", "))
	}
}

// commands are the shell commands that write an example's requests.
func commands(m Method) string {
	var all []string
	for i, call := range append(slices.Clone(m.Before), [2]string{m.Name, m.Example}) {
		all = append(all, fmt.Sprintf("echo '{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":%q,\"params\":%s}'", i+1, call[0], call[1]))
	}
	if len(all) == 1 {
		return all[0]
	}
	return "(" + strings.Join(all, "; sleep 1\n ") + ")"
}

// own tells whether a type is shown with its method.
func (c *comments) own(t reflect.Type) bool {
	for _, m := range Methods {
		if t == reflect.TypeOf(m.Params) || t == reflect.TypeOf(m.Result) || t == reflect.TypeOf(m.Notice) {
			return true
		}
	}
	return false
}

func capitalised(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func keysOf[V any](m map[string]V) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}
