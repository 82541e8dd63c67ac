package config

import (
	"cmp"
	"net/netip"
	"reflect"
	"slices"
	"strings"
)

// Conflict is a thing that two changes of the same configuration touch in different ways.
type Conflict struct {
	Object string     // as in DiffLine
	Theirs []DiffLine // what the other change did to it
	Reason string     // what would be wrong with the merged configuration; empty: both changed the object itself
}

// Merge brings two changes of base together: mine and theirs. Each neighbor, peer-group, map, list and network is one thing, each other value of
// the router another; a thing that only one of the two changed is that one's. Where both changed a thing differently it is a conflict, and the
// merged configuration has mine. A merged configuration that cannot stand as it is, say a neighbor of mine in a group that they removed, is a
// conflict too. None of the three is changed.
func Merge(base, mine, theirs *Config) (merged *Config, conflicts []Conflict) {
	m := merger{}
	merged = m.value(reflect.ValueOf(base), reflect.ValueOf(mine), reflect.ValueOf(theirs)).Interface().(*Config).Clone()
	if r := merged.Router; r != nil {
		slices.SortFunc(r.Listen, func(a, b netip.AddrPort) int {
			return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Port(), b.Port()))
		})
	}
	other := Compare(base, theirs)
	conflicts = collisions(Compare(base, mine), other, Compare(mine, theirs))
	if m.gone && len(conflicts) == 0 {
		conflicts = append(conflicts, Conflict{Object: "router bgp", Theirs: about(other, "router bgp")})
	}
	if len(conflicts) > 0 {
		return merged, conflicts
	}
	for _, e := range check(merged) {
		conflicts = append(conflicts, Conflict{Object: e.Place.Text, Theirs: other, Reason: e.Reason})
	}
	return merged, conflicts
}

// collisions are the objects that both differences touch and that are not the same in the end.
func collisions(mine, theirs, between []DiffLine) (out []Conflict) {
	touched, differs := objects(mine), objects(between)
	for _, l := range theirs {
		seen := slices.ContainsFunc(out, func(c Conflict) bool { return c.Object == l.Object })
		if l.Sign != ' ' && touched[l.Object] && differs[l.Object] && !seen {
			out = append(out, Conflict{Object: l.Object, Theirs: about(theirs, l.Object)})
		}
	}
	return out
}

func objects(lines []DiffLine) map[string]bool {
	out := map[string]bool{}
	for _, l := range lines {
		if l.Sign != ' ' {
			out[l.Object] = true
		}
	}
	return out
}

// about are the lines of a difference that are about an object.
func about(lines []DiffLine, object string) (out []DiffLine) {
	for _, l := range lines {
		if l.Sign != ' ' && l.Object == object {
			out = append(out, l)
		}
	}
	return out
}

// Touches reports whether a difference has a line about an object.
func Touches(lines []DiffLine, object string) bool { return len(about(lines, object)) > 0 }

// check reads a configuration back and lists what is wrong with its lines.
func check(c *Config) []LineError {
	_, errs, _ := Parse("", c.Lines(), Options{})
	for _, n := range neighborsOf(c) {
		if n.Group != "" && c.Router.Groups[n.Group] == nil {
			errs = append(errs, LineError{Place: Place{Text: "neighbor " + n.Name + " peer-group " + n.Group}, Reason: errNoGroup.Error()})
		}
	}
	return errs
}

func neighborsOf(c *Config) []*Neighbor {
	if c.Router == nil {
		return nil
	}
	return c.Router.Sorted()
}

// A merger walks three configurations side by side. It knows the kinds of things by their Go types alone, so that what is added to the model
// is merged without a word here: structs of the model by field, maps by key, lists as sets, and everything else as one value.
type merger struct {
	gone bool // one side removed as a whole what the other changed inside
}

func (m *merger) value(base, mine, theirs reflect.Value) reflect.Value {
	switch {
	case same(mine, base):
		return theirs
	case same(theirs, base), same(mine, theirs):
		return mine
	}
	switch base.Kind() {
	case reflect.Pointer:
		if base.IsNil() || mine.IsNil() || theirs.IsNil() {
			m.gone = m.gone || !base.IsNil()
			return mine
		}
		if divisible(base.Type().Elem()) {
			out := reflect.New(base.Type().Elem())
			out.Elem().Set(m.fields(base.Elem(), mine.Elem(), theirs.Elem()))
			return out
		}
	case reflect.Struct:
		if divisible(base.Type()) {
			return m.fields(base, mine, theirs)
		}
	case reflect.Array:
		out := reflect.New(base.Type()).Elem()
		for i := range base.Len() {
			out.Index(i).Set(m.value(base.Index(i), mine.Index(i), theirs.Index(i)))
		}
		return out
	case reflect.Map:
		return m.entries(base, mine, theirs)
	case reflect.Slice:
		return union(base, mine, theirs)
	}
	return mine
}

func same(a, b reflect.Value) bool { return reflect.DeepEqual(a.Interface(), b.Interface()) }

// divisible reports a struct whose fields are things of their own: the configuration, its router, and what holds things by name.
func divisible(t reflect.Type) bool {
	if t == reflect.TypeFor[Config]() || t == reflect.TypeFor[Router]() || t == reflect.TypeFor[Knobs]() {
		return true
	}
	maps := false
	for i := range t.NumField() {
		if !t.Field(i).IsExported() {
			return false
		}
		maps = maps || t.Field(i).Type.Kind() == reflect.Map
	}
	return maps && !strings.HasPrefix(t.Name(), "Opt[")
}

func (m *merger) fields(base, mine, theirs reflect.Value) reflect.Value {
	out := reflect.New(base.Type()).Elem()
	for i := range base.NumField() {
		out.Field(i).Set(m.value(base.Field(i), mine.Field(i), theirs.Field(i)))
	}
	return out
}

// entries merges maps by key. An entry is one thing: where both changed it, mine stands.
func (m *merger) entries(base, mine, theirs reflect.Value) reflect.Value {
	out := reflect.MakeMap(base.Type())
	for _, of := range []reflect.Value{mine, theirs} {
		for _, key := range of.MapKeys() {
			b, x, y := base.MapIndex(key), mine.MapIndex(key), theirs.MapIndex(key)
			chosen := x
			if sameEntry(x, b) {
				chosen = y
			}
			if chosen.IsValid() {
				out.SetMapIndex(key, chosen)
			}
		}
	}
	return out
}

func sameEntry(a, b reflect.Value) bool {
	return a.IsValid() == b.IsValid() && (!a.IsValid() || same(a, b))
}

// union is theirs without what mine removed and with what mine added.
func union(base, mine, theirs reflect.Value) reflect.Value {
	out := reflect.MakeSlice(base.Type(), 0, theirs.Len())
	for i := range theirs.Len() {
		if e := theirs.Index(i); contains(mine, e) || !contains(base, e) {
			out = reflect.Append(out, e)
		}
	}
	for i := range mine.Len() {
		if e := mine.Index(i); !contains(base, e) && !contains(theirs, e) {
			out = reflect.Append(out, e)
		}
	}
	return out
}

func contains(list, e reflect.Value) bool {
	for i := range list.Len() {
		if same(list.Index(i), e) {
			return true
		}
	}
	return false
}
