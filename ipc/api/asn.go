package api

import "strconv"

// ASNotation is how people write AS numbers (RFC 5396), as configured: `router bgp ASN as-notation dot`. It is a hint for what is
// shown as text; in the results of calls AS numbers are plain.
type ASNotation string

// The notations. The zero value is plain too.
const (
	ASPlain   ASNotation = "plain" // 65546
	ASDot     ASNotation = "dot"   // 1.10; 65001, as it is below 65536
	ASDotPlus ASNotation = "dot+"  // 1.10; 0.65001
)

// Plain reports whether texts with plain numbers are right as they are.
func (n ASNotation) Plain() bool { return n != ASDot && n != ASDotPlus }

// Number is an AS number for people.
func (n ASNotation) Number(as uint32) string { return string(n.append(nil, as)) }

// Path is the text of an AS path for people: each of its numbers.
func (n ASNotation) Path(plain string) string {
	if n.Plain() {
		return plain
	}
	out := make([]byte, 0, 2*len(plain))
	for i := 0; i < len(plain); {
		end := i
		for end < len(plain) && '0' <= plain[end] && plain[end] <= '9' {
			end++
		}
		if as, err := strconv.ParseUint(plain[i:end], 10, 32); err == nil {
			out = n.append(out, uint32(as))
		} else {
			end = max(end, i+1)
			out = append(out, plain[i:end]...)
		}
		i = end
	}
	return string(out)
}

func (n ASNotation) append(b []byte, as uint32) []byte {
	if n.Plain() || n == ASDot && as < 1<<16 {
		return strconv.AppendUint(b, uint64(as), 10)
	}
	b = append(strconv.AppendUint(b, uint64(as>>16), 10), '.')
	return strconv.AppendUint(b, uint64(as&0xffff), 10)
}
