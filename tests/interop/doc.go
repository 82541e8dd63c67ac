// Package interop runs the built programs against the real ones of others, FRR and BIRD as Debian ships them, in network
// namespaces that each test makes and removes. It never fakes a peer: what is compared is what the other program prints.
//
// The tests need root and run only with the flag -interop (tests/run passes it where they can run), so that a plain
// "go test ./..." stays quick and works without privilege.
package interop
