// Package shell is bgpsh: modes, execution, completion, rendering, paging.
//
// # How a line travels
//
// The grammar (ipc/grammar) reads the line in the mode where it was typed.
// A command that the shell has a verb for (verbs.go) becomes a call to the
// daemon, and the answer is rendered; what the grammar knows and no verb does
// is configuration, and goes to the daemon as text. So there is one parser of
// the language and one model of the configuration, and neither is here. The
// whole of it is Shell.run.
//
// # Three ways in
//
//   - A terminal (interactive.go): each configuration line is a transaction of
//     its own, applied in the modes that lead to it; several lines pasted at
//     once are a batch.
//   - -c, -f and standard input (main.go): batches (batch.go). A batch is
//     understood as a whole before its first line runs, and its configuration
//     lines are gathered and applied together when configuration is left.
//   - Standard input that stays open: lines run as they come.
//
// # Rendering
//
// FRR's listings are written by fixed-width writers that hold one line at a
// time, so that a table of a million routes costs no more than its page
// (routes_text.go, routes_json.go, list.go). Documents for one neighbor or
// prefix are built whole (neighbor_*.go, prefix.go, summary.go). The text is
// FRR 8.4's and the keys are FRR 8.4's and 10's; what is ours stands beside
// them. Only tables of our own use a table library (tables.go).
//
// # The line on a terminal
//
// go-prompt edits the line; everything around it is ours (editor.go,
// terminal.go, keys.go), because its own input takes one read for one key and
// restores a terminal mode that it has already changed. It is entered anew
// for each line, so that commands, pastes and questions run outside it, with
// the terminal as it was found.
//
// Reading order: shell.go, verbs.go, batch.go, list.go, then what is of
// interest. The package knows the daemon only through ipc.
package shell
