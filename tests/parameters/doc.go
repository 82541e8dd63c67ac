// Package parameters holds two tables as tests: one row for each parameter of a neighbor's session, and one for each counter
// that a session keeps. A row that is missing fails the test.
package parameters
