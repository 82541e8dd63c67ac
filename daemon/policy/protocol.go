package policy

import "slices"

// Protocol is where a route comes from, by FRR's word for it. It is the Kind of the local values of routes of our own.
type Protocol uint8

// The protocols, in the order in which FRR prints them. BGP is what everything is that is not redistributed.
const (
	BGP Protocol = iota
	Kernel
	Connected
	Local
	Static
	RIP
	RIPNG
	OSPF
	OSPF6
	ISIS
	EIGRP
	NHRP
	Table
	TableDirect
	Babel
	OpenFabric
)

var protocolWords = [...]string{"bgp", "kernel", "connected", "local", "static", "rip", "ripng", "ospf", "ospf6", "isis", "eigrp", "nhrp", "table",
	"table-direct", "babel", "openfabric"}

// String is FRR's word.
func (p Protocol) String() string {
	if int(p) < len(protocolWords) {
		return protocolWords[p]
	}
	return protocolWords[BGP]
}

// ProtocolOf is the protocol of a word; BGP for one that is none.
func ProtocolOf(word string) Protocol { return Protocol(max(0, slices.Index(protocolWords[:], word))) }
