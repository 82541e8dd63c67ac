// Command bench loads a BGP daemon as its neighbors would, measures what that costs it, and checks every receiver's table
// route by route. It runs bgpd beside whichever of BIRD, FRR, OpenBGPD and GoBGP are installed, under the same load, in turn:
//
//	go run ./tests/bench                          what `make bench` does: a few minutes, ours, BIRD and FRR
//	go run ./tests/bench -size full -runs 3       the sizes that docs/performance.md quotes; hours with every peer
//	go run ./tests/bench -work load10,reads       only these works
//	go run ./tests/bench -targets ours -profile DIR
//	go run ./tests/bench -results FILE -write docs/performance.md
//
// As root it makes two network namespaces for each measurement, the daemon in one, the load in the other, with a cable
// between them; they end with the program. Without root it measures bgpd alone, on 127.0.0.0/8.
//
// # How it measures
//
// The clock of a step runs from the first byte written until the last change has reached every receiver and the daemon has
// gone quiet. CPU seconds, resident memory and its peak are those of all processes of the daemon. The load needs a part of the
// machine too; its CPU seconds are reported beside (load). A step counts only if afterwards every receiver holds, of each
// prefix, a path that is among the best on offer, with the origin and the communities that its injector gave it: what
// differs is counted as wrong. An announcement of what the receiver holds already is counted as a duplicate.
//
// # Reading order
//
//	table.go                 routes like the Internet's, their attributes, their bytes
//	speaker.go, receiver.go  one session; what it was told
//	lab.go, usage.go         namespaces and addresses; what the daemon uses
//	target.go, target_*.go   the daemons: how to find, configure and start each
//	rules.go, filter.go      policy in the languages of the daemons, and what it makes of a route
//	exchange.go              the configuration of an exchange
//	step.go, inside.go       one measurement; what ours tells of itself
//	work.go, work_*.go       the loads
//	asker.go                 a process of its own that times calls
//	result.go, page.go       medians, ratios, the table of docs/performance.md
//	main.go                  flags
package main
