package wire

import (
	"bytes"
	"fmt"
)

// rule is one way in which an UPDATE can be wrong.
type rule uint8

const (
	ruleBodyLength rule = iota
	ruleWithdrawnLength
	ruleAttributesLength
	ruleWithdrawnPrefix
	ruleNLRIPrefix
	ruleOverrun
	ruleMPOverrun
	ruleRepeated
	ruleMPRepeated
	ruleUnknownWellKnown
	ruleReserved
	ruleMissing
	ruleExternal
	ruleAS4FromNew
	ruleFlags
	ruleMPFlags
	ruleAIGPFlags
	ruleLength
	ruleOrigin
	ruleNextHop
	ruleSegmentType
	ruleSegmentEmpty
	ruleSegmentOverrun
	ruleSegmentUnderrun
	ruleASZero
	ruleASSet
	ruleConfederation
	ruleASPathTooLong
	ruleAS4Short
	ruleAggregatorZero
	ruleAIGP
	ruleMPShort
	ruleMPCut
	ruleMPNextHopLength
	ruleMPNextHopAgreed
	ruleMPNextHop
	ruleMPPrefix
)

// rules is the table of verdicts. In text, %[1]s is the attribute, %[2]d what
// was found, %[3]s what was expected. Severity None stands for what RFC 7606 3
// (e, f) and 7 say of the attribute as a whole.
var rules = [...]struct {
	severity Severity
	subcode  uint8
	text     string
}{
	ruleBodyLength:       {Reset, UpdateMalformedAttributes, "UPDATE of %[2]d octets after the header, expected 4 to 65516"},
	ruleWithdrawnLength:  {Reset, UpdateMalformedAttributes, "withdrawn routes length %[2]d exceeds the message"},
	ruleAttributesLength: {Reset, UpdateMalformedAttributes, "total path attribute length %[2]d exceeds the message"},
	ruleWithdrawnPrefix:  {Reset, UpdateInvalidNetwork, "withdrawn routes: prefix longer than %[2]d bits or cut off"},
	ruleNLRIPrefix:       {Reset, UpdateInvalidNetwork, "NLRI: prefix longer than %[2]d bits or cut off"},
	ruleOverrun:          {Withdraw, UpdateMalformedAttributes, "%[1]s does not fit in the %[2]d octets left of the attributes"},
	ruleMPOverrun:        {Reset, UpdateMalformedAttributes, "%[1]s does not fit in the %[2]d octets left of the attributes"},
	ruleRepeated:         {Discard, UpdateMalformedAttributes, "%[1]s appears more than once, the first one counts"},
	ruleMPRepeated:       {Reset, UpdateMalformedAttributes, "%[1]s appears more than once"},
	ruleUnknownWellKnown: {Reset, UpdateUnknownWellKnown, "%[1]s is marked well-known and unknown here"},
	ruleReserved:         {Discard, UpdateMalformedAttributes, "%[1]s is of a reserved type"},
	ruleMissing:          {Withdraw, UpdateMissingAttribute, "%[1]s is missing"},
	ruleExternal:         {Discard, UpdateMalformedAttributes, "%[1]s from an external neighbor"},
	ruleAS4FromNew:       {Discard, UpdateMalformedAttributes, "%[1]s from a neighbor with four-octet AS numbers"},
	ruleFlags:            {Withdraw, UpdateAttributeFlags, "%[1]s has flags 0x%02[2]x, expected %[3]s"},
	ruleMPFlags:          {Reset, UpdateAttributeFlags, "%[1]s has flags 0x%02[2]x, expected %[3]s"},
	ruleAIGPFlags:        {Discard, UpdateAttributeFlags, "%[1]s has flags 0x%02[2]x, expected %[3]s"},
	ruleLength:           {None, UpdateAttributeLength, "%[1]s has length %[2]d, expected %[3]s"},
	ruleOrigin:           {None, UpdateInvalidOrigin, "%[1]s has value %[2]d, expected 0, 1 or 2"},
	ruleNextHop:          {None, UpdateInvalidNextHop, "%[1]s is no address of a host"},
	ruleSegmentType:      {None, UpdateMalformedASPath, "%[1]s has a segment of type %[2]d, expected 1 to 4"},
	ruleSegmentEmpty:     {None, UpdateMalformedASPath, "%[1]s has a segment without AS numbers"},
	ruleSegmentOverrun:   {None, UpdateMalformedASPath, "%[1]s has a segment of %[2]d AS numbers that exceeds it"},
	ruleSegmentUnderrun:  {None, UpdateMalformedASPath, "%[1]s ends with a single octet, expected a segment"},
	ruleASZero:           {None, UpdateMalformedASPath, "%[1]s contains AS 0"},
	ruleASSet:            {Withdraw, UpdateMalformedASPath, "%[1]s has a segment of type %[2]d, a set, which RFC 9774 forbids"},
	ruleConfederation:    {None, UpdateMalformedASPath, "%[1]s has a confederation segment from a neighbor outside"},
	ruleASPathTooLong:    {Withdraw, UpdateAttributeLength, "%[1]s has %[2]d octets with four-octet AS numbers, expected at most 65535"},
	ruleAS4Short:         {None, UpdateAttributeLength, "%[1]s has length %[2]d, expected at least 6"},
	ruleAggregatorZero:   {None, UpdateOptionalAttribute, "%[1]s has AS 0"},
	ruleAIGP:             {None, UpdateOptionalAttribute, "%[1]s of %[2]d octets has a malformed TLV"},
	ruleMPShort:          {Reset, UpdateOptionalAttribute, "%[1]s has length %[2]d, expected at least %[3]s"},
	ruleMPCut:            {Reset, UpdateOptionalAttribute, "%[1]s ends before or with its next hop of %[2]d octets"},
	ruleMPNextHopLength:  {Reset, UpdateOptionalAttribute, "%[1]s has a next hop of %[2]d octets, expected %[3]s"},
	ruleMPNextHopAgreed:  {Withdraw, UpdateOptionalAttribute, "%[1]s has a next hop of %[2]d octets, expected 4: RFC 8950 was not agreed"},
	ruleMPNextHop:        {Withdraw, UpdateOptionalAttribute, "%[1]s has a next hop that is no address of a host"},
	ruleMPPrefix:         {Reset, UpdateOptionalAttribute, "%[1]s has a prefix longer than %[2]d bits or cut off"},
}

// maxFaults bounds what a view remembers. Of more, the worst is kept.
const maxFaults = 8

// fault is one breach of a rule, small enough to sit in the view; the text is
// made when somebody asks.
type fault struct {
	rule     rule
	severity Severity
	attr     AttrType
	off      uint16 // of the attribute's header, 0 without one
	got      uint32
}

// blame notes a fault of attribute a. It returns false, so that a check can end
// with it.
func (u *Update) blame(r rule, a attribute, got int) bool {
	f := fault{rule: r, attr: a.kind, off: a.off, got: uint32(got)}
	f.severity = f.verdict()
	switch {
	case int(u.faultCount) < maxFaults:
		u.faults[u.faultCount] = f
		u.faultCount++
	case f.severity > u.worst:
		u.faults[maxFaults-1] = f
	}
	u.worst = max(u.worst, f.severity)
	return false
}

// Severity gives the worst verdict on the message.
func (u *Update) Severity() Severity { return u.worst }

// Err gives the worst fault, the first one among equals; nil for a clean
// message. It is made anew at each call.
func (u *Update) Err() *Error {
	for i := range u.faults[:u.faultCount] {
		if u.faults[i].severity == u.worst {
			return u.faults[i].error(u)
		}
	}
	return nil
}

// Errors iterates over the faults in the order found, at most eight.
func (u *Update) Errors(yield func(*Error) bool) {
	for i := range u.faults[:u.faultCount] {
		if !yield(u.faults[i].error(u)) {
			return
		}
	}
}

// error puts the fault in words. Data is as RFC 4271 6.3 has it: the attribute,
// for a missing one its type, and nothing where the list itself is broken.
func (f *fault) error(u *Update) *Error {
	spec := &rules[f.rule]
	e := &Error{
		Code: CodeUpdate, Subcode: spec.subcode, Severity: f.severity, Attr: f.attr,
		Text: fmt.Sprintf(spec.text, f.attr, f.got, f.expected(u)),
	}
	if f.severity != f.verdict() {
		e.Text += "; the message has no reachable prefix to withdraw (RFC 7606 5.2)"
	}
	if e.Subcode == UpdateMalformedASPath && f.attr == AttrAS4Path {
		e.Subcode = UpdateOptionalAttribute
	}
	switch {
	case e.Subcode == UpdateMissingAttribute:
		e.Data = []byte{byte(f.attr)}
	case e.Subcode == UpdateMalformedAttributes || f.off == 0:
	default:
		if a, ok := u.attributeAt(f.off); ok {
			e.Data = bytes.Clone(limitData(u.body[a.off:a.value.end]))
		}
	}
	return e
}

// verdict gives what the fault costs by itself.
func (f *fault) verdict() Severity {
	if s := rules[f.rule].severity; s != None {
		return s
	}
	return attrKinds[f.attr].malformed
}

// expected puts in words what the rule wanted.
func (f *fault) expected(u *Update) string {
	kind := attrKinds[min(f.attr, attrSlots-1)]
	switch f.rule {
	case ruleFlags, ruleMPFlags, ruleAIGPFlags:
		return map[uint8]string{
			wellKnown: "well-known", FlagOptional: "optional non-transitive",
			optionalTransitive: "optional transitive",
		}[kind.flags]
	case ruleLength:
		switch {
		case f.attr == AttrAggregator && u.params.AS4:
			return "8"
		case f.attr == AttrAggregator:
			return "6"
		case kind.many:
			return fmt.Sprintf("a multiple of %d above 0", kind.unit)
		}
		return fmt.Sprint(kind.unit)
	case ruleMPShort:
		if f.attr == AttrMPReach {
			return "5"
		}
		return "3"
	case ruleMPNextHopLength:
		if u.reach.family == IPv6Unicast {
			return "16 or 32"
		}
		return "4, 16 or 32"
	}
	return ""
}
