// Package logline is one record of the log and its forms. The daemon writes records, the shell turns JSON ones into the
// pretty form later; both know them from here.
//
// JSON is one object a line with keys in a fixed order: msg, v, name, level, time, hostname, pid, then the record's own
// keys, then unit, module and component. Levels are numbers from 10 (trace) to 60 (critical), times UTC with nanoseconds.
// Clocks and parameters are objects (SessionClock, ConnectionClock, SessionInfo), durations in them seconds.
//
// Pretty is for people: a numbered heading and one line for each key, sorted. An Object is one line of words there. A
// line that is no record, as one cut off by a full disk, is shown as it is.
//
// Text is one line a record, for files and journald: TIME LEVEL msg key=value.
//
// Whatever a peer may put into a record (a shutdown message, a hostname), no form lets it start a line or move a
// terminal's cursor: what does not print is escaped.
//
// Decoding is lenient, encoding is not: a record that was decoded and is encoded again has the bytes it came from, if
// those were in our order.
//
// Reading order: record.go, object.go, encode.go, decode.go.
package logline
