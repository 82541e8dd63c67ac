package config

import "maps"

func init() {
	maps.Copy(examples, map[string][]example{
		"bgp.update-delay":        {{line: "update-delay 60 30", no: "no update-delay"}, {line: "bgp update-delay 0", prints: "update-delay 0", no: "no update-delay"}},
		"global.shutdown":         {{line: "bgp graceful-shutdown"}},
		"global.update-delay":     {{line: "bgp update-delay 60 30", prints: "update-delay 60 30", no: "no bgp update-delay"}},
		"global.delay-timer":      {{line: "bgp route-map delay-timer 7", no: "no bgp route-map delay-timer"}},
		"global.router-id":        {{line: "ip router-id 192.0.2.77", prints: "bgp router-id 192.0.2.77", no: "no ip router-id 192.0.2.77"}, {line: "router-id 192.0.2.77", prints: "bgp router-id 192.0.2.77", no: "no ip router-id"}},
		"global.session-dscp":     {{line: "bgp session-dscp 46", no: "no bgp session-dscp"}},
		"bgp.advertisement-delay": {{line: "advertisement-delay 20", no: "no advertisement-delay"}},
		"bgp.max-med.on-startup": {
			{line: "bgp max-med on-startup 5", no: "no bgp max-med on-startup"},
			{line: "bgp max-med on-startup 86400 7", no: "no bgp max-med on-startup"},
		},
		"bgp.bestpath.bandwidth":          {{line: "bgp bestpath bandwidth skip-missing", no: "no bgp bestpath bandwidth"}},
		"neighbor.advertisement-interval": {{line: "neighbor 192.0.2.1 advertisement-interval 0"}, {line: "neighbor PG advertisement-interval 600", no: "no neighbor PG advertisement-interval"}},
	})
}
