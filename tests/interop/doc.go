// Package interop runs the built programs against the real ones of others (FRR, BIRD, GoBGP, OpenBGPD and ExaBGP as Debian ships
// them) in network namespaces that each test makes and removes. It never fakes a peer: what is compared is what the other program
// prints. What every peer went through stands in docs/interop.md, which TestPeers writes and checks.
//
// The tests need root and run only with the flag -interop (tests/run passes it where they can run), so that a plain
// "go test ./..." stays quick and works without privilege.
package interop
