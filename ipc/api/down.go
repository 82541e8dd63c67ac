package api

import (
	"fmt"
	"net/netip"
	"time"
)

// ResetKind says what ended a session, or kept the first one from coming up.
type ResetKind string

const (
	ResetNotificationSent     ResetKind = "notificationSent"
	ResetNotificationReceived ResetKind = "notificationReceived"
	ResetHoldExpired          ResetKind = "holdExpired" // our hold timer; a NOTIFICATION went
	ResetSendHold             ResetKind = "sendHold"    // the peer took nothing for the send hold time
	ResetClosed               ResetKind = "closed"      // the peer closed the connection
	ResetSocket               ResetKind = "socket"      // the connection broke
	ResetAdminShutdown        ResetKind = "adminShutdown"
	ResetUser                 ResetKind = "user"      // clear
	ResetConfig               ResetKind = "config"    // a change that needs a new session
	ResetCollision            ResetKind = "collision" // another connection won
	ResetFSM                  ResetKind = "fsm"       // a message that the state forbids
	ResetInterface            ResetKind = "interface" // the interface went down
	ResetMaxPrefix            ResetKind = "maxPrefix" // over maximum-prefix; a NOTIFICATION went
	ResetDeleted              ResetKind = "deleted"   // the neighbor was removed
	ResetRestart              ResetKind = "restart"   // graceful restart of ours
)

// Reset is the last end of a session, or of an attempt that got as far as a
// NOTIFICATION.
type Reset struct {
	Kind  ResetKind `json:"kind"`
	AgoMs int64     `json:"agoMs"`
	At    time.Time `json:"at"`
	// Code, Subcode and Name are those of the NOTIFICATION where Kind has
	// one: 6, 2, "Cease/Administrative Shutdown".
	Code      uint8  `json:"code,omitempty"`
	Subcode   uint8  `json:"subcode,omitempty"`
	Name      string `json:"name,omitempty"`
	HardReset bool   `json:"hardReset,omitempty"` // RFC 8538
	Message   string `json:"message,omitempty"`   // RFC 9003 text, made safe to print
	Detail    string `json:"detail,omitempty"`    // anything more: the socket's error, what changed
	// Offending is the message that made us send the NOTIFICATION, whole with
	// its header, at most 4096 bytes.
	Offending []byte `json:"offending,omitempty"`
	// OffendingType and OffendingText are that message in a few words.
	OffendingType string `json:"offendingType,omitempty"`
	OffendingText string `json:"offendingText,omitempty"`
	Who           string `json:"who,omitempty"` // the user, where one ended the session
}

// DownCause is why a neighbor is not Established.
type DownCause string

const (
	DownStarting     DownCause = "starting"     // nothing failed so far
	DownIdleHold     DownCause = "idleHold"     // waits after a failure
	DownRefused      DownCause = "refused"      // connection refused
	DownNoAnswer     DownCause = "noAnswer"     // the dial timed out
	DownNoRoute      DownCause = "noRoute"      // no route to the address
	DownNotConnected DownCause = "notConnected" // not on a connected subnet
	DownLocalAddress DownCause = "localAddress" // the update-source is not ours, or not there
	DownSocket       DownCause = "socket"       // another error of the socket
	DownClosed       DownCause = "closed"       // the peer closed during the handshake
	DownPeerAS       DownCause = "peerAs"       // its AS is not the configured one
	DownPeerID       DownCause = "peerId"       // its identifier is not acceptable
	DownNoFamily     DownCause = "noFamily"     // no family in common
	DownInactive     DownCause = "inactive"     // active in no family
	DownShutdown     DownCause = "shutdown"     // by us
	DownPeerShutdown DownCause = "peerShutdown" // by the peer
	DownNotification DownCause = "notification" // a NOTIFICATION, sent or received, that has no cause of its own here
	DownHoldExpired  DownCause = "holdExpired"  //
	DownSendHold     DownCause = "sendHold"     //
	DownMaxPrefix    DownCause = "maxPrefix"    //
	DownRTT          DownCause = "rtt"          // the round trip was too long (shutdown rtt)
	DownPassive      DownCause = "passive"      // we wait for the peer to call
	DownNoDiscovery  DownCause = "noDiscovery"  // no neighbor found on the interface
	DownInterface    DownCause = "interface"    // the interface is down or absent
	DownRole         DownCause = "role"         // RFC 9234 mismatch
	DownConfig       DownCause = "config"       // a bad line of the startup configuration
	DownClear        DownCause = "clear"        // reset by an operator, coming back
	DownNoRemoteAS   DownCause = "noRemoteAs"   // no remote-as configured
	DownNegotiating  DownCause = "negotiating"  // OPENs are being exchanged
	DownFault        DownCause = "fault"        // an internal error of bgpd ended it
)

// Down tells why a neighbor is not Established. Cause says which of the
// other fields are set; String gives the sentence that bgpsh shows.
type Down struct {
	Cause   DownCause      `json:"cause"`
	Address netip.AddrPort `json:"address,omitzero"` // dialled; a zero port is not shown
	// Tries counts failed dials since the last session; LastMs is the age of
	// the last one, NextMs the time until the next.
	Tries  uint64 `json:"tries,omitempty"`
	LastMs *int64 `json:"lastMs,omitempty"`
	NextMs *int64 `json:"nextMs,omitempty"`
	// WaitSec is how long was waited in vain (noAnswer, holdExpired, sendHold).
	WaitSec int `json:"waitSec,omitempty"`
	// Got and Want are the two sides of a mismatch: AS numbers, identifiers,
	// roles, families, counts and limits.
	Got  string `json:"got,omitempty"`
	Want string `json:"want,omitempty"`
	// Who did it: a user for shutdown and clear.
	Who string `json:"who,omitempty"`
	// Text is the message that came with it, or the system's error, or the
	// bad line.
	Text string `json:"text,omitempty"`
	// Sent says of a notification that it was ours.
	Sent bool `json:"sent,omitempty"`
	// Name is the NOTIFICATION's, or the interface's.
	Name string `json:"name,omitempty"`
	// Line is the startup configuration's, of Cause config; 0 where the line
	// was typed.
	Line int `json:"line,omitempty"`
	// Remedy is the line to add, where one would help.
	Remedy string `json:"remedy,omitempty"`
	// Password says that a TCP MD5 password is configured, so that silence
	// may mean a wrong one.
	Password bool `json:"password,omitempty"`
}

// String gives the cause as one line without full stop.
func (d *Down) String() string {
	switch d.Cause {
	case DownStarting:
		return "starting" + d.schedule()
	case DownIdleHold:
		return "waiting before the next attempt" + d.schedule()
	case DownRefused:
		return "connection refused by " + d.peer() + d.schedule()
	case DownNoAnswer:
		text := fmt.Sprintf("no answer from %s within %d s", d.peer(), d.WaitSec)
		if d.Password {
			text += ", a wrong password looks the same"
		}
		return text + d.schedule()
	case DownNoRoute:
		return "no route to " + d.host() + d.schedule()
	case DownNotConnected:
		return d.host() + " is not on a connected subnet" + d.remedy("add")
	case DownLocalAddress:
		return fmt.Sprintf("update-source %s is not an address of this router%s", d.Want, d.schedule())
	case DownSocket:
		return fmt.Sprintf("connection to %s failed: %s%s", d.peer(), d.Text, d.schedule())
	case DownClosed:
		return "connection closed by " + d.peer() + " before the session was up" + d.schedule()
	case DownPeerAS:
		return fmt.Sprintf("peer is AS %s but configured %s", d.Got, d.Want)
	case DownPeerID:
		return fmt.Sprintf("router ID %s of the peer is not acceptable%s", d.Got, wanted(d.Want))
	case DownNoFamily:
		return fmt.Sprintf("no family in common (we %s, peer %s)", d.Want, d.Got)
	case DownInactive:
		return "not activated in any address family" + d.remedy("add")
	}
	return d.ended()
}

// ended gives the causes that come from the end of a session or from the
// configuration.
func (d *Down) ended() string {
	switch d.Cause {
	case DownShutdown:
		return "shut down" + by(d.Who) + quoted(d.Text)
	case DownPeerShutdown:
		return "shut down by the peer" + quoted(d.Text) + d.schedule()
	case DownNotification:
		if d.Sent {
			return fmt.Sprintf("notification sent (%s)%s%s", d.Name, quoted(d.Text), d.schedule())
		}
		return fmt.Sprintf("notification received (%s)%s%s", d.Name, quoted(d.Text), d.schedule())
	case DownHoldExpired:
		return fmt.Sprintf("hold timer expired, nothing heard for %d s%s", d.WaitSec, d.schedule())
	case DownSendHold:
		return fmt.Sprintf("send hold timer expired, the peer took nothing for %d s%s", d.WaitSec, d.schedule())
	case DownRTT:
		return fmt.Sprintf("round trip too long (%s ms, limit %s ms)%s", d.Got, d.Want, d.remedy("restore with"))
	case DownMaxPrefix:
		return fmt.Sprintf("maximum-prefix exceeded (%s of %s)%s", d.Got, d.Want, d.remedy("restore with"))
	case DownPassive:
		return "passive, waiting for the peer to connect"
	case DownNoDiscovery:
		return "no neighbor discovered on " + d.Name
	case DownInterface:
		return "interface " + d.Name + " is down or absent"
	case DownRole:
		return fmt.Sprintf("role mismatch (peer is %s, we are %s)", d.Got, d.Want)
	case DownConfig:
		if d.Line == 0 {
			return "configuration error: " + d.Text
		}
		return fmt.Sprintf("configuration error, line %d: %s", d.Line, d.Text)
	case DownClear:
		return "reset" + by(d.Who) + d.schedule()
	case DownNoRemoteAS:
		return "no remote-as configured" + d.remedy("add")
	case DownNegotiating:
		return "negotiating with " + d.host()
	case DownFault:
		return "internal error of bgpd" + quoted(d.Text) + d.schedule() + d.remedy("try again with")
	}
	return string(d.Cause)
}

// host is the address without its port.
func (d *Down) host() string { return d.Address.Addr().String() }

// peer is the address with its port, where it has one.
func (d *Down) peer() string {
	if d.Address.Port() == 0 {
		return d.host()
	}
	return fmt.Sprintf("%s port %d", d.host(), d.Address.Port())
}

// schedule tells how often it was tried, when last and when next.
func (d *Down) schedule() string {
	text := ""
	add := func(s string) {
		if text != "" {
			text += ", "
		}
		text += s
	}
	if d.Tries == 1 {
		add("1 try")
	} else if d.Tries > 1 {
		add(fmt.Sprintf("%d tries", d.Tries))
	}
	if d.LastMs != nil {
		add(fmt.Sprintf("last %s ago", seconds(*d.LastMs)))
	}
	if d.NextMs != nil {
		add(fmt.Sprintf("next in %s", seconds(*d.NextMs)))
	}
	if text == "" {
		return ""
	}
	return " (" + text + ")"
}

// remedy names the line that would help, behind what to do with it.
func (d *Down) remedy(do string) string {
	if d.Remedy == "" {
		return ""
	}
	return "; " + do + ": " + d.Remedy
}

// seconds shows a short time to the second, rounded up so that a running
// timer never shows 0.
func seconds(ms int64) string {
	return (time.Duration((ms+999)/1000) * time.Second).String()
}

func by(who string) string {
	if who == "" {
		return ""
	}
	return " by " + who
}

func quoted(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func wanted(want string) string {
	if want == "" {
		return ""
	}
	return ", configured " + want
}
