package config

import "maps"

func init() {
	maps.Copy(examples, map[string][]example{
		"neighbor.addpath-tx-all-paths":       {{line: "neighbor 192.0.2.1 addpath-tx-all-paths"}},
		"neighbor.addpath-tx-best-selected":   {{line: "neighbor PG addpath-tx-best-selected 3", no: "no neighbor PG addpath-tx-best-selected"}},
		"neighbor.addpath-tx-bestpath-per-AS": {{line: "neighbor 192.0.2.1 addpath-tx-bestpath-per-AS"}},
		"neighbor.disable-addpath-rx":         {{line: "neighbor PG disable-addpath-rx"}},
	})
}
