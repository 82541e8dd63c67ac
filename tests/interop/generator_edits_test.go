package interop

import (
	"fmt"
	"slices"
	"strings"

	"bgpsh/wire"
)

// An edit changes the scene and gives the lines that do so at a running router, from configuration mode on. Nothing: there was
// nothing to change.
type edit func(*scene) []string

// edits are the kinds of change that a session survives. Each is made as often as it stands here.
var edits = []edit{
	(*scene).dropSetting, (*scene).dropSetting, (*scene).addSetting, (*scene).addSetting, (*scene).addSetting,
	(*scene).dropEntry, (*scene).addEntry, (*scene).addEntry, (*scene).dropClause, (*scene).dropClause, (*scene).dropMap,
	(*scene).dropListLine, (*scene).addListLine, (*scene).addListLine,
	(*scene).dropOrigin, (*scene).addOrigin, (*scene).toggle,
}

// resetting are the settings of a neighbor whose change ends its session in FRR, or that the comparison itself rests on.
var resetting = []string{"activate", "route-reflector-client", "route-server-client", "maximum-prefix", "addpath-tx", "disable-addpath-rx", "soo "}

// composeEdits changes the scene and gives the lines for it.
func (s *scene) composeEdits(n int) (lines []string) {
	for range n {
		lines = append(lines, pick(s, edits...)(s)...)
	}
	return lines
}

// inRouter puts a line of `router bgp`, or with a family of its section there, behind what leads to it.
func inRouter(f *wire.Family, line string) []string {
	lines := []string{fmt.Sprintf("router bgp %d", sceneAS)}
	if f == nil {
		return append(lines, line, "exit")
	}
	return append(lines, "address-family "+map[wire.Family]string{wire.IPv4Unicast: "ipv4", wire.IPv6Unicast: "ipv6"}[*f]+" unicast", line,
		"exit-address-family", "exit")
}

// contrary is the `no` form of a line, or the line without its `no`.
func contrary(line string) string {
	if rest, ok := strings.CutPrefix(line, "no "); ok {
		return rest
	}
	return "no " + line
}

// someone is a neighbor or now and then a peer group.
func (s *scene) someone() *subject {
	if s.chance(15) {
		return pick(s, s.groups...)
	}
	for {
		if n := pick(s, s.subjects...); !n.dynamic {
			return n
		}
	}
}

// dropSetting takes a setting in its family from a neighbor.
func (s *scene) dropSetting() []string {
	n := s.someone()
	var may []int
	for i, l := range n.inFamily {
		if !slices.ContainsFunc(resetting, func(r string) bool { return strings.HasPrefix(l, r) }) {
			may = append(may, i)
		}
	}
	if len(may) == 0 {
		return nil
	}
	i := pick(s, may...)
	line := contrary(n.statement(n.inFamily[i]))
	n.dropped = append(n.dropped, n.inFamily[i])
	n.inFamily = slices.Delete(slices.Clone(n.inFamily), i, i+1)
	f := n.plan.family()
	return inRouter(&f, line)
}

// addSetting gives a neighbor one that it has not.
func (s *scene) addSetting() []string {
	n, k := s.someone(), pick(s, knobs...)
	if k.session || !k.suits(n) {
		return nil
	}
	before := len(s.lists)
	l := k.line(s, n)
	has := func(x string) bool { return settingWord(x) == settingWord(l) }
	if slices.ContainsFunc(resetting, func(r string) bool { return strings.HasPrefix(l, r) }) || slices.ContainsFunc(n.inFamily, has) || s.endsFRR(n, l) {
		s.lists = s.lists[:before]
		return nil
	}
	n.inFamily = append(n.inFamily, l)
	f := n.plan.family()
	return append(s.since(before), inRouter(&f, n.statement(l))...)
}

// since gives the lists and maps that the scene has got since it had so many lines of them.
func (s *scene) since(before int) []string { return slices.Clone(s.lists[before:]) }

// An entry is one of a route map, at a place in the scene's lists.
type entry struct {
	at, end int // its lines; the last is its exit
	name    string
}

func (e *entry) head(s *scene) string { return s.lists[e.at] }

// entries finds those of all maps.
func (s *scene) entries() (out []entry) {
	for i, l := range s.lists {
		if !strings.HasPrefix(l, "route-map ") {
			continue
		}
		end := i + 1
		for s.lists[end] != "exit" {
			end++
		}
		out = append(out, entry{i, end + 1, strings.Fields(l)[1]})
	}
	return out
}

// dropEntry removes one entry of a map.
func (s *scene) dropEntry() []string {
	all := s.entries()
	if len(all) == 0 {
		return nil
	}
	e := pick(s, all...)
	head := e.head(s)
	s.lists = slices.Delete(s.lists, e.at, e.end)
	return []string{"no " + head}
}

// dropMap removes a map that neighbors may still name.
func (s *scene) dropMap() []string {
	if all := s.entries(); len(all) > 0 && s.chance(30) {
		name := pick(s, all...).name
		for i := len(all) - 1; i >= 0; i-- {
			if all[i].name == name {
				s.lists = slices.Delete(s.lists, all[i].at, all[i].end)
			}
		}
		return []string{"no route-map " + name}
	}
	return nil
}

// addEntry puts an entry into a map, before, between or behind the others.
func (s *scene) addEntry() []string {
	all := s.entries()
	if len(all) == 0 {
		return nil
	}
	e := pick(s, all...)
	before := len(s.lists)
	f := s.mapFamily[e.name]
	lines := s.mapEntry(f, e.name, pick(s, 3, 17, 27, 60), pick(s, "permit", "permit", "deny"), "")
	s.lists = append(s.lists, lines...)
	return s.since(before)
}

// dropClause takes a condition or a change out of an entry.
func (s *scene) dropClause() []string {
	var may [][2]int
	for _, e := range s.entries() {
		for i := e.at + 1; i < e.end-1; i++ {
			may = append(may, [2]int{e.at, i})
		}
	}
	if len(may) == 0 {
		return nil
	}
	at := pick(s, may...)
	head, clause := s.lists[at[0]], strings.TrimSpace(s.lists[at[1]])
	s.lists = slices.Delete(s.lists, at[1], at[1]+1)
	for _, alone := range []string{"set as-path prepend", "on-match goto", "match probability"} { // all that FRR takes behind no
		if strings.HasPrefix(clause, alone+" ") {
			clause = alone
		}
	}
	return []string{head, "no " + clause, "exit"}
}

// listLines are the places of the lines of lists.
func (s *scene) listLines() (out []int) {
	for i, l := range s.lists {
		if strings.Contains(l, "-list ") && !strings.HasPrefix(l, " ") {
			out = append(out, i)
		}
	}
	return out
}

// dropListLine removes a line of a list, which may be its last. It leaves a prefix list's line beside another for the same prefix: with it
// FRR 8.4 forgets the prefix for the maps that match the list (`no route-map M optimization` brings it back).
func (s *scene) dropListLine() []string {
	all := s.listLines()
	if len(all) == 0 {
		return nil
	}
	i := pick(s, all...)
	line := s.lists[i]
	twin := func(l string) bool { return l != line && listedPrefix(l) == listedPrefix(line) }
	if listedPrefix(line) != "" && slices.ContainsFunc(s.lists, twin) {
		return nil
	}
	same := func(l string) bool { return l == line }
	s.lists = slices.DeleteFunc(s.lists, same)
	return []string{"no " + line}
}

// listedPrefix is the name and the prefix of a line of a prefix list, without its lengths; empty for other lines.
func listedPrefix(l string) string {
	f := strings.Fields(l)
	if len(f) < 7 || f[1] != "prefix-list" {
		return ""
	}
	if f[6] == "any" {
		f[6] = map[string]string{"ip": "0.0.0.0/0", "ipv6": "::/0"}[f[0]]
	}
	return f[0] + " " + f[2] + " " + f[6]
}

// addListLine gives a list a line that another list of its kind has.
func (s *scene) addListLine() []string {
	all := s.listLines()
	if len(all) == 0 {
		return nil
	}
	a, b := s.lists[pick(s, all...)], s.lists[pick(s, all...)]
	name := func(l string) (kind, name, rest string) {
		head, tail, _ := strings.Cut(l, "-list ")
		f := strings.Fields(tail)
		switch {
		case f[0] == "standard" || f[0] == "expanded":
			head, f = head+f[0], f[1:]
		case strings.Contains(head, "community") && len(f[0]) == 3:
			head += "expanded"
		case strings.Contains(head, "community"):
			head += "standard"
		}
		if f[1] == "seq" {
			f = append(f[:1:1], append([]string{"seq", fmt.Sprint(30 + s.IntN(50))}, f[3:]...)...)
		}
		return head, f[0], strings.Join(f[1:], " ")
	}
	kind, to, _ := name(a)
	other, from, rest := name(b)
	if kind != other || to == from {
		return nil
	}
	line := a[:strings.Index(a, " "+to+" ")] + " " + to + " " + rest
	s.lists = append(s.lists, line)
	return []string{line}
}

// dropOrigin withdraws a network or an aggregate of our own.
func (s *scene) dropOrigin() []string {
	f := pick(s, wire.IPv4Unicast, wire.IPv6Unicast)
	own := slices.Clone(s.family[f])
	own = slices.DeleteFunc(own, func(l string) bool { return !strings.HasPrefix(l, "network") && !strings.HasPrefix(l, "aggregate") })
	if len(own) == 0 {
		return nil
	}
	line := pick(s, own...)
	s.family[f], s.dropped = slices.DeleteFunc(slices.Clone(s.family[f]), func(l string) bool { return l == line }), append(s.dropped, line)
	return inRouter(&f, "no "+strings.Join(strings.Fields(line)[:2], " "))
}

// addOrigin originates another route.
func (s *scene) addOrigin() []string {
	n := pick(s, s.subjects...)
	f := n.plan.family()
	before := len(s.lists)
	line := "network " + contestedPrefix(f, 1+s.IntN(3)).String() + s.originMap(f, 25)
	if s.chance(60) {
		line = s.aggregate(f, n.block())
	}
	key := strings.Fields(line)[1]
	if slices.ContainsFunc(s.family[f], func(l string) bool { return strings.Contains(l+" ", key+" ") }) {
		s.lists = s.lists[:before]
		return nil
	}
	s.family[f] = append(s.family[f], line)
	return append(s.since(before), inRouter(&f, line)...)
}

// toggle turns a setting of the router on or off.
func (s *scene) toggle() []string {
	line := pick(s, "bgp bestpath med missing-as-worst", "bgp bestpath as-path ignore", "bgp default local-preference 130", "bgp max-med administrative",
		"bgp route-reflector allow-outbound-policy")
	is := func(l string) bool { return strings.HasPrefix(l, strings.Join(strings.Fields(line)[:3], " ")) }
	s.toggled = append(s.toggled, line)
	if i := slices.IndexFunc(s.global, is); i >= 0 {
		line = s.global[i]
		s.global = slices.Delete(slices.Clone(s.global), i, i+1)
		return inRouter(nil, "no "+line)
	}
	s.global = append(s.global, line)
	return inRouter(nil, line)
}
