package journal

import (
	"fmt"
	"sync/atomic"

	"bgpsh/ipc/logline"
)

// Unit is a part of the daemon whose records have a level of their own.
type Unit uint8

// The units. Their names in records are those of the seeds; the last three are ours.
const (
	UnitAll        Unit = iota // for levels: every unit that has none of its own
	UnitRouter                 // session_runner of module router: the router as a whole
	UnitDispatcher             // listeners
	UnitSession                // session_runner of module neighbor: the machine of one neighbor
	UnitTCP                    // connections over TCP
	UnitChannel                // connections in memory
	UnitConfig                 // changes of the configuration
	UnitDaemon                 // the process
	UnitJournal                // the log itself

	numUnits = int(UnitJournal) + 1
)

var units = [numUnits]struct{ name, record, module string }{
	UnitAll:        {"all", "daemon", "router"},
	UnitRouter:     {"router", "session_runner", "router"},
	UnitDispatcher: {"dispatcher", "dispatcher", "neighbor"},
	UnitSession:    {"session_runner", "session_runner", "neighbor"},
	UnitTCP:        {"connection_tcp", "connection_tcp", "neighbor"},
	UnitChannel:    {"connection_channel", "connection_channel", "neighbor"},
	UnitConfig:     {"config", "config", "router"},
	UnitDaemon:     {"daemon", "daemon", "router"},
	UnitJournal:    {"journal", "journal", "router"},
}

// String is the name by which an operator picks the unit.
func (u Unit) String() string {
	if int(u) >= numUnits {
		return fmt.Sprintf("unit %d", uint8(u))
	}
	return units[u].name
}

func (u Unit) record() string { return units[u].record }
func (u Unit) module() string { return units[u].module }

// ParseUnit finds a unit by the name that an operator knows.
func ParseUnit(s string) (Unit, error) {
	for u := range numUnits {
		if units[u].name == s {
			return Unit(u), nil
		}
	}
	return 0, fmt.Errorf("%q is no unit of the log", s)
}

// unitNamed finds a unit by its name in records, UnitDaemon if there is none.
func unitNamed(record string) Unit {
	for u := UnitSession; int(u) < numUnits; u++ {
		if units[u].record == record {
			return u
		}
	}
	if record == units[UnitDispatcher].record {
		return UnitDispatcher
	}
	return UnitDaemon
}

// levels has the level of each unit, 0 for one that follows UnitAll.
type levels [numUnits]atomic.Uint32

func (l *levels) set(u Unit, level logline.Level) { l[u].Store(uint32(level)) }

func (l *levels) of(u Unit) logline.Level {
	if own := l[u].Load(); own != 0 {
		return logline.Level(own)
	}
	return logline.Level(l[UnitAll].Load())
}

func (l *levels) enabled(u Unit, level logline.Level) bool { return level >= l.of(u) }
