package config

import "time"

// Defaults are the values that hold where the configuration says nothing. docs/defaults.md shows them, ours beside FRR's.
type Defaults struct {
	Port          uint16
	Keepalive     time.Duration
	HoldTime      time.Duration
	ConnectRetry  time.Duration
	IdleHold      time.Duration // doubling up to IdleHoldMax while a session fails within IdleHoldMax of coming up
	IdleHoldMax   time.Duration
	DelayOpen     time.Duration
	OpenHold      time.Duration // RFC 4271 8.2.2: the large hold time while an OPEN is awaited
	SendHoldFloor time.Duration // RFC 9687: send hold is the larger of this and twice the hold time
	Resolution    time.Duration // of displayed times
	DSCP          uint8
	LocalPref     uint32
	MaxPaths      uint16 // equally good paths that are used, of each kind

	LogNeighborChanges bool
	RequiresPolicy     bool
	EnforceFirstAS     bool
	DeterministicMED   bool
	ImportCheck        bool
	ShowHostname       bool
	// FamilyByAddress: a neighbor is active in the family of its own address; otherwise in IPv4 where DefaultIPv4.
	FamilyByAddress bool
	// PreserveForwarding: a restart of ours does not touch forwarding, and the neighbors are told so.
	PreserveForwarding bool
	DefaultIPv4        bool
}

// Defaults gives the profile's values.
func (p Profile) Defaults() Defaults {
	d := Defaults{
		Port:               179,
		Keepalive:          60 * time.Second,
		HoldTime:           180 * time.Second,
		ConnectRetry:       30 * time.Second,
		IdleHold:           1 * time.Second,
		IdleHoldMax:        60 * time.Second,
		OpenHold:           240 * time.Second,
		SendHoldFloor:      8 * time.Minute,
		Resolution:         100 * time.Millisecond,
		DSCP:               48,
		LocalPref:          100,
		MaxPaths:           256,
		LogNeighborChanges: true,
		RequiresPolicy:     true,
		EnforceFirstAS:     true,
		FamilyByAddress:    true,
	}
	d.PreserveForwarding = p == Ours
	switch p {
	case Traditional:
		d.LogNeighborChanges = false
		d.ImportCheck = true
		d.FamilyByAddress, d.DefaultIPv4 = false, true
	case Datacenter:
		d.Keepalive, d.HoldTime, d.ConnectRetry = 3*time.Second, 9*time.Second, 10*time.Second
		d.RequiresPolicy = false
		d.DeterministicMED = true
		d.ShowHostname = true
		d.ImportCheck = true
		d.FamilyByAddress, d.DefaultIPv4 = false, true
	}
	return d
}
