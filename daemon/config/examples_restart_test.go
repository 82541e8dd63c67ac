package config

import "maps"

func init() {
	maps.Copy(examples, map[string][]example{
		"bgp.graceful-restart":                   {{line: "bgp graceful-restart"}},
		"bgp.graceful-restart-disable":           {{line: "bgp graceful-restart-disable"}},
		"bgp.graceful-restart.restart-time":      {{line: "bgp graceful-restart restart-time 0"}, {line: "bgp graceful-restart restart-time 4095", no: "no bgp graceful-restart restart-time"}},
		"bgp.graceful-restart.stalepath-time":    {{line: "bgp graceful-restart stalepath-time 5"}},
		"bgp.graceful-restart.select-defer-time": {{line: "bgp graceful-restart select-defer-time 7"}},
		"bgp.graceful-restart.rib-stale-time":    {{line: "bgp graceful-restart rib-stale-time 9"}},
		"bgp.graceful-restart.preserve-fw-state": {{line: "no bgp graceful-restart preserve-fw-state", no: "bgp graceful-restart preserve-fw-state"}},
		"bgp.graceful-restart.disable-eor":       {{line: "bgp graceful-restart disable-eor"}},
		"bgp.graceful-restart.notification":      {{line: "no bgp graceful-restart notification", no: "bgp graceful-restart notification"}},
		"bgp.long-lived-graceful-restart":        {{line: "bgp long-lived-graceful-restart stale-time 86400"}},
		"bgp.hard-administrative-reset":          {{line: "no bgp hard-administrative-reset", no: "bgp hard-administrative-reset"}},
		"neighbor.graceful-restart": {
			{line: "neighbor 192.0.2.1 graceful-restart"}, {line: "neighbor PG graceful-restart-helper"}, {line: "neighbor 192.0.2.1 graceful-restart-disable"},
		},
	})
}
