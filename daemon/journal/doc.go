// Package journal is what the daemon says: its log and the histories that show commands look back on.
//
// The vocabulary is fixed. Each record that a BGP router of this family writes has a typed function here, which knows the
// record's level, words and keys; nobody else composes them. A Session writes those of one neighbor, and a Conn those of
// one connection of it; a Dispatcher writes those of a listen address. The machine's facts (fsm.Note) come in as they are
// and are put into words by Session.Note, so the machine knows nothing of logs, and a transcript of it can be compared with
// a log. Beside them stand the lines that monitoring matches: %ADJCHANGE, %NOTIFICATION, %MAXPFX, missing policy, changes
// of the configuration.
//
// A record passes three gates. Its level: that of its unit, or of its neighbor where it has one of its own; judged before
// anything is composed, so a record that is not written allocates nothing. For what outsiders can cause, a limiter: refused
// callers, malformed updates and failing dials are told at once, then rarely, with the number of those in between. Last the
// sink: a bounded queue and one goroutine that writes. When the disk is slow or full, records are dropped and counted, and
// the count is told when there is room again; nobody ever waits for the disk. With Config.Output records are written at
// once and no goroutine is there, for tests and simulation.
//
// Underneath is logrus, with a formatter of our own over ipc/logline; entries of the logger itself become records too.
//
// A history keeps the last 1,024 events of a neighbor, the major ones (operators, connections, transitions) also in a list
// of their own, those that only say that a session goes on in a short one), and the last messages of each direction, by class:
// 8 KiB of those that begin and end sessions, 16 KiB of UPDATEs, a few keepalives. So neither a flood of routes nor a quiet
// year pushes out why a session ended. Messages lie in a circular buffer: keeping one copies it and allocates nothing, and
// of a flood only what would stay is copied. The last malformed UPDATEs stand apart, with counts.
//
// Secrets do not get here: parameters say only that there is a key, and callers star out configuration lines.
//
// Reading order: journal.go, levels.go, sink.go; router.go, session.go, note.go, conn.go, monitor.go; display.go;
// history.go, messages.go, mistakes.go, brief.go.
package journal
