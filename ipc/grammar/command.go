package grammar

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Command is one line understood: a statement of the tables with its arguments.
//
// Mode is the mode the statement belongs to, which need not be the one it was typed in: `neighbor P activate` typed in Router is an AF4
// command, `show version` typed in Config an Exec one. Next is the mode that follows in the shell. A blank line or a comment has no ID.
type Command struct {
	ID    string
	Mode  Mode
	Next  Mode
	No    bool
	Args  Args
	Pipes []Pipe
}

// Empty is true of a blank line and of a comment.
func (c Command) Empty() bool { return c.ID == "" }

// Make starts a command to be rendered: Make("neighbor.remote-as", Router).With("peer", p).With("as", asn). The mode may be empty where
// only one mode has the statement.
func Make(id string, mode Mode) Command { return Command{ID: id, Mode: mode} }

// With appends one argument. Integers of any size become uint64, false and empty slices append nothing, a slice appends one argument
// for each element.
func (c Command) With(name string, value any) Command {
	c.Args = append(c.Args[:len(c.Args):len(c.Args)], values(name, value)...)
	return c
}

// Negated is the command with its no form.
func (c Command) Negated() Command { c.No = true; return c }

// Family is the address family a command is about: that of its mode, or the one typed in a show or clear command, where `show ip bgp`
// means ipv4. Empty when none was given.
func (c Command) Family() string {
	if f := c.Mode.Family(); f != "" {
		return f
	}
	if f := c.Args.Text("family"); f != "" {
		return f
	}
	if c.Args.Has("ip") {
		return "ipv4"
	}
	return ""
}

// Pipe is one ` | WORD PATTERN` behind a show command: include, exclude, begin, section (with a pattern), save (with a file's name), count,
// no-more or json (without).
type Pipe struct {
	Word    string
	Pattern string
}

// Peer names a neighbor or a source as typed: an address, or the name of an interface or a peer group.
type Peer struct {
	Addr netip.Addr
	Name string
}

// String is the address or the name.
func (p Peer) String() string {
	if p.Addr.IsValid() {
		return p.Addr.String()
	}
	return p.Name
}

// Arg is one argument. Value is a netip.Addr, netip.Prefix, uint64, float64, string, Peer, or true for a keyword that was typed.
type Arg struct {
	Name  string
	Value any
}

// Args are the arguments of a command in the order of the line; a repeated argument stands there once for each value.
type Args []Arg

func (a Args) get(name string) any {
	for i := range a {
		if a[i].Name == name {
			return a[i].Value
		}
	}
	return nil
}

// Has tells whether an argument or an optional keyword was given.
func (a Args) Has(name string) bool { return a.get(name) != nil }

// Addr is an address argument, also out of a Peer; the zero Addr when absent.
func (a Args) Addr(name string) netip.Addr {
	switch v := a.get(name).(type) {
	case netip.Addr:
		return v
	case Peer:
		return v.Addr
	}
	return netip.Addr{}
}

// Prefix is a prefix argument with its host bits as typed; the zero Prefix when absent.
func (a Args) Prefix(name string) netip.Prefix {
	v, _ := a.get(name).(netip.Prefix)
	return v
}

// Peer is a neighbor argument; the zero Peer when absent.
func (a Args) Peer(name string) Peer {
	switch v := a.get(name).(type) {
	case Peer:
		return v
	case netip.Addr:
		return Peer{Addr: v}
	case string:
		return Peer{Name: v}
	}
	return Peer{}
}

// Uint is a number, AS number or community argument; 0 when absent.
func (a Args) Uint(name string) uint64 {
	v, _ := a.get(name).(uint64)
	return v
}

// Uint32 is Uint for arguments that the grammar keeps within 32 bits: AS numbers, metrics, communities.
func (a Args) Uint32(name string) uint32 { return uint32(a.Uint(name)) }

// Float is a decimal argument; 0 when absent.
func (a Args) Float(name string) float64 {
	v, _ := a.get(name).(float64)
	return v
}

// Text is any argument as plain text; empty when absent.
func (a Args) Text(name string) string { return plain(a.get(name)) }

// Words are all values of a repeated argument as plain text.
func (a Args) Words(name string) []string {
	var w []string
	for _, arg := range a {
		if arg.Name == name {
			w = append(w, plain(arg.Value))
		}
	}
	return w
}

// Uints are all values of a repeated number or community argument.
func (a Args) Uints(name string) []uint64 {
	var n []uint64
	for _, arg := range a {
		if v, ok := arg.Value.(uint64); ok && arg.Name == name {
			n = append(n, v)
		}
	}
	return n
}

func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case uint64:
		return strconv.FormatUint(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case fmt.Stringer:
		return v.String()
	}
	return fmt.Sprint(value)
}

// values brings what a caller hands to With into the kinds of Arg.Value.
func values(name string, value any) []Arg {
	one := func(v any) []Arg { return []Arg{{name, v}} }
	switch v := value.(type) {
	case bool:
		if !v {
			return nil
		}
		return one(true)
	case int:
		return one(uint64(v))
	case uint8:
		return one(uint64(v))
	case uint16:
		return one(uint64(v))
	case uint32:
		return one(uint64(v))
	case []uint32:
		var all []Arg
		for _, n := range v {
			all = append(all, Arg{name, uint64(n)})
		}
		return all
	case []string:
		var all []Arg
		for _, s := range v {
			all = append(all, Arg{name, s})
		}
		return all
	}
	return one(value)
}

// String is the canonical line, for messages and tests.
func (c Command) String() string { return strings.TrimSpace(Render(c)) }
