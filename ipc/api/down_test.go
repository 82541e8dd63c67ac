package api

import (
	"net/netip"
	"strings"
	"testing"
)

func TestDownIsOneSentence(t *testing.T) {
	ms := func(n int64) *int64 { return &n }
	at := netip.MustParseAddrPort("10.0.0.2:179")
	for want, d := range map[string]Down{
		"connection refused by 10.0.0.2 port 179 (3 tries, last 4s ago, next in 26s)":                  {Cause: DownRefused, Address: at, Tries: 3, LastMs: ms(4000), NextMs: ms(25001)},
		"no answer from 10.0.0.2 port 179 within 10 s (1 try)":                                         {Cause: DownNoAnswer, Address: at, WaitSec: 10, Tries: 1},
		"no answer from 10.0.0.2 port 179 within 10 s, a wrong password looks the same (next in 2m0s)": {Cause: DownNoAnswer, Address: at, WaitSec: 10, Password: true, NextMs: ms(120000)},
		"no route to 10.0.0.2": {Cause: DownNoRoute, Address: at},
		"10.0.0.2 is not on a connected subnet; add: neighbor 10.0.0.2 ebgp-multihop": {Cause: DownNotConnected, Address: at, Remedy: "neighbor 10.0.0.2 ebgp-multihop"},
		"peer is AS 65002 but configured 65001":                                       {Cause: DownPeerAS, Got: "65002", Want: "65001"},
		"no family in common (we IPv4 Unicast, peer IPv6 Unicast)":                    {Cause: DownNoFamily, Want: "IPv4 Unicast", Got: "IPv6 Unicast"},
		"shut down by ann: ticket 4711":                                               {Cause: DownShutdown, Who: "ann", Text: "ticket 4711"},
		"shut down by the peer: planned work (next in 30s)":                           {Cause: DownPeerShutdown, Text: "planned work", NextMs: ms(30000)},
		"notification received (Cease/Connection Rejected)":                           {Cause: DownNotification, Name: "Cease/Connection Rejected"},
		"notification sent (OPEN Message Error/Unacceptable Hold Time)":               {Cause: DownNotification, Sent: true, Name: "OPEN Message Error/Unacceptable Hold Time"},
		"hold timer expired, nothing heard for 9 s":                                   {Cause: DownHoldExpired, WaitSec: 9},
		"round trip too long (31 ms, limit 20 ms); restore with: clear bgp 10.0.0.2":  {Cause: DownRTT, Got: "31", Want: "20", Remedy: "clear bgp 10.0.0.2"},
		"maximum-prefix exceeded (4 of 3); restore with: clear bgp 10.0.0.2":          {Cause: DownMaxPrefix, Got: "4", Want: "3", Remedy: "clear bgp 10.0.0.2"},
		"no neighbor discovered on eth0":                                              {Cause: DownNoDiscovery, Name: "eth0"},
		"configuration error, line 5: neighbor 10.0.0.2 paswrd x: unknown":            {Cause: DownConfig, Line: 5, Text: "neighbor 10.0.0.2 paswrd x: unknown"},
		"configuration error: neighbor 10.0.0.2 maximum-prefix 3: not supported yet":  {Cause: DownConfig, Text: "neighbor 10.0.0.2 maximum-prefix 3: not supported yet"},
		"passive, waiting for the peer to connect":                                    {Cause: DownPassive},
		"router ID 1.1.1.1 of the peer is not acceptable, configured 2.2.2.2":         {Cause: DownPeerID, Got: "1.1.1.1", Want: "2.2.2.2"},
		"connection to 10.0.0.2 failed: no buffer space available (1 try)":            {Cause: DownSocket, Address: netip.AddrPortFrom(at.Addr(), 0), Text: "no buffer space available", Tries: 1},
	} {
		if got := d.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// TestEveryCauseHasWords: none is shown as its key.
func TestEveryCauseHasWords(t *testing.T) {
	for _, row := range readComments(t).values["DownCause"] {
		key := row[2:strings.Index(row, `"`+"`")]
		if text := (&Down{Cause: DownCause(key)}).String(); text == key && key != "starting" {
			t.Errorf("%s has no words", key)
		}
	}
}
