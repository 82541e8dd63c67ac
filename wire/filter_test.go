package wire

import (
	"reflect"
	"testing"
)

// changesOf reads whole ROUTE-REFRESH messages.
func changesOf(t *testing.T, b []byte) (changes []FilterChange, messages int, deferred bool) {
	t.Helper()
	for ; len(b) > 0; messages++ {
		h, err := ParseHeader(b, MaxLen)
		if err != nil {
			t.Fatal(err)
		}
		r, err := ParseRouteRefresh(b[HeaderLen:h.Len], true)
		if err != nil || r.Filter == nil || len(b) > h.Len && !r.Filter.Deferred {
			t.Fatalf("%v, %+v", err, r.Filter)
		}
		changes, deferred = append(changes, r.Filter.Changes...), r.Filter.Deferred
		b = b[h.Len:]
	}
	return changes, messages, deferred
}

// Changes come back as they were sent, however many messages they take; only the last one asks for routes.
func TestFilter(t *testing.T) {
	for _, f := range []Family{IPv4Unicast, IPv6Unicast} {
		for _, n := range []int{0, 1, 3, 1000} {
			var want []FilterChange
			for i := range n {
				c := FilterChange{Remove: i%5 == 0, Entry: FilterEntry{Seq: uint32(5 * i), Deny: i%3 == 0, Prefix: Prefix{Hi: uint64(i) << 48, Len: 16}}}
				if i%2 == 0 {
					c.Entry.Min, c.Entry.Max = 18, 24
				}
				want = append(want, c)
			}
			want = append(want, FilterChange{RemoveAll: true})
			got, messages, deferred := changesOf(t, AppendFilter(nil, f, want, false))
			if !reflect.DeepEqual(got, want) || deferred || (messages > 1) != (n == 1000) {
				t.Errorf("%s, %d changes: %d came back in %d messages, deferred %v", f, n, len(got), messages, deferred)
			}
		}
	}
}

// What cannot be read leaves no filter, rather than half of one.
func TestMalformedFilter(t *testing.T) {
	const head = "00010001"
	clears := &FilterUpdate{Changes: []FilterChange{{RemoveAll: true}}}
	ten := FilterEntry{Seq: 5, Prefix: Prefix{Hi: 10 << 56, Len: 8}}
	for _, c := range []struct {
		name, body string
		want       *FilterUpdate
	}{
		{"only when", "01", &FilterUpdate{}},
		{"deferred", "02", &FilterUpdate{Deferred: true}},
		{"another kind", "01 41 0002 ffff", &FilterUpdate{}},
		{"add", "01 40 0009 00 00000005 00 00 08 0a", &FilterUpdate{Changes: []FilterChange{{Entry: ten}}}},
		{"remove", "01 40 0009 40 00000005 00 00 08 0a", &FilterUpdate{Changes: []FilterChange{{Remove: true, Entry: ten}}}},
		{"host bits are cleared", "01 40 0009 00 00000005 00 00 07 0b", &FilterUpdate{Changes: []FilterChange{{Entry: FilterEntry{Seq: 5, Prefix: Prefix{Hi: 10 << 56, Len: 7}}}}}},
		{"unknown when", "03", clears},
		{"a block that is cut", "01 40 0009 00 00000005 00 00 08", clears},
		{"a head that is cut", "01 40 00", clears},
		{"an entry that is cut", "01 40 0005 00 00000005", clears},
		{"a prefix that is cut", "01 40 0008 00 00000005 00 00 08", clears},
		{"too long a prefix", "01 40 000d 00 00000005 00 00 21 0a00000000", clears},
		{"a length inside the prefix", "01 40 0009 00 00000005 07 00 08 0a", clears},
		{"lengths the wrong way round", "01 40 0009 00 00000005 18 10 08 0a", clears},
		{"too great a length", "01 40 0009 00 00000005 00 21 08 0a", clears},
		{"an unknown action", "01 40 0001 c0", clears},
	} {
		r, err := ParseRouteRefresh(unhex(head+c.body), true)
		if err != nil || !reflect.DeepEqual(r.Filter, c.want) {
			t.Errorf("%s: %+v, %v", c.name, r.Filter, err)
		}
	}
	if _, err := ParseRouteRefresh(unhex(head+"01"), false); err == nil || err.Code != CodeRouteRefresh {
		t.Errorf("a filter that was not agreed: %v", err)
	}
}

// The capability of RFC 5291, and what is not one.
func TestFilterCapability(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        []FilterMode
		unknown     int
	}{
		{"one", "0001 00 01 01 40 03", []FilterMode{{IPv4Unicast, FilterBoth}}, 0},
		{"two families", "0001 00 01 01 40 01 0002 00 01 02 40 02 80 03", []FilterMode{{IPv4Unicast, FilterReceive}, {IPv6Unicast, FilterSend}}, 0},
		{"a mode that is none", "0001 00 01 02 40 04 40 02", []FilterMode{{IPv4Unicast, FilterSend}}, 0},
		{"a count too great", "0001 00 01 02 40 03", nil, 1},
		{"cut", "0001 00", nil, 1},
	} {
		var caps Capabilities
		v := unhex(c.value)
		if err := caps.set(CapFilters, v); err != nil || !reflect.DeepEqual(caps.Filters, c.want) || len(caps.Unknown) != c.unknown {
			t.Errorf("%s: %+v, %v", c.name, caps, err)
		}
	}
}
