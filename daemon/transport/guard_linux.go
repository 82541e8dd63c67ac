package transport

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The network header as a socket filter sees it: offsets from ancillary base SKF_NET_OFF.
const (
	netHeader  = 0xfff00000 // SKF_NET_OFF
	ttl4       = netHeader + 8
	source4    = netHeader + 12
	hopLimit6  = netHeader + 7
	source6    = netHeader + 8
	maxProgram = 1000 // of the 4,096 that the kernel allows: the memory for socket options is shared with the MD5 keys
)

// guardFilter is the program that drops what comes with too small a TTL; guards are as ordered gives them. Callers beyond the
// size of a program are left out: they are guarded once they are accepted.
func guardFilter(guards []Guard, six bool) []unix.SockFilter {
	var program []unix.SockFilter
	for _, g := range guards {
		block := guardBlock(g, six)
		if len(program)+len(block)+1 > maxProgram {
			break
		}
		program = append(program, block...)
	}
	return append(program, pass)
}

var (
	pass = unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0xffffffff}
	drop = unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: 0}
)

// guardBlock compares the source word by word; one that differs jumps behind the block.
func guardBlock(g Guard, six bool) []unix.SockFilter {
	source, ttl := uint32(source4), uint32(ttl4)
	if six {
		source, ttl = source6, hopLimit6
	}
	addr := g.Callers.Addr().AsSlice()
	var block []unix.SockFilter
	for at, bits := 0, g.Callers.Bits(); bits > 0; at, bits = at+4, bits-32 {
		block = append(block, unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: source + uint32(at)})
		if bits < 32 {
			block = append(block, unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: ^uint32(0) << (32 - bits)})
		}
		block = append(block, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: binary.BigEndian.Uint32(addr[at:])})
	}
	block = append(block,
		unix.SockFilter{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: ttl},
		unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K, Jf: 1, K: uint32(g.MinTTL)},
		pass, drop)
	for i := range block {
		if block[i].Code == unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K {
			block[i].Jf = uint8(len(block) - i - 1)
		}
	}
	return block
}

// setFilter puts a program before a socket; an empty one takes it away.
func setFilter(fd int, program []unix.SockFilter) error {
	if len(program) == 0 {
		err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
		if err != nil && err != unix.ENOENT {
			return &optionError{"take the TTL filter off", err}
		}
		return nil
	}
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: unsafe.SliceData(program)}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &prog); err != nil {
		return &optionError{"filter callers by TTL", err}
	}
	return nil
}
