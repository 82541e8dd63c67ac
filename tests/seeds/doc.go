// Package seeds holds our log to the two seed logs, which are in tests/testdata/seeds: the same scenario is played with our
// daemons, and what they write must be what the seeds have, record by record.
//
// Of a record its level, its message, the unit, the state and the keys count; times, ports, identifiers of connections and
// of processes do not. Order counts within each thread of the seeds: the machine of a neighbor, a dial, the reader of a
// connection, a listener, the router. Between threads only that counts which follows from the matter (an order), and that
// is checked on the seeds themselves too.
//
// What we do otherwise stands in a table of differences, with the reason. A difference without a row fails the test, and so
// does a row that nothing needs any more.
//
// Reading order: read_test.go, compare_test.go, then first_test.go and second_test.go with their tables.
package seeds
