package shell

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"bgpsh/ipc/api"
	"bgpsh/ipc/grammar"
)

// showStatistics is `show bgp [FAMILY] statistics`: FRR's facts about each
// table, and without a family what sessions and loop did.
func showStatistics(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	if err := checkVRF(c); err != nil {
		return err
	}
	var params api.StatisticsParams
	if f := family(c); f != "" {
		params.Families = []api.Family{f}
	}
	var all api.Statistics
	if err := s.call(ctx, api.BGPStatistics, params, &all); err != nil {
		return s.withoutBGP(err, c, w)
	}
	ours := family(c) == "" && c.ID == "show.bgp.statistics"
	switch {
	case c.Args.Has("native"):
		return printNative(w, all)
	case wantsJSON(c):
		return printJSON(w, statisticsObject(&all, ours))
	}
	for i := range all.Tables {
		if i > 0 {
			fmt.Fprintln(w)
		}
		printTableStatistics(w, &all.Tables[i])
	}
	if !ours {
		return nil
	}
	return firstError(printSessionStatistics(w, &all.Sessions, all.Tables), printLoop(w, &all.Loop), printFaults(w, &all.Faults))
}

// shares are the equivalents of an amount of address space: their text, JSON
// key and the factor that makes them of a number of addresses.
type share struct {
	name, key string
	factor    float64
}

func sharesOf(f api.Family) []share {
	if f == api.IPv6Unicast {
		return []share{{"/32 equivalent", "/32equivalent", math.Pow(2, 32-128)}, {"/48 equivalent", "/48equivalent", math.Pow(2, 48-128)}}
	}
	return []share{
		{"% announced", "%announced", 100 * math.Pow(2, -32)}, {"/8 equivalent", "/8equivalent", math.Pow(2, 8-32)},
		{"/24 equivalent", "/24equivalent", math.Pow(2, 24-32)},
	}
}

// average divides, and is 0 of nothing.
func average(sum, n uint64) float64 {
	if n == 0 {
		return 0
	}
	return float64(sum) / float64(n)
}

// lengthSum is the sum of the lengths of all prefixes.
func lengthSum(t *api.TableStatistics) (sum uint64) {
	for _, l := range t.Lengths {
		sum += uint64(l.Length) * l.Count
	}
	return sum
}

// printTableStatistics writes one table's facts in FRR 8.4's layout.
func printTableStatistics(w io.Writer, t *api.TableStatistics) {
	p := &page{}
	number := func(name string, n uint64) { p.line("%-30s: %12d", name, n) }
	part := func(name string, v float64) { p.line("%-30s: %12.2f", name, v) }
	p.line("BGP %s RIB statistics (VRF default)", familyTitle(t.Family))
	number("Total Advertisements", t.Paths)
	number("Total Prefixes", t.Prefixes)
	part("Average prefix length", average(lengthSum(t), t.Prefixes))
	number("Unaggregateable prefixes", t.Prefixes-t.Covered)
	number("Maximum aggregateable prefixes", t.Covered)
	number("BGP Aggregate advertisements", t.Atomic)
	p.line("%-30s: %12s", "Address space advertised", strconv.FormatFloat(t.Space, 'g', 6, 64))
	for _, s := range sharesOf(t.Family) {
		p.line("%29s : %12.2f", s.name, t.Space*s.factor)
	}
	p.line("")
	number("Advertisements with paths", t.Paths)
	number("Longest AS-Path (hops)", t.MaxHops)
	part("Average AS-Path length (hops)", average(t.Hops, t.Paths))
	number("Largest AS-Path (bytes)", t.MaxBytes)
	part("Average AS-Path size (bytes)", average(t.PathBytes, t.Paths))
	number("Highest public ASN", uint64(t.HighestASN))
	io.WriteString(w, p.String())
}

func printSessionStatistics(w io.Writer, s *api.SessionStatistics, tables []api.TableStatistics) error {
	fmt.Fprintln(w)
	rows := [][]string{
		{"Sessions", fmt.Sprintf("%d established of %d; %d came up, %d went down, %d by the hold timer", s.Established, s.Configured, s.Ups, s.Downs, s.HoldExpired)},
		{"Messages", fmt.Sprintf("%d received (%s), %d sent (%s)", s.MessagesIn, memory(s.BytesIn), s.MessagesOut, memory(s.BytesOut))},
		{"Updates", fmt.Sprintf("%d received, %d sent", s.UpdatesIn, s.UpdatesOut)},
		{"Queues", fmt.Sprintf("%d items wait for the table, %d messages for sockets", s.QueueIn, s.QueueOut)},
		{"Malformed", fmt.Sprintf("%d updates treated as withdraw, %d with an attribute discarded, %d ended their session", s.TreatedWithdraw, s.AttributeDiscard, s.ResetsByUpdate)},
	}
	if s.Unnegotiated > 0 {
		rows = append(rows, []string{"Not negotiated", fmt.Sprintf("%d updates of another family", s.Unnegotiated)})
	}
	for _, t := range tables {
		for _, r := range t.Refused {
			rows = append(rows, []string{"Not used", fmt.Sprintf("%d %s paths: %s", r.Count, familyTitle(t.Family), printable(r.Reason))})
		}
	}
	return printTable(w, []string{"Since the start", ""}, rows)
}

// printLoop writes what the loop that owns the tables did.
func printLoop(w io.Writer, l *api.LoopStatistics) error {
	fmt.Fprintf(w, "\nTable loop: %d turns in %s, busy %.2f%%; longest turn %s\n", l.Turns, short(l.UptimeMs), 100*l.BusyShare, micros(l.LongestUs))
	fmt.Fprintf(w, "Turns up to: %s\n", turnLengths(l))
	var rows [][]string
	for _, p := range l.Phases {
		rows = append(rows, []string{p.Name, fmt.Sprint(p.Units), micros(p.TotalUs), micros(p.LongestUs)})
	}
	if err := printTable(w, []string{"Phase", "Units", "Time", "Longest"}, rows); err != nil {
		return err
	}
	for _, t := range l.Tables {
		if t.Groups > 0 {
			fmt.Fprintf(w, "%s: %s, %d destinations to look at, %d neighbors with a full queue\n",
				familyTitle(t.Family), plural(t.Groups, "update group"), t.Pending, t.Blocked)
		}
	}
	return nil
}

// turnLengths gives the upper bounds within which half, 99 and 99.9 of a
// hundred turns stayed.
func turnLengths(l *api.LoopStatistics) string {
	var parts []string
	for _, q := range []float64{0.5, 0.99, 0.999} {
		seen := uint64(0)
		for i, n := range l.TurnLengths {
			seen += n
			if float64(seen) < q*float64(l.Turns) {
				continue
			}
			bound := micros(1 << i)
			if i == len(l.TurnLengths)-1 {
				bound = micros(l.LongestUs)
			}
			parts = append(parts, fmt.Sprintf("%s (%v%%)", bound, 100*q))
			break
		}
	}
	return strings.Join(parts, ", ")
}

// micros shows a number of microseconds in the unit that reads best.
func micros(us int64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%d us", us)
	case us < 1_000_000:
		return fmt.Sprintf("%.1f ms", float64(us)/1000)
	}
	return fmt.Sprintf("%.1f s", float64(us)/1_000_000)
}

// statisticsObject is the document in FRR's keys: a list of one instance for
// each family; and what we have beside.
func statisticsObject(all *api.Statistics, ours bool) *object {
	o := &object{}
	for i := range all.Tables {
		o.set(string(all.Tables[i].Family), list{tableStatisticsObject(&all.Tables[i])})
	}
	if ours {
		o.set("sessions", all.Sessions).set("loop", all.Loop).set("faults", all.Faults)
	}
	return o
}

func tableStatisticsObject(t *api.TableStatistics) *object {
	o := (&object{}).set("instance", "VRF default").set("totalAdvertisements", t.Paths).set("totalPrefixes", t.Prefixes)
	o.set("averagePrefixLength", average(lengthSum(t), t.Prefixes)).set("unaggregateablePrefixes", t.Prefixes-t.Covered)
	o.set("maximumAggregateablePrefixes", t.Covered).set("bgpAggregateAdvertisements", t.Atomic).set("addressSpaceAdvertised", t.Space)
	for _, s := range sharesOf(t.Family) {
		o.set(s.key, t.Space*s.factor)
	}
	o.set("advertisementsWithPaths", t.Paths).set("longestAsPath", t.MaxHops).set("averageAsPathLengthHops", average(t.Hops, t.Paths))
	o.set("largestAsPath", t.MaxBytes).set("averageAsPathSizeBytes", average(t.PathBytes, t.Paths)).set("highestPublicAsn", t.HighestASN)
	lengths := list{}
	for _, l := range t.Lengths {
		lengths = append(lengths, (&object{}).set(strconv.Itoa(l.Length), l.Count))
	}
	return o.set("prefixLength", lengths)
}

// showMemory is `show bgp memory`: FRR's lines, then where the bytes are.
func showMemory(s *Shell, ctx context.Context, c grammar.Command, w io.Writer) error {
	var m api.Memory
	if err := s.call(ctx, api.BGPMemory, api.None{}, &m); err != nil {
		return s.withoutBGP(err, c, w)
	}
	switch {
	case c.Args.Has("native"):
		return printNative(w, m)
	case wantsJSON(c):
		return printJSON(w, memoryObject(&m))
	}
	for _, l := range memoryLines(&m) {
		if l.count > 0 {
			fmt.Fprintf(w, "%d %s, using %s of memory\n", l.count, l.name, memory(l.bytes))
		}
	}
	fmt.Fprintln(w)
	var rows [][]string
	add := func(kind, objects string, bytes uint64) { rows = append(rows, []string{kind, objects, memory(bytes)}) }
	for _, k := range m.Kinds {
		add(k.Kind, fmt.Sprint(k.Objects), k.Bytes)
	}
	add("send queues", fmt.Sprint(m.Queued), m.QueuedBytes)
	add("histories of sessions", fmt.Sprint(m.Kept), m.Journals)
	add("heap: objects", "", m.HeapObjects)
	add("heap: free", "", m.HeapUnused)
	add("heap: given back", "", m.HeapReleased)
	add("stacks", fmt.Sprint(m.Goroutines), m.Stacks)
	add("Go runtime", "", m.Runtime)
	if m.Resident > 0 {
		add("resident", "", m.Resident)
	}
	return printTable(w, []string{"Kind", "Objects", "Memory"}, rows)
}

type memoryLine struct {
	name         string
	count, bytes uint64
}

// memoryLines are FRR's lines as far as there is something like it here.
func memoryLines(m *api.Memory) []memoryLine {
	kind := map[string]api.MemoryKind{}
	for _, k := range m.Kinds {
		kind[k.Kind] = k
	}
	size := func(names ...string) (n uint64) {
		for _, name := range names {
			n += kind[name].Bytes
		}
		return n
	}
	return []memoryLine{
		{"RIB nodes", m.Routes, size("destinations", "indexes")},
		{"BGP routes", m.Paths, size("paths", "sources")},
		{"Static routes", uint64(m.Networks), uint64(m.Networks) * networkBytes},
		{"Packets", m.Queued, m.QueuedBytes},
		{"Adj-Out entries", kind["columns"].Objects, size("columns", "cursors")},
		{"BGP attributes", kind["attributes"].Objects, size("attributes", "attribute bytes")},
		{"peers", uint64(m.Sessions), uint64(m.Sessions)*sessionBytes + m.Journals},
		{"peer groups", uint64(m.PeerGroups), uint64(m.PeerGroups) * groupBytes},
	}
}

// What objects outside of the tables take at rest.
const (
	networkBytes = 64
	sessionBytes = 24 << 10
	groupBytes   = 1 << 10
)

func memoryObject(m *api.Memory) *object {
	kinds := &object{}
	for _, k := range m.Kinds {
		kinds.set(camel(k.Kind), (&object{}).set("objects", k.Objects).set("bytes", k.Bytes))
	}
	kinds.set("sendQueues", (&object{}).set("objects", m.Queued).set("bytes", m.QueuedBytes))
	kinds.set("histories", (&object{}).set("objects", m.Kept).set("bytes", m.Journals))
	lines := &object{}
	for _, l := range memoryLines(m) {
		lines.set(camel(l.name), (&object{}).set("objects", l.count).set("bytes", l.bytes))
	}
	process := (&object{}).set("heapObjects", m.HeapObjects).set("heapFree", m.HeapUnused).set("heapReleased", m.HeapReleased)
	process.set("stacks", m.Stacks).set("runtime", m.Runtime).set("resident", m.Resident).set("goroutines", m.Goroutines)
	return (&object{}).set("bgp", lines).set("kinds", kinds).set("process", process)
}

// camel makes one key of words.
func camel(words string) string {
	fields := strings.FieldsFunc(words, func(r rune) bool { return r == ' ' || r == '-' })
	for i, f := range fields {
		switch {
		case i == 0:
			fields[i] = strings.ToLower(f)
		default:
			fields[i] = strings.ToUpper(f[:1]) + f[1:]
		}
	}
	return strings.Join(fields, "")
}
