// Package fsm is the state machine of RFC 4271 section 8 for one neighbor, with both its connections, as a pure machine.
package fsm
