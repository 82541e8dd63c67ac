package grammar

// Statements about the paths that are used beside the best one.
var configMultipath = []Statement{
	own("bgp.bestpath.as-path.multipath-relax", "bgp bestpath as-path multipath-relax [no-as-set]", "Use paths through different ASes beside each other when they are as long"),
	own("bgp.bestpath.peer-type", "bgp bestpath peer-type multipath-relax", "Use external and internal paths beside each other"),
}

var configFamilyMultipath = []Statement{
	own("maximum-paths", "maximum-paths ~ <paths:1-256>", "Use up to so many equally good external paths (default 256)"),
	own("maximum-paths.ibgp", "maximum-paths ibgp ~ <paths:1-256> [equal-cluster-length]", "Use up to so many equally good internal paths (default 256)"),
}
