package rib

// A walk over the table finds what neighbors must hear here and there: some hundred destinations in a thousand. Each time that a group is
// served costs it a buffer, and each of its neighbors a write. So a group gathers what the walk finds, and tells it by gatherLen destinations, or
// when the walk has done gatherUnits of work since, or is over. What comes in meanwhile stands in the cursor's ring, and is told at once.
const (
	gatherLen   = 1024
	gatherUnits = 16 << 10
)

// concern tells a group that a destination changed.
func (t *table) concern(g *group, id destID) {
	if t.sweep.on {
		g.cursor.mark(id)
	} else {
		g.cursor.add(id)
	}
}

// gather says whether groups go on gathering. Once they do not, they tell all that waits before they begin anew.
func (t *table) gather() {
	e, s := &t.egress, &t.sweep
	if !e.gather && t.waiting() == 0 {
		e.gather, s.work = true, 0
	}
	e.gather = e.gather && s.jobs > 0 && s.work < gatherUnits
}

// tellFresh has groups that have gathered something, or much to look at, tell what came in meanwhile by itself.
func (t *table) tellFresh(units int) (done int) {
	e := &t.egress
	for n := range t.groups {
		g := t.groups[(e.turn+1+n)%len(t.groups)]
		if held := g.cursor.held; held > 0 && (held < g.cursor.count || e.gather) && g.key.Interval == 0 && done < units {
			done += t.flush(g, min(units-done, int(held)))
		}
	}
	return done
}
