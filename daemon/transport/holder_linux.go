package transport

import (
	"bufio"
	"encoding/hex"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// portHolder finds the process that listens where addr wants to: its number and name, 0 when it cannot be seen (another
// user's process, without privilege, or a socket of another namespace's process).
func portHolder(addr netip.AddrPort) (pid int, program string) {
	inodes := make(map[string]bool)
	// The calling thread's network, which is not that of /proc/net where the first thread is in another namespace.
	tables := []string{"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}
	for _, name := range tables {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		listeningInodes(f, addr, inodes)
		f.Close()
	}
	if len(inodes) == 0 {
		return 0, ""
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return 0, ""
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !inodes[target] {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(link, "/")[2])
		if err != nil {
			continue
		}
		name, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm")) // gone already: no name
		return pid, strings.TrimSpace(string(name))
	}
	return 0, ""
}

// listeningInodes adds "socket:[N]" for each listener in the kernel's table r that is in the way of addr.
func listeningInodes(r io.Reader, addr netip.AddrPort, inodes map[string]bool) {
	const listen = "0A"
	for lines := bufio.NewScanner(r); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 10 || f[3] != listen {
			continue
		}
		held, ok := parseProcAddr(f[1])
		if !ok || held.Port() != addr.Port() {
			continue
		}
		a, h := addr.Addr().WithZone(""), held.Addr()
		overlap := a == h || a.IsUnspecified() || h.IsUnspecified()
		if overlap && (a.Is4() == h.Is4() || h == netip.IPv6Unspecified()) {
			inodes["socket:["+f[9]+"]"] = true
		}
	}
}

// parseProcAddr reads "0100007F:00B3": each 32-bit word of the address in the machine's (little endian) order.
func parseProcAddr(s string) (netip.AddrPort, bool) {
	host, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(host)
	p, perr := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil || perr != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	a, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a.Unmap(), uint16(p)), ok
}
