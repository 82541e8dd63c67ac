package ipc

import (
	"os"
	"strconv"
	"strings"
)

// localGroups lists the groups of the host itself (group(5)).
const localGroups = "/etc/group"

// localGroup is the number of one of the host's own groups in a text as that of group(5); nil where it has none of that name.
// The default group is made by the installation of a package, so it is looked for here alone: to ask all name services, for a no in
// most cases, costs 0.8 MiB of libraries that the C library keeps. A group that a directory service knows is named by the settings.
func localGroup(text, name string) *uint32 {
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 3 || fields[0] != name {
			continue
		}
		n, err := strconv.ParseUint(fields[2], 10, 32)
		if err != nil {
			return nil
		}
		id := uint32(n)
		return &id
	}
	return nil
}

// defaultGroup is the number of DefaultGroup; nil where there is none.
func defaultGroup() *uint32 {
	text, err := os.ReadFile(localGroups)
	if err != nil {
		return nil
	}
	return localGroup(string(text), DefaultGroup)
}
