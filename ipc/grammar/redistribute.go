package grammar

const redistributeOptions = " ~ {metric <metric:0-4294967295>|route-map <map:routemap>}"

// Redistribution from the protocols of both families, and from those of one.
var (
	redistribute = []Statement{
		own("redistribute", "redistribute protocol:(kernel|connected|local|static|isis|nhrp|babel|openfabric)"+redistributeOptions, "Announce routes that others put into the kernel's table"),
		own("redistribute.table", "redistribute protocol:(table|table-direct) <instance:1-65535>"+redistributeOptions, "Announce the routes of another table of the kernel's"),
		later("redistribute.other", "redistribute protocol:(sharp|vnc|vnc-direct)"+redistributeOptions, "Announce routes of FRR's other daemons"),
	}
	redistribute4 = []Statement{
		own("redistribute.ipv4", "redistribute protocol:(rip|ospf|eigrp)"+redistributeOptions, "Announce routes of another routing protocol"),
		own("redistribute.ospf", "redistribute protocol:(ospf) <instance:1-65535>"+redistributeOptions, "Announce routes of an OSPF process"),
	}
	redistribute6 = []Statement{
		own("redistribute.ipv6", "redistribute protocol:(ripng|ospf6)"+redistributeOptions, "Announce routes of another routing protocol"),
	}
)
