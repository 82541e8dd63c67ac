package config

import (
	"maps"

	"bgpsh/ipc/grammar"
)

func init() {
	maps.Copy(examples, map[string][]example{
		"bgp.enforce-first-as":                   {{line: "no bgp enforce-first-as", no: "bgp enforce-first-as"}},
		"bgp.suppress-duplicates":                {{line: "no bgp suppress-duplicates", no: "bgp suppress-duplicates"}},
		"bgp.reject-as-sets":                     {{line: "no bgp reject-as-sets", no: "bgp reject-as-sets"}},
		"bgp.fast-external-failover":             {{line: "no bgp fast-external-failover", no: "bgp fast-external-failover"}},
		"bgp.disable-ebgp-connected-route-check": {{line: "bgp disable-ebgp-connected-route-check"}},
		"bgp.client-to-client":                   {{line: "no bgp client-to-client reflection", no: "bgp client-to-client reflection"}},
		"bgp.route-reflector":                    {{line: "bgp route-reflector allow-outbound-policy"}},
		"bgp.graceful-shutdown":                  {{line: "bgp graceful-shutdown"}},
		"bgp.default.show-hostname":              {{line: "bgp default show-hostname"}},
		"bgp.default.shutdown":                   {{line: "bgp default shutdown"}},
		"bgp.listen.limit":                       {{line: "bgp listen limit 7"}},
		"bgp.listen.range":                       {{line: "bgp listen range 198.51.100.0/24 peer-group PG"}, {line: "bgp listen range 2001:db8:1::5/64 peer-group PG", prints: "bgp listen range 2001:db8:1::/64 peer-group PG"}},
		"bgp.max-med.administrative":             {{line: "bgp max-med administrative"}, {line: "bgp max-med administrative 5", no: "no bgp max-med administrative"}},
		"bgp.shutdown":                           {{line: "bgp shutdown"}, {line: "bgp shutdown message back at 06:00 | sorry", no: "no bgp shutdown"}},
		"neighbor.local-as": {{line: "neighbor 192.0.2.1 local-as 65001", no: "no neighbor 192.0.2.1 local-as"}, {line: "neighbor 192.0.2.1 local-as 64999"}, {line: "neighbor PG local-as 64999 no-prepend replace-as", no: "no neighbor PG local-as"},
			{line: "neighbor 192.0.2.1 local-as 64999 no-prepend replace-as dual-as", no: "no neighbor 192.0.2.1 local-as"}},
		"neighbor.solo":                          {{line: "neighbor 192.0.2.1 solo"}},
		"neighbor.graceful-shutdown":             {{line: "neighbor 192.0.2.1 graceful-shutdown"}},
		"neighbor.sender-as-path-loop-detection": {{line: "neighbor 192.0.2.1 sender-as-path-loop-detection"}},
		"neighbor.strict-capability-match":       {{line: "neighbor 192.0.2.1 strict-capability-match"}},
		"neighbor.override-capability":           {{line: "neighbor PG override-capability"}},
		"neighbor.shutdown.rtt":                  {{line: "neighbor 192.0.2.1 shutdown rtt 20", no: "no neighbor 192.0.2.1 shutdown rtt"}, {line: "neighbor PG shutdown rtt 20 count 3", no: "no neighbor PG shutdown rtt"}},
		"neighbor.tcp-mss":                       {{line: "neighbor 192.0.2.1 tcp-mss 1200"}},
		"neighbor.next-hop-check":                {{line: "neighbor 192.0.2.1 next-hop-check peer", no: "no neighbor 192.0.2.1 next-hop-check"}, {line: "neighbor PG next-hop-check subnet"}},
		"bgp.tcp-keepalive":                      {{line: "bgp tcp-keepalive 60 10 3", no: "no bgp tcp-keepalive"}},
		"neighbor.attribute-unchanged": {
			{line: "neighbor 192.0.2.1 attribute-unchanged", prints: "neighbor 192.0.2.1 attribute-unchanged as-path next-hop med"},
			{line: "neighbor 192.0.2.1 attribute-unchanged med", no: "no neighbor 192.0.2.1 attribute-unchanged"},
		},
		"neighbor.as-override":       {{line: "neighbor PG as-override"}},
		"neighbor.allowas-in":        {{line: "neighbor 192.0.2.1 allowas-in"}, {line: "neighbor 192.0.2.1 allowas-in 7", no: "no neighbor 192.0.2.1 allowas-in"}, {line: "neighbor PG allowas-in origin"}, {line: "neighbor PG allowas-in route-map M 2", no: "no neighbor PG allowas-in"}},
		"neighbor.remove-private-AS": {{line: "neighbor 192.0.2.1 remove-private-AS"}, {line: "neighbor 192.0.2.1 remove-private-AS all replace-AS", no: "no neighbor 192.0.2.1 remove-private-AS"}},
		"neighbor.maximum-prefix": {
			{line: "neighbor 192.0.2.1 maximum-prefix 100"},
			{line: "neighbor 192.0.2.1 maximum-prefix 100 75 force", prints: "neighbor 192.0.2.1 maximum-prefix 100 force", no: "no neighbor 192.0.2.1 maximum-prefix"},
			{line: "neighbor PG maximum-prefix 4294967295 1 restart 65535 force"},
		},
		"neighbor.maximum-prefix.warning": {{line: "neighbor 192.0.2.1 maximum-prefix 100 80 warning-only"}, {line: "neighbor PG maximum-prefix 5 warning-only force", no: "no neighbor PG maximum-prefix"}},
		"neighbor.maximum-prefix-out":     {{line: "neighbor 192.0.2.1 maximum-prefix-out 10"}},
		"neighbor.capability.orf":         {{line: "neighbor 192.0.2.1 capability orf prefix-list both", no: "no neighbor 192.0.2.1 capability orf prefix-list"}},
		"neighbor.default-originate":      {{line: "neighbor 192.0.2.1 default-originate"}, {line: "neighbor PG default-originate route-map M", no: "no neighbor PG default-originate"}},
		"neighbor.advertise-map":          {{line: "neighbor 192.0.2.1 advertise-map A exist-map C"}, {line: "neighbor PG advertise-map A non-exist-map C", no: "no neighbor PG advertise-map A non-exist-map C"}},
		"neighbor.soo":                    {{line: "neighbor 192.0.2.1 soo 65000:7", no: "no neighbor 192.0.2.1 soo"}, {line: "neighbor PG soo 10.0.0.1:3"}},
		"neighbor.unsuppress-map":         {{line: "neighbor 192.0.2.1 unsuppress-map M", no: "no neighbor 192.0.2.1 unsuppress-map"}},
		"neighbor.weight":                 {{line: "neighbor 192.0.2.1 weight 0"}},
		"neighbor.route-reflector-client": {{line: "neighbor PG route-reflector-client"}},
		"neighbor.route-server-client":    {{line: "neighbor PG route-server-client"}},
	})
	networks[grammar.AF4]["aggregate-address"] = []example{
		{line: "aggregate-address 10.0.0.0/8"},
		{line: "aggregate-address 10.0.0.0/8 as-set summary-only", no: "no aggregate-address 10.0.0.0/8"},
		{line: "aggregate-address 10.0.0.0/8 suppress-map S route-map M", prints: "aggregate-address 10.0.0.0/8 route-map M suppress-map S", no: "no aggregate-address 10.0.0.0/8"},
		{line: "aggregate-address 10.0.0.0/8 origin egp matching-MED-only", no: "no aggregate-address 10.0.0.0/8"},
	}
	networks[grammar.AF6]["aggregate-address"] = []example{{line: "aggregate-address 2001:db8::/32 summary-only"}}
}
