package shell

import (
	"fmt"
	"strings"

	"bgpsh/ipc/api"
)

// resetWords gives the text and number that FRR has for the end of a session.
var resetWords = map[api.ResetKind]struct {
	text string
	code int
}{
	api.ResetNotificationSent:     {"BGP Notification send", 14},
	api.ResetNotificationReceived: {"BGP Notification received", 13},
	api.ResetHoldExpired:          {"BGP Notification send", 14},
	api.ResetSendHold:             {"BGP Notification send", 14},
	api.ResetMaxPrefix:            {"BGP Notification send", 14},
	api.ResetFSM:                  {"BGP Notification send", 14},
	api.ResetClosed:               {"Peer closed the session", 15},
	api.ResetSocket:               {"Socket Error", 34},
	api.ResetAdminShutdown:        {"Admin. shutdown", 11},
	api.ResetUser:                 {"User reset", 12},
	api.ResetConfig:               {"Capability changed", 19},
	api.ResetCollision:            {"Peer closed the session", 15},
	api.ResetInterface:            {"Interface down", 25},
	api.ResetDeleted:              {"Neighbor deleted", 16},
	api.ResetRestart:              {"NSF peer closed the session", 22},
}

// waitWords gives FRR's text and number for a neighbor that has never been
// up, by the cause.
var waitWords = map[api.DownCause]struct {
	text string
	code int
}{
	api.DownShutdown:     {"Admin. shutdown", 11},
	api.DownRTT:          {"Admin. shutdown", 11},
	api.DownNoRoute:      {"Waiting for NHT", 27},
	api.DownNotConnected: {"Waiting for NHT", 27},
	api.DownNoDiscovery:  {"Waiting for Peer IPv6 LLA", 28},
	api.DownInterface:    {"Interface down", 25},
	api.DownInactive:     {"No AFI/SAFI activated for peer", 30},
	api.DownNegotiating:  {"Waiting for peer OPEN", 32},
	api.DownMaxPrefix:    {"Reached received prefix count", 33},
	api.DownSocket:       {"Socket Error", 34},
	api.DownRefused:      {"Socket Error", 34},
	api.DownNoAnswer:     {"Socket Error", 34},
}

// setReset appends FRR's members about the last reset. Without one only the
// reason for waiting is given, and the times that never were are left out.
func setReset(o *object, r *api.Reset, d *api.Down) {
	if r == nil {
		if d != nil {
			if words, ok := waitWords[d.Cause]; ok {
				o.set("lastResetDueTo", words.text).set("lastResetCode", words.code)
			}
		}
		return
	}
	if r.Code != 0 {
		o.set("lastErrorCodeSubcode", fmt.Sprintf("%02X%02X", r.Code, r.Subcode))
		o.set("lastNotificationReason", resetName(r)).set("lastNotificationHardReset", r.HardReset)
		o.text("lastShutdownDescription", r.Message)
	}
	words := resetWords[r.Kind]
	o.set("lastResetDueTo", words.text).set("lastResetCode", words.code)
}

// resetText is the reason behind "Last reset 00:01:02,  ".
func resetText(r *api.Reset) string {
	name := resetName(r)
	if r.HardReset {
		name += "/Hard Reset"
	}
	text := resetWords[r.Kind].text
	switch {
	case r.Code != 0 && r.Kind == api.ResetNotificationReceived:
		text = fmt.Sprintf("Notification received (%s)", name)
	case r.Code != 0:
		text = fmt.Sprintf("Notification sent (%s)", name)
	case r.Detail != "":
		text += " (" + printable(r.Detail) + ")"
	}
	return text
}

// resetName is the NOTIFICATION's name without the remark of RFC 8538, which
// has a place of its own.
func resetName(r *api.Reset) string { return strings.TrimSuffix(r.Name, "/Hard Reset") }
