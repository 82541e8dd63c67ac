package api

import "time"

// LogParams are the parameters of SupportLog.
type LogParams struct {
	Limit int `json:"limit,omitempty"` // newest records; 0: all that are at hand, 1000 at most
}

// RecentLog is the answer to SupportLog.
type RecentLog struct {
	Lines []string `json:"lines"` // in the text form, oldest first
}

// Reports is the answer to SupportReports.
type Reports struct {
	Dir     string   `json:"dir,omitempty"`
	Reports []Report `json:"reports"` // newest first
}

// Report is one report. The newest eight have their text, 64 KiB of each at
// most.
type Report struct {
	Name    string    `json:"name"`
	At      time.Time `json:"at"`
	Place   string    `json:"place"`
	Subject string    `json:"subject,omitempty"`
	Text    string    `json:"text,omitempty"`
}

// ProfileKind is what a profile is about.
type ProfileKind string

const (
	ProfileGoroutine ProfileKind = "goroutine" // where every goroutine is
	ProfileHeap      ProfileKind = "heap"      // who made what is in memory
)

// ProfileParams are the parameters of SupportProfile.
type ProfileParams struct {
	Kind ProfileKind `json:"kind"`
}

// Profile is the answer to SupportProfile.
type Profile struct {
	Text string `json:"text"` // as Go's runtime/pprof writes it with debug=1; 4 MiB at most
}
