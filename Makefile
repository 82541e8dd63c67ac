# The three commands of the project: demo, test, lint. Everything they need beyond Go they say or install themselves.

GO ?= go
BIN := bin
export CGO_ENABLED ?= 0

.PHONY: build demo test unit race interop lint clean

build:
	$(GO) build -o $(BIN)/ ./cmd/...

# Three daemons on loopback, without root, and a shell on the first.
demo:
	@etc/demo/run

# Every test: the rules of the house, all packages under the race detector, the built programs, the real peers.
test:
	@tests/run

lint:
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@fmt=$$(gofmt -l cmd daemon fsm ipc shell tests wire); if [ -n "$$fmt" ]; then echo "gofmt would change:"; echo "$$fmt"; exit 1; fi

clean:
	rm -rf $(BIN)
