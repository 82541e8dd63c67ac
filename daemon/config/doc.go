// Package config is the configuration as a value: the typed model, what follows from it, how it changes, and its text.
//
// There is one model for the startup file, for what runs and for what somebody edits: Config. It says what the lines say and
// no more: a value that no line sets is unset (Opt), so that `no` can unset it again and a peer-group can lend its own. What
// follows from the lines is computed when asked: Effective resolves one neighbor through its own lines, its peer-group's, the
// router's and the profile's into Settings, where every value is there. The daemon reads Settings and nothing else.
//
// The language is ipc/grammar's, which turns a line into a statement with typed arguments and back, and knows no model. Here
// one table by statement id (statement.go and the files statements_*.go) has for each statement what it sets, what its no
// form unsets, and which lines the model's values make. The lists stand in the order in which FRR prints, so that the same
// table reads and prints, and printing then reading is the identity; a test walks the grammar and fails for a statement
// that lacks one of the three.
//
// A change is a transaction (apply.go): the lines work on a copy, and the copy becomes the configuration when no line was
// wrong, or is dropped. Diff compares two configurations by what they mean and classes every difference by what it does to
// what runs, from none to reset.
//
// A line that cannot be applied must never loosen anything. In a startup file, where a bad line does not stop the rest
// (startup.go), and wherever a statement is right but not supported, the line leaves a Held in the model (held.go,
// holding.go): its neighbor stays down, or passes no route in that direction and family, until a right line of the same
// statement, its `no` form, or the removal of its object settles it.
//
// Nothing here does I/O, reads a clock or keeps a global that changes. What needs the host, such as which addresses are
// local, comes in as a function (Options).
//
// Reading order: model.go, settings.go, effective.go, statement.go, statements_neighbor.go, edit.go, apply.go, startup.go,
// held.go, holding.go, lines.go, diff.go, comments.go.
package config
