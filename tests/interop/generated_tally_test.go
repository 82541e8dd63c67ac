package interop

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A tally counts what a run of generated configurations has compared, and the pairs that it could not compare to their end.
type tally struct {
	mu          sync.Mutex
	pairs       int                      // compared in all their phases, or up to one that differs
	differ      []string                 // the pairs that differ, also with both daemons begun anew
	comparisons int                      // phases of pairs
	routes      int                      // what neighbors had of us in these, together
	explained   map[string]int           // differences that a row explains, by the row
	left        map[string]string        // why FRR could not be compared, by the pair
	took        map[string]time.Duration // how long the phases took, together
}

func newTally() *tally {
	return &tally{explained: map[string]int{}, left: map[string]string{}, took: map[string]time.Duration{}}
}

// compared notes a phase with its routes, and the rows that explain differences in it.
func (y *tally) compared(phase string, took time.Duration, routes int, excused map[difference]string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.comparisons++
	y.routes += routes
	y.took[phase] += took
	for _, row := range excused {
		y.explained[row]++
	}
}

// leave notes a pair that cannot be compared.
func (y *tally) leave(pair, why string) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.left[pair] = why
}

// end notes that a pair is done, unless it was left out.
func (y *tally) end(pair string, differs bool) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if _, left := y.left[pair]; left {
		return
	}
	y.pairs++
	if differs {
		y.differ = append(y.differ, pair)
	}
}

// report tells what came of all pairs, and fails when more than one in twenty was left out: those were not compared.
func (y *tally) report(t *testing.T) {
	y.mu.Lock()
	defer y.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "%d pairs with %d neighbors compared %d times: %d routes, %d pairs differ, %d left out\n",
		y.pairs, y.pairs*sceneNeighbors, y.comparisons, y.routes, len(y.differ), len(y.left))
	for _, pair := range y.differ {
		fmt.Fprintf(&b, " differs: %s\n", pair)
	}
	for _, pair := range slices.Sorted(maps.Keys(y.left)) {
		fmt.Fprintf(&b, " left out: %s: %s\n", pair, y.left[pair])
	}
	for _, phase := range slices.Sorted(maps.Keys(y.took)) {
		fmt.Fprintf(&b, " %.0f s: %s\n", y.took[phase].Seconds(), phase)
	}
	for _, row := range slices.Sorted(maps.Keys(y.explained)) {
		fmt.Fprintf(&b, " explained %d times: %s\n", y.explained[row], row)
	}
	t.Log(b.String())
	if len(y.left) > (y.pairs+len(y.left))/20 {
		t.Errorf("%d pairs were left out", len(y.left))
	}
}
