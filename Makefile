# The commands of the project: demo, test, lint, bench. Everything they need beyond Go they say or install themselves.

GO ?= go
BIN := bin
export CGO_ENABLED ?= 0

.PHONY: build demo test test-long lint fuzz soak bench bench-exchange bench-policy bench-page bench-parts clean

build:
	$(GO) build -o $(BIN)/ ./cmd/...

# Three daemons on loopback, without root, and a shell on the first.
demo:
	@etc/demo/run

# Every test: the rules of the house, all packages under the race detector, the built programs, the real peers.
test:
	@tests/run

# Generated configurations against FRR, many seeds, as root, a minute a seed on two cores: make test-long [SEED=N] [SEEDS=20]
test-long:
	$(GO) test ./tests/interop -interop -count=1 -timeout 90m -v -run GeneratedAsFRR -seed $(or $(SEED),$(shell date +%s)) -seeds $(or $(SEEDS),20) -edits 3

lint:
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@fmt=$$(gofmt -l cmd daemon fsm ipc shell tests wire); if [ -n "$$fmt" ]; then echo "gofmt would change:"; echo "$$fmt"; exit 1; fi

# Simulated networks for hours, with seeds that no run had before: make soak FOR=8h [FIRST=SEED]
FOR ?= 2h
FIRST ?= $(shell date +%s)
soak:
	$(GO) test -count=1 -timeout 0 ./daemon -run 'TestNetworks$$' -v -sim.for=$(FOR) -sim.first=$(FIRST)

# Every decoder on mutated input: make fuzz FUZZTIME=1m (default 10s for each of the targets).
fuzz:
	@tests/fuzz

# bgpd beside BIRD and FRR under the same load, a few minutes; as root in network namespaces, otherwise ours alone. BENCH is for
# more: make bench BENCH="-size full -runs 3 -targets all -results FILE -write docs/performance.md"
bench:
	@$(GO) run ./tests/bench $(BENCH)

# The table of docs/performance.md, measured anew: ours and BIRD three times in turn, FRR once. Half an hour on a machine at rest.
bench-page:
	@r=$$(mktemp) && $(GO) run ./tests/bench -size full -runs 3 -targets ours,bird -results $$r && \
	$(GO) run ./tests/bench -size full -targets frr -results $$r -write docs/performance.md

# The configuration of an exchange, 1,000 neighbors with 1,000 prefix-list lines each, in ours and in BIRD: start, memory, one changed list.
bench-exchange:
	@$(GO) run ./tests/bench -size full -targets ours,bird -work exchange $(BENCH)

# Loads under a route map of 20 entries with a prefix list of 10,000, both ways, in ours and in BIRD, and the map replaced at that table, alone and
# beside a probe that changes routes of its own. FRR too: make bench-policy BENCH="-targets frr -work policy10,swap10"
bench-policy:
	@$(GO) run ./tests/bench -size full -targets ours,bird -work load2,policy2,load10,policy10,swap10 $(BENCH)

# The parts by themselves, with allocations: parse, intern, apply, decide, flush, list, judge.
bench-parts:
	$(GO) test -run '^$$' -bench . -benchmem ./wire ./daemon/rib ./daemon/policy

clean:
	rm -rf $(BIN)
