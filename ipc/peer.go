package ipc

import (
	"fmt"
	"net"
	"os/user"
	"slices"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Peer is who holds the other end of a socket, as the kernel saw it when the
// connection was made.
type Peer struct {
	PID    int32
	UID    uint32
	Groups []uint32 // primary first, then supplementary
}

// Name is the user's name, or its number where it has none.
func (p *Peer) Name() string {
	if u, err := user.LookupId(strconv.FormatUint(uint64(p.UID), 10)); err == nil {
		return u.Username
	}
	return strconv.FormatUint(uint64(p.UID), 10)
}

// in tells whether the peer belongs to a group; a nil group has no members.
func (p *Peer) in(gid *uint32) bool { return gid != nil && slices.Contains(p.Groups, *gid) }

// peerOf reads the credentials of the other end.
func peerOf(conn *net.UnixConn) (*Peer, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var peer *Peer
	var inner error
	err = raw.Control(func(fd uintptr) { peer, inner = credentials(int(fd)) })
	if err != nil {
		return nil, err
	}
	return peer, inner
}

// credentials asks the kernel for user, process and groups behind a socket.
func credentials(fd int) (*Peer, error) {
	cred, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return nil, fmt.Errorf("SO_PEERCRED: %w", err)
	}
	peer := &Peer{PID: cred.Pid, UID: cred.Uid, Groups: []uint32{cred.Gid}}
	more, err := peerGroups(fd)
	if err != nil {
		return nil, err
	}
	peer.Groups = append(peer.Groups, more...)
	return peer, nil
}

// peerGroups reads the supplementary groups. The kernel answers ERANGE and
// the needed size when the buffer is too small.
func peerGroups(fd int) ([]uint32, error) {
	groups := make([]uint32, 64)
	for {
		size := uint32(len(groups) * 4)
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&groups[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == 0:
			return groups[:size/4], nil
		case errno == unix.ERANGE && int(size/4) > len(groups):
			groups = make([]uint32, size/4)
		case errno == unix.ENOPROTOOPT || errno == unix.ENODATA: // a kernel before 4.13, or a peer without groups
			return nil, nil
		default:
			return nil, fmt.Errorf("SO_PEERGROUPS: %w", errno)
		}
	}
}

// groupName is a group's name, or its number where it has none.
func groupName(gid uint32) string {
	number := strconv.FormatUint(uint64(gid), 10)
	if g, err := user.LookupGroupId(number); err == nil {
		return g.Name
	}
	return number
}

// groupID turns a group's name or number into its number.
func groupID(name string) (uint32, error) {
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return uint32(n), nil
	}
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, fmt.Errorf("group %s does not exist", name)
	}
	n, err := strconv.ParseUint(g.Gid, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("group %s has the odd number %q", name, g.Gid)
	}
	return uint32(n), nil
}
