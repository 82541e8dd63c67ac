package daemon

import (
	"errors"

	"bgpsh/daemon/journal"
	"bgpsh/daemon/policy"
	"bgpsh/fsm"
	"bgpsh/ipc/api"
	"bgpsh/wire"
)

func denyOf(r policy.Reason) api.Deny {
	switch r {
	case policy.MissingPolicy:
		return api.DenyPolicy
	case policy.HeldBack:
		return api.DenyConfig
	}
	return api.DenyNothing
}

// lastReset is the last end of a session, or of an attempt that got as far as a NOTIFICATION. nil: there was none.
func (c *cause) lastReset() *api.Reset {
	r := &c.end
	if r.Kind == fsm.ReasonNone {
		return nil
	}
	n := r.Notification
	inner, hard := n.HardReset()
	out := &api.Reset{Kind: resetKind(r), At: c.endt, Detail: r.Text, HardReset: hard, Offending: c.endm}
	if n.Code != 0 {
		out.Code, out.Subcode, out.Name = inner.Code, inner.Subcode, n.String()
		out.Message, _ = n.Communication()
	}
	out.Who = c.endw
	if len(c.endm) >= wire.HeaderLen {
		m := journal.Message{Type: wire.Type(c.endm[wire.HeaderLen-1]), Len: len(c.endm), Bytes: c.endm, Params: c.endp}
		out.OffendingType, out.OffendingText = m.Type.String(), safeText(m.Brief())
	}
	if r.Err != nil && out.Detail == "" {
		out.Detail = r.Err.Error()
	}
	return out
}

func resetKind(r *fsm.Reason) api.ResetKind {
	switch r.Kind {
	case fsm.ReasonHoldExpired:
		return api.ResetHoldExpired
	case fsm.ReasonNotificationReceived:
		return api.ResetNotificationReceived
	case fsm.ReasonBroken:
		if errors.Is(r.Err, errLinkDown) {
			return api.ResetInterface
		}
		if r.Err == nil || isEOF(r.Err) {
			return api.ResetClosed
		}
		return api.ResetSocket
	case fsm.ReasonAdminShutdown:
		if inner, _ := r.Notification.HardReset(); inner.Subcode == wire.CeasePeerDeconfigured {
			return api.ResetDeleted
		}
		return api.ResetAdminShutdown
	case fsm.ReasonAdminReset:
		return api.ResetUser
	case fsm.ReasonConfigChange:
		return api.ResetConfig
	case fsm.ReasonMaxPrefix:
		return api.ResetMaxPrefix
	case fsm.ReasonCollisionLost:
		return api.ResetCollision
	case fsm.ReasonSendHold:
		return api.ResetSendHold
	case fsm.ReasonFSMError:
		return api.ResetFSM
	}
	return api.ResetNotificationSent
}
