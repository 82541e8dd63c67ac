// Package rib is the routing table: what neighbors announced, which path is best, and what every neighbor was told.
//
// It is pure. It does no I/O, reads no clock, starts no goroutine. One goroutine calls it: Apply with what a reader made of
// UPDATE messages, Up, Down and RefreshIn with what happened to a session, and Turn, again and again, which does the
// rest of the work in bounded pieces and hands encoded messages to Config.Deliver. Nothing that it keeps has a pointer to
// something else that it keeps: routes live in arenas (arena.go) under 32-bit numbers, so a million of them are a few
// hundred objects for the garbage collector, and no prefix costs an allocation.
//
// # Structures
//
// There is a table for each family (table.go). A destination (dest.go) is a prefix with its best path inline; further paths
// hang on it in blocks (path.go). It is found by hash (index.go); there is no trie, the longest match asks once for each
// prefix length in use. A path is 16 bytes: the attributes before and after import policy, or the reason why it was refused,
// the source, and when it came. Attributes are interned (attrs.go): equal sets have one number, canonical bytes as they can
// be sent again, and the fields that the decision reads; what policy made of others has its origin beside it and is one with it
// (came.go). A source (source.go) is a neighbor, its ADD-PATH identifier and one
// of its sessions.
//
// Refused paths stay, with their attributes before policy. So a policy can be changed, and a question why a route is missing
// answered, without asking the neighbor again.
//
// # Change is bits
//
// A change of a best path sets the destination's bit in the cursor (cursor.go) of every update group, no more. A group
// (group.go) is the neighbors that would be told the same; its column (column.go) says what they were told, 8 bytes a
// destination. Flush takes up to 2,048 destinations from the cursor, works out what should be sent now (export.go),
// compares that with the column, and packs the difference by attributes into buffers that all members share (egress.go).
// Whatever happened between two flushes is told once, in its last state. The initial table, a route refresh and a new
// policy are the same thing with more bits set.
//
// A column is true for every member but the one whose path was sent: split horizon. Changes are sorted by that owner, so
// that its piece of the buffer can be left out for it; what only the owner has to hear (the best path was another's and is
// its own now) goes into a message of its own.
//
// A neighbor whose queue is full leaves the stream, and a backlog of two bits a destination remembers what it missed and
// what it has. When the queue has room, it is told from the column, at its own speed, and joins the stream again
// (member.go). A neighbor that comes up or changes its group does the same, with a walk that compares two columns.
//
// # Why it is right
//
// Numbers are reused, so nobody keeps one without a reference: a path holds its attributes and source, a column entry what
// was sent and the source behind it. A memo of policy results lives for one flush, in which nothing that it names can be
// freed. A destination without paths is a tomb (sweep.go): it keeps its number until no cursor and no backlog has its bit.
//
// A neighbor's session that ends makes its sources dead at once: the era in a source is compared with the neighbor's. The
// paths leave when the sweep comes by, and a new session, with sources of its own, cannot be confused with the old one.
// BoRR works the same way with epochs in the paths (adj.go).
//
// The decision (decide.go) depends only on the set of paths, not on the order in which they came; so explaining it is doing
// it again.
//
// The tests run random histories against a slow twin made of slices and maps, rebuild every neighbor's view from the bytes
// that it was handed, and count every reference. With the build tag ribcheck, use of a freed object panics.
//
// # Reading order
//
// table.go (announce to publish), decide.go (better), group.go (flush), egress.go, export.go, member.go, sweep.go; then the
// stores: path.go, dest.go, attrs.go, arena.go, index.go; then what is asked of them: lookup.go, list.go.
package rib
