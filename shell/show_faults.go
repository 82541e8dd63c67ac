package shell

import (
	"fmt"
	"io"
	"strings"

	"bgpsh/ipc/api"
)

// printFaults writes what bgpd knows of its own faults: nothing but one line
// where all is well.
func printFaults(w io.Writer, f *api.FaultStatistics) error {
	if len(f.Caught) == 0 {
		_, err := fmt.Fprintln(w, "\nInternal errors: none")
		return err
	}
	var counts []string
	for _, c := range f.Caught {
		counts = append(counts, fmt.Sprintf("%d %s", c.Count, c.Place))
	}
	fmt.Fprintf(w, "\nInternal errors: %s\n", strings.Join(counts, ", "))
	if f.Stalls > 0 {
		fmt.Fprintf(w, "Stalls: %d, the longest %s\n", f.Stalls, short(f.Longest))
	}
	for _, name := range f.Stuck {
		fmt.Fprintf(w, "Stuck: %s\n", printable(name))
	}
	var rows [][]string
	for _, x := range f.Last {
		rows = append(rows, []string{calendar(x.At), x.Place, printable(x.Subject), printable(x.Doing), printable(x.Cause), printable(x.Report)})
	}
	return printTable(w, []string{"Time", "Place", "Of", "Doing", "Cause", "Report"}, rows)
}
