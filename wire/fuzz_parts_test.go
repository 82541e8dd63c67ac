package wire

import (
	"bytes"
	"testing"
)

// FuzzAttribute puts one attribute of any type, flags and value into an UPDATE that is otherwise good, beside routes of both families. Each type
// is a seed of its own, so that the fuzzer reaches what is behind its length.
func FuzzAttribute(f *testing.F) {
	values := [][]byte{nil, {0}, {0, 0, 0, 1}, bytes.Repeat([]byte{1}, 8), bytes.Repeat([]byte{2}, 12), bytes.Repeat([]byte{0}, 20), {2, 1, 0, 0, 0xfd, 0xea},
		{3, 1, 0, 0, 0xfd, 0xea, 2, 1, 0, 0, 0, 1}, {1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 5}}
	for kind := range 45 {
		for i, v := range values {
			f.Add(uint8(kind), uint8(0x40<<(i%3)), v, uint16(i))
		}
	}
	f.Fuzz(func(t *testing.T, kind, flags uint8, value []byte, bits uint16) {
		if len(value) > 4000 {
			return
		}
		var attrs []byte
		for _, b := range [][]byte{unhex(origin), unhex(asPath), unhex(nextHop), unhex(reach6)} {
			if AttrType(b[1]) != AttrType(kind) {
				attrs = append(attrs, b...)
			}
		}
		attrs = append(attrs, flags|FlagExtended, kind, byte(len(value)>>8), byte(len(value)))
		attrs = append(attrs, value...)
		body := append([]byte{0, 0, byte(len(attrs) >> 8), byte(len(attrs))}, attrs...)
		checkUpdate(t, append(body, unhex(net24)...), paramsFrom(bits))
	})
}

// FuzzCapabilities puts any octets into the capabilities of an OPEN that is otherwise good.
func FuzzCapabilities(f *testing.F) {
	for _, caps := range []string{"", "0104 0001 00 01", "0200", "4104 0000fde9", "4600", "4508 0001 01 03 0002 01 02", "400a c078 0001 01 80 0002 01 00",
		"0506 0001 0001 0002", "4908 03 666f6f 03 626172", "4707 0001 01 80 000e10", "0600", "0901 03", "0303 0001 00", "80 00", "ff 01 00"} {
		f.Add(unhex(caps))
	}
	f.Fuzz(func(t *testing.T, caps []byte) {
		if len(caps) > 250 {
			return
		}
		body := append(unhex(fixedOpen), byte(len(caps)+2), 2, byte(len(caps)))
		o, err := ParseOpen(append(body, caps...))
		if err != nil {
			if err.Code != CodeOpen || err.Severity != Reset || err.Text == "" {
				t.Errorf("verdict %v", err)
			}
			return
		}
		once := AppendOpen(nil, o)
		again, err := ParseOpen(once[HeaderLen:])
		if err != nil {
			t.Fatalf("what was written does not read: %v", err)
		}
		if twice := AppendOpen(nil, again); !bytes.Equal(once, twice) {
			t.Errorf("written once %x, twice %x", once, twice)
		}
	})
}
