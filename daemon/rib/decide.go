package rib

// Step is a rung of the decision ladder: what set two paths apart.
type Step uint8

// The steps in the order of comparison (RFC 4271 9.1.2.2, with FRR's order and names).
const (
	StepNone Step = iota // nothing to select
	StepFirst
	StepWeight
	StepLocalPref
	StepLocal
	StepASPath
	StepOrigin
	StepMED
	StepPeerType
	StepIGPMetric
	StepOlder
	StepRouterID
	StepClusterLen
	StepNeighborIP
	StepEqual
	stepCount
)

var stepTexts = [stepCount]string{
	StepNone:       "Nothing to Select",
	StepFirst:      "First path received",
	StepWeight:     "Weight",
	StepLocalPref:  "Local Pref",
	StepLocal:      "Local Route",
	StepASPath:     "AS Path",
	StepOrigin:     "Origin",
	StepMED:        "MED",
	StepPeerType:   "Peer Type",
	StepIGPMetric:  "IGP Metric",
	StepOlder:      "Older Path",
	StepRouterID:   "Router ID",
	StepClusterLen: "Cluster length",
	StepNeighborIP: "Neighbor IP",
	StepEqual:      "Nothing left to compare",
}

// String gives FRR's words for the reason of a selection.
func (s Step) String() string { return stepTexts[min(s, stepCount-1)] }
