package transport

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// ErrPasswordConflict says that another interface already demands a different key of the same link-local address.
var ErrPasswordConflict = errors.New("another interface demands a different password of this link-local address")

// BindCause is why a listener could not bind.
type BindCause uint8

// The causes. Only BindAbsent cures itself: the address may appear.
const (
	BindOther   BindCause = iota
	BindDenied            // a port below 1024 without the privilege
	BindInUse             // somebody else listens there
	BindAbsent            // no interface has the address yet
	BindInvalid           // the address can never be bound (no zone, multicast)
)

// A BindError says why a listener could not bind, and what to do about it.
type BindError struct {
	Addr    netip.AddrPort
	Cause   BindCause
	PID     int    // who holds the port, 0 unknown
	Program string // its name, where it is known
	Err     error
}

func (e *BindError) Error() string {
	switch {
	case e.Cause == BindInUse && e.PID == os.Getpid():
		return fmt.Sprintf("listen on %s: address in use by this daemon itself", e.Addr)
	case e.Cause == BindInUse && e.PID != 0:
		return fmt.Sprintf("listen on %s: address in use by pid %d (%s)", e.Addr, e.PID, e.Program)
	case e.Cause == BindInUse:
		return fmt.Sprintf("listen on %s: address in use by another program", e.Addr)
	case e.Cause == BindDenied:
		return fmt.Sprintf("listen on %s: no permission for a port below 1024", e.Addr)
	case e.Cause == BindAbsent:
		return fmt.Sprintf("listen on %s: no interface has this address", e.Addr)
	}
	return fmt.Sprintf("listen on %s: %s", e.Addr, errnoText(e.Err))
}

func (e *BindError) Unwrap() error { return e.Err }

// Remedy is one sentence for the operator, empty when nothing general helps.
func (e *BindError) Remedy() string {
	switch {
	case e.Cause == BindDenied:
		return "run as root, give the program CAP_NET_BIND_SERVICE, or listen on a port above 1023"
	case e.Cause == BindInUse && e.PID == os.Getpid():
		return "remove one of the two listen addresses"
	case e.Cause == BindInUse && e.PID != 0:
		return fmt.Sprintf("stop pid %d (%s), or listen on another address or port", e.PID, e.Program)
	case e.Cause == BindInUse:
		return "stop the program that listens there, or listen on another address or port"
	case e.Cause == BindAbsent:
		return "it is bound when the address appears"
	}
	return ""
}

// Retry says that the same call can succeed when the interfaces' addresses change.
func (e *BindError) Retry() bool { return e.Cause == BindAbsent }

// DialCause is why a dial failed.
type DialCause uint8

// The causes.
const (
	DialOther       DialCause = iota
	DialRefused               // the peer's host says that nobody listens
	DialTimeout               // no answer in time; a wrong password looks the same
	DialUnreachable           // no route, or a router says unreachable
	DialNoSource              // no interface has the source address
	DialDenied                // a local rule or missing privilege forbids it
	DialInvalid               // the request cannot work (no interface for a link-local address, unknown interface)
	DialCanceled              // the caller gave up
)

// ErrChannelConnect is the in-memory network's "connection refused".
var ErrChannelConnect error = channelConnect{}

type channelConnect struct{}

func (channelConnect) Error() string { return "Channel connect error" }

// Is makes it equal to the kernel's refusal, so that callers need one check.
func (channelConnect) Is(target error) bool { return target == syscall.ECONNREFUSED }

// A DialError says why a dial failed.
type DialError struct {
	Remote  netip.AddrPort
	Cause   DialCause
	Elapsed time.Duration
	Err     error
}

func (e *DialError) Error() string { return fmt.Sprintf("connect to %s: %s", e.Remote, e.Reason()) }

func (e *DialError) Unwrap() error { return e.Err }

// Timeout reports whether the peer did not answer in time.
func (e *DialError) Timeout() bool { return e.Cause == DialTimeout }

// Reason is the cause without the address: the system's own words with the error number where there is one.
func (e *DialError) Reason() string {
	if e.Cause == DialTimeout {
		return "no answer"
	}
	return errnoText(e.Err)
}

// Errno is the system's error number, 0 when there is none.
func (e *DialError) Errno() syscall.Errno {
	var n syscall.Errno
	errors.As(e.Err, &n)
	return n
}

func dialError(remote netip.AddrPort, elapsed time.Duration, err error) *DialError {
	return &DialError{Remote: remote, Cause: dialCause(err), Elapsed: elapsed, Err: err}
}

func dialCause(err error) DialCause {
	var n syscall.Errno
	switch {
	case errors.Is(err, context.Canceled):
		return DialCanceled
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return DialTimeout
	case errors.Is(err, ErrChannelConnect):
		return DialRefused
	case !errors.As(err, &n):
		return DialOther
	}
	switch n {
	case syscall.ECONNREFUSED:
		return DialRefused
	case syscall.ETIMEDOUT:
		return DialTimeout
	case syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN:
		return DialUnreachable
	case syscall.EADDRNOTAVAIL:
		return DialNoSource
	case syscall.EPERM, syscall.EACCES:
		return DialDenied
	case syscall.EINVAL, syscall.ENODEV, syscall.EAFNOSUPPORT:
		return DialInvalid
	}
	return DialOther
}

// errnoText is the innermost text of err: "connection refused (os error 111)" for a system error, else its own words.
func errnoText(err error) string {
	var n syscall.Errno
	if errors.As(err, &n) {
		return fmt.Sprintf("%s (os error %d)", n.Error(), int(n))
	}
	if err == nil {
		return "unknown error"
	}
	return err.Error()
}
