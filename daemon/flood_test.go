package daemon

import "testing"

// TestFloodHoldsEgress drives a flood as the loop does: egress waits while routes pour in, tells what has piled up when it
// has waited long enough, waits again, and goes on at once when nothing has come for a moment.
func TestFloodHoldsEgress(t *testing.T) {
	var f flood
	now := simStart
	done, waiting := uint64(0), uint64(0)
	turn := func(routes int) bool {
		now = now.Add(floodGap)
		f.begin(now)
		f.came(routes)
		waiting += uint64(routes)
		return f.holds(now, done, waiting)
	}
	if turn(floodRoutes - 1) {
		t.Fatal("egress waits although few routes came")
	}
	turn(0)
	now = now.Add(1)
	if turn(0) || turn(floodRoutes-1) {
		t.Fatal("routes count as one flood although there was a gap between them")
	}
	if !turn(1) {
		t.Fatal("egress does not wait in a flood")
	}
	for begun := now; turn(1000); {
		if now.Sub(begun) > floodHold {
			t.Fatal("egress waits too long")
		}
	}
	due := waiting
	for told := uint64(0); told < due; told += 5000 {
		if told > 0 && turn(1000) {
			t.Fatalf("egress waits again after %d of %d", told, due)
		}
		done, waiting = done+5000, waiting-min(5000, waiting)
	}
	if !turn(1000) {
		t.Fatal("egress does not wait again after it told what had piled up")
	}
	turn(0)
	if !turn(0) {
		t.Fatal("egress goes on before the flood is over")
	}
	now = now.Add(1)
	if turn(0) {
		t.Fatal("egress waits after the flood")
	}
}
