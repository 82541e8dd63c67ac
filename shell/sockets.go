package shell

import (
	"os"
	"path/filepath"
)

// SystemSocket is where a daemon of the system listens.
const SystemSocket = "/run/bgpsh/bgpd.sock"

// Sockets gives the paths to try for a daemon: the one that is named, else
// that of BGPSH_SOCKET, else the system's and the user's own.
func Sockets(named string, getenv func(string) string) []string {
	if named != "" {
		return []string{named}
	}
	if env := getenv("BGPSH_SOCKET"); env != "" {
		return []string{env}
	}
	paths := []string{SystemSocket}
	if dir := getenv("XDG_RUNTIME_DIR"); dir != "" {
		paths = append(paths, filepath.Join(dir, "bgpsh", "bgpd.sock"))
	}
	state := getenv("XDG_STATE_HOME")
	if state == "" && getenv("HOME") != "" {
		state = filepath.Join(getenv("HOME"), ".local", "state")
	}
	if state != "" {
		paths = append(paths, filepath.Join(state, "bgpsh", "bgpd.sock"))
	}
	return paths
}

// firstSocket is the first path where something exists, else the first.
func firstSocket(paths []string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return paths[0]
}
