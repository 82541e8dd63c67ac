package rib

import (
	"encoding/binary"
	"math/bits"
)

// Odd constants without structure: digits of pi and e.
const (
	mixA = 0x243f6a8885a308d3
	mixB = 0x13198a2e03707345
	mixC = 0xb7e151628aed2a6b
)

// fold multiplies to 128 bits and folds the halves: every bit of the input reaches every bit of the result.
func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// hashBytes is the seeded hash of attribute sets.
func hashBytes(seed uint64, b []byte) uint64 {
	h := seed ^ mixA ^ uint64(len(b))
	for len(b) > 16 {
		h = fold(binary.LittleEndian.Uint64(b)^mixB, binary.LittleEndian.Uint64(b[8:])^h)
		b = b[16:]
	}
	var x, y uint64
	switch {
	case len(b) >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[len(b)-8:])
	case len(b) >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[len(b)-4:]))
	default:
		for _, c := range b {
			x = x<<8 | uint64(c)
		}
	}
	return fold(fold(x^mixB, y^h)^seed, mixC)
}

// hashKey is the seeded hash of a prefix or another pair of words.
func hashKey(seed, hi, lo uint64) uint32 {
	return uint32(fold(fold(hi^seed^mixA, mixB)^lo, seed|1) >> 32)
}
