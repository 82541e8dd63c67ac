package daemon

import "syscall"

// offerCore lets another thread that waits for this core have it first. The loop is the one thread of the daemon that works for
// seconds on end, when it judges tables anew. Those that meanwhile read a change from a socket or write one, or a neighbor's on the
// same machine, would wait for its time slice to end, which is up to three milliseconds.
func offerCore() { syscall.Syscall(syscall.SYS_SCHED_YIELD, 0, 0, 0) } // which never fails
