package capture

import (
	"strings"
	"testing"
)

// Each attribute has its typed form under its key.
func TestAttributes(t *testing.T) {
	for _, c := range []struct {
		name, attr, key, want string
		o                     Options
	}{
		{"MED", "80 04 04 00000000", "med", "0", Options{}},
		{"LOCAL_PREF", "40 05 04 00000064", "localPref", "100", Options{Internal: true}},
		{"ATOMIC_AGGREGATE", "40 06 00", "atomicAggregate", "true", Options{}},
		{"AGGREGATOR", "c0 07 08 0000fde9 0a000001", "aggregator", `{"as":65001,"id":"10.0.0.1"}`, Options{}},
		{"AGGREGATOR of two octets", "c0 07 06 fde9 0a000001", "aggregator", `{"as":65001,"id":"10.0.0.1"}`, Options{AS2: true}},
		{"COMMUNITIES", "c0 08 0c fde90001 ffffff01 ffff029a", "communities", `["65001:1","no-export","blackhole"]`, Options{}},
		{"ORIGINATOR_ID", "80 09 04 0a000009", "originatorId", `"10.0.0.9"`, Options{Internal: true}},
		{"CLUSTER_LIST", "80 0a 08 0a000001 0a000002", "clusterList", `["10.0.0.1","10.0.0.2"]`, Options{Internal: true}},
		{"extended communities", "c0 10 28 0002fde9 00000064 | 0103c000 02010007 | 0202fa56 ea01 0005 | 4004fde9 00000001 | 0300000000000001",
			"extendedCommunities", `["RT:65001:100","SoO:192.0.2.1:7","RT:4200000001:5","4004fde900000001","0300000000000001"]`, Options{}},
		{"IPv6 extended communities", "c0 19 28 0002 20010db8000000000000000000000001 0064 | 4002 20010db8000000000000000000000001 0064",
			"ipv6ExtendedCommunities", `["RT:[2001:db8::1]:100","400220010db80000000000000000000000010064"]`, Options{}},
		{"large communities", "c0 20 0c 0000fde9 00000001 00000002", "largeCommunities", `["65001:1:2"]`, Options{}},
		{"AIGP", "80 1a 0b 01 000b 0000000000000064", "aigp", "100", Options{Internal: true}},
		{"OTC", "c0 23 04 0000fde9", "otc", "65001", Options{}},
		{"AS4_PATH", "c0 11 06 02 01 fa56ea01", "as4Path.string", `"4200000001"`, Options{AS2: true}},
		{"AS4_AGGREGATOR", "c0 12 08 fa56ea01 0a000001", "as4Aggregator", `{"as":4200000001,"id":"10.0.0.1"}`, Options{AS2: true}},
		{"unknown", "c0 63 02 abcd", "unknown", `[{"flags":192,"hex":"abcd","type":99}]`, Options{}},
		{"Partial", "e0 08 04 fde90001", "partial", `["COMMUNITIES"]`, Options{}},
		{"extended length", "d0 08 0004 fde90001", "communities", `["65001:1"]`, Options{}},
	} {
		p := path
		if c.o.AS2 {
			p = "40 02 04 02 01 fde9 "
		}
		o := objects(t, text(update("", origin+p+nextHop+c.attr, net24)), c.o)[0]
		if got := at(o, "attributes."+c.key); got != c.want || at(o, "error") != "" {
			t.Errorf("%s: %s, want %s; error %s", c.name, got, c.want, at(o, "error"))
		}
	}
}

// Verdicts are those of RFC 7606; the message is shown all the same.
func TestVerdicts(t *testing.T) {
	clean := origin + path + nextHop
	for _, c := range []struct {
		name, attrs, nlri string
		o                 Options
		errors, key, want string
	}{
		{"discard", clean + "40 05 04 00000064", net24, Options{}, "3/1 discard 5", "attributes.localPref", "100"},
		{"not from an internal neighbor", clean + "40 05 04 00000064", net24, Options{Internal: true}, "", "attributes.localPref", "100"},
		{"withdraw", clean + "80 04 02 0001", net24, Options{}, "3/5 withdraw 4", "attributes.malformed.0.hex", `"0001"`},
		{"reset", clean + "80 0e 05 0001 01 05 00", net24, Options{}, "3/9 reset 14", "nlri.0.prefix", `"10.0.0.0/24"`},
		{"missing NEXT_HOP", origin + path, net24, Options{}, "3/3 withdraw 3", "attributes.origin", `"IGP"`},
		{"repeated", clean + "80 04 04 00000001 80 04 04 00000002", net24, Options{}, "3/1 discard 4", "attributes.repeated.0.hex", `"00000002"`},
		{"the worst of several", clean + "40 05 04 00000064 80 04 01 00 c0 06 00", net24, Options{},
			"3/5 withdraw 4; 3/1 discard 5; 3/5 withdraw 4; 3/4 withdraw 6", "attributes.atomicAggregate", "true"},
		{"overrun", clean + "c0 08 ff 00", net24, Options{}, "3/1 withdraw 8", "attributes.rest", `"c008ff00"`},
		{"prefix too long", clean, net24 + "21 0a000000 00", Options{}, "3/10 reset 0", "nlri", `[{"prefix":"10.0.0.0/24"}]`},
		{"a set", origin + "40 02 0c 02 01 0000fde9 01 01 0000fdea" + nextHop, net24, Options{}, "3/11 withdraw 2",
			"attributes.asPath", `{"length":2,"segments":[{"as":[65001],"type":"sequence"},{"as":[65002],"type":"set"}],"string":"65001 {65002}"}`},
		{"two octets read as four", origin + "40 02 06 02 02 fde9 fdea" + nextHop, net24, Options{}, "3/11 withdraw 2", "attributes.malformed.0.type", "2"},
		{"two octets", origin + "40 02 06 02 02 fde9 fdea" + nextHop, net24, Options{AS2: true}, "", "attributes.asPath.segments.0.as", "[65001,65002]"},
		{"path identifiers", clean, "00000007" + net24, Options{AddPath: true}, "", "nlri.0", `{"pathId":7,"prefix":"10.0.0.0/24"}`},
		{"a path identifier cut off", clean, "000007", Options{AddPath: true}, "3/10 reset 0", "nlri.0", ""},
	} {
		o := objects(t, text(update("", c.attrs, c.nlri)), c.o)[0]
		if got := faults(o); got != c.errors {
			t.Errorf("%s: errors %q, want %q", c.name, got, c.errors)
		}
		if got := at(o, c.key); got != c.want {
			t.Errorf("%s: %s is %s, want %s", c.name, c.key, got, c.want)
		}
	}
}

// faults lists error and, where there are several, errors.
func faults(o map[string]any) string {
	one := func(at func(string) string) string {
		attribute := at("attribute")
		if attribute == "" {
			attribute = "0"
		}
		return at("code") + "/" + at("subcode") + " " + strings.Trim(at("action"), `"`) + " " + attribute
	}
	if o["error"] == nil {
		return ""
	}
	out := one(func(key string) string { return at(o["error"], key) })
	list, _ := o["errors"].([]any)
	for _, e := range list {
		out += "; " + one(func(key string) string { return at(e, key) })
	}
	return out
}

// Routes in multiprotocol attributes, and families that are only named.
func TestMultiprotocol(t *testing.T) {
	const (
		hop   = "20010db8000000000000000000000001"
		local = "fe800000000000000000000000000001"
		net48 = "30 20010db80001"
	)
	for _, c := range []struct{ name, attrs, key, want string }{
		{"IPv6", "80 0e 1c 0002 01 10" + hop + "00" + net48, "mpReach",
			`{"afi":2,"family":"IPv6 Unicast","nextHop":"2001:db8::1","nlri":[{"prefix":"2001:db8:1::/48"}],"safi":1}`},
		{"a pair of next hops", "80 0e 2c 0002 01 20" + hop + local + "00" + net48, "mpReach.nextHopLinkLocal", `"fe80::1"`},
		{"IPv4 over IPv6", "80 0e 19 0001 01 10" + hop + "00" + net24, "mpReach.nlri", `[{"prefix":"10.0.0.0/24"}]`},
		{"withdrawn", "80 0f 0a 0002 01" + net48, "mpUnreach.nlri", `[{"prefix":"2001:db8:1::/48"}]`},
		{"EVPN", "80 0e 0e 0019 46 04 c0000201 00 03 03 abcdef", "mpReach",
			`{"afi":25,"family":"L2VPN EVPN","nextHop":"192.0.2.1","nlri":[],"nlriHex":"0303abcdef","safi":70}`},
		{"VPN", "80 0e 12 0001 80 0c 0000000000000000 c0000201 00 00", "mpReach.nextHop", `"192.0.2.1"`},
		{"no next hop", "80 0e 08 0001 85 00 00 020118", "mpReach.nextHopHex", ""},
		{"an odd next hop", "80 0e 0a 0001 85 02 abcd 00 020118", "mpReach.nextHopHex", `"abcd"`},
	} {
		o := objects(t, text(update("", origin+path+c.attrs, "")), Options{})[0]
		if got := at(o, "attributes."+c.key); got != c.want || at(o, "error") != "" {
			t.Errorf("%s: %s, want %s; error %s", c.name, got, c.want, at(o, "error"))
		}
		if foreign := strings.Contains(c.name, "VPN") || strings.Contains(c.name, "next hop") && !strings.Contains(c.name, "pair"); (at(o, "unnegotiated") == "true") != foreign {
			t.Errorf("%s: unnegotiated %s", c.name, at(o, "unnegotiated"))
		}
	}
	for _, c := range []struct{ name, attrs, want string }{
		{"IPv6", "80 0f 03 0002 01", `"IPv6 Unicast"`},
		{"a family that is only named", "80 0f 03 0019 46", `"L2VPN EVPN"`},
		{"not alone", origin + "80 0f 03 0019 46", ""},
	} {
		o := objects(t, text(update("", c.attrs, "")), Options{})[0]
		if got := at(o, "endOfRib.family"); got != c.want {
			t.Errorf("End-of-RIB, %s: %s, want %s", c.name, got, c.want)
		}
	}
}
