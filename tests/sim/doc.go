// Package sim says what a simulated network is, what happens to it, and what its tables must be in the end. It knows
// nothing of the code that is tested: the daemons are driven by the tests of package daemon, which reach their step
// functions, and compared with this package's answers.
//
// A Scenario is data: routers, links, networks and a list of events, with the seed of the order in which things run.
// Generate makes one of a seed. It can be printed, read back, and shrunk to what a failure needs.
//
// A State is the configuration of the moment: it follows the events and gives the lines that an operator would type.
// Expect is the slow twin: what each router must know when all is quiet, by iterating announcements over plain lists until
// nothing changes. Its policies are such that there is exactly one answer, whatever the order of events was: either every
// AS prefers customers to peers to providers and passes on accordingly (Gao and Rexford), or nothing but the length of the
// path counts before the ties.
//
// Reading order: scenario.go, generate.go, events.go, state.go, lines.go, twin.go, shrink.go.
package sim
