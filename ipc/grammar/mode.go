package grammar

// Mode is a level of the command language. The zero value means that the shell is left.
type Mode string

// Modes. AF4 and AF6 are the two address families of router bgp; RouteMap holds the lines of a route map; Skip stands for the body of a
// block that is another's business or not supported, whose lines are passed over unread.
const (
	Exec     Mode = "exec"
	Config   Mode = "config"
	Router   Mode = "router"
	AF4      Mode = "af-ipv4"
	AF6      Mode = "af-ipv6"
	RouteMap Mode = "route-map"
	Skip     Mode = "skip"
)

// Prompt is what stands between the host name and the cursor: "#", "(config)#", "(config-router-af)#".
func (m Mode) Prompt() string {
	switch m {
	case Config, Skip:
		return "(config)#"
	case Router:
		return "(config-router)#"
	case AF4, AF6:
		return "(config-router-af)#"
	case RouteMap:
		return "(config-route-map)#"
	}
	return "#"
}

// Parent is the mode that `exit` leads to; the empty mode for Exec.
func (m Mode) Parent() Mode {
	switch m {
	case Config:
		return Exec
	case Router, RouteMap, Skip:
		return Config
	case AF4, AF6:
		return Router
	}
	return ""
}

// Family is "ipv4" or "ipv6" in an address family mode, otherwise empty.
func (m Mode) Family() string {
	switch m {
	case AF4:
		return "ipv4"
	case AF6:
		return "ipv6"
	}
	return ""
}

// Configures tells whether lines of the mode change the configuration.
func (m Mode) Configures() bool { return m != Exec && m != "" }
