package wire

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
)

// Editor changes attributes and keeps them canonical. It is made to be reused:
// Reset does not copy, the first change does, and no change allocates once the
// buffers have grown. The zero value edits an empty list.
//
// Methods that return a bool do nothing and return false when a value would
// exceed 65535 octets.
type Editor struct {
	base    Attrs  // what Reset got, until the first change
	buf     Attrs  // the changed list
	changed bool   // buf counts
	scratch []byte // a value under construction
}

// NewEditor makes an Editor that begins with a.
func NewEditor(a Attrs) *Editor { return &Editor{base: a} }

// Reset begins anew with a, which must stay unchanged while it is in use.
func (e *Editor) Reset(a Attrs) { e.base, e.changed = a, false }

// Attrs gives the present state, valid until the next change or Reset.
func (e *Editor) Attrs() Attrs {
	if e.changed {
		return e.buf
	}
	return e.base
}

// Changed reports whether any call since Reset made a difference.
func (e *Editor) Changed() bool { return e.changed }

// AppendTo adds the present state to dst.
func (e *Editor) AppendTo(dst []byte) []byte { return append(dst, e.Attrs()...) }

// Set puts value as the attribute of type t, in place of one that is there.
// FlagExtended is ignored. Value may be a view of the editor's own state.
func (e *Editor) Set(t AttrType, flags uint8, value []byte) bool {
	e.scratch = append(e.scratch[:0], value...)
	return e.setScratch(t, flags)
}

// setScratch puts the scratch buffer as the value of t.
func (e *Editor) setScratch(t AttrType, flags uint8) bool {
	value := e.scratch
	if len(value) > maxValue {
		return false
	}
	flags &^= FlagExtended
	at, size := e.Attrs().seek(t)
	if size > 0 {
		old := e.Attrs()[at : at+size]
		if old[0] == flags && bytes.Equal(old[canonicalHeader:], value) {
			return true
		}
	}
	e.resize(at, size, canonicalHeader+len(value))
	appendCanonicalHeader(e.buf[at:at:len(e.buf)], flags, t, len(value))
	copy(e.buf[at+canonicalHeader:], value)
	return true
}

// resize makes the buffer count and turns the size octets at at into wanted
// ones, moving what follows.
func (e *Editor) resize(at, size, wanted int) {
	if !e.changed {
		length := len(e.base) + wanted - size
		e.buf = slices.Grow(e.buf[:0], length)[:length]
		copy(e.buf[at+wanted:], e.base[at+size:]) // first: base may be what buf was
		copy(e.buf, e.base[:at])
		e.changed = true
		return
	}
	length := len(e.buf)
	if grow := wanted - size; grow > 0 {
		e.buf = slices.Grow(e.buf, grow)[:length+grow]
	}
	copy(e.buf[at+wanted:], e.buf[at+size:length])
	e.buf = e.buf[:length+wanted-size]
}

// Delete removes the attribute of type t.
func (e *Editor) Delete(t AttrType) {
	if at, size := e.Attrs().seek(t); size > 0 {
		e.resize(at, size, 0)
	}
}

// SetUint32 puts an attribute of four octets with the flags of its type: MED,
// LOCAL_PREF, ORIGINATOR_ID, OTC.
func (e *Editor) SetUint32(t AttrType, v uint32) {
	const wanted = canonicalHeader + 4
	flags := t.DefaultFlags()
	at, size := e.Attrs().seek(t)
	if size == wanted {
		if old := e.Attrs()[at : at+size]; old[0] == flags && binary.BigEndian.Uint32(old[canonicalHeader:]) == v {
			return
		}
	}
	e.resize(at, size, wanted)
	b := e.buf[at : at+wanted]
	b[0], b[1], b[2], b[3] = flags, byte(t), 0, 4
	binary.BigEndian.PutUint32(b[canonicalHeader:], v)
}

// SetOrigin puts the ORIGIN.
func (e *Editor) SetOrigin(v uint8) {
	e.scratch = append(e.scratch[:0], v)
	e.setScratch(AttrOrigin, wellKnown)
}

// PrependAS puts as n times before the AS_PATH, and makes one if there is none
// even for n = 0. The false of a path that would grow too long needs some
// 16,000 AS numbers.
func (e *Editor) PrependAS(as uint32, n int) bool {
	e.scratch = e.Attrs().ASPath().AppendPrepend(e.scratch[:0], as, max(n, 0))
	return e.setScratch(AttrASPath, wellKnown)
}

// SetASPath replaces the AS_PATH.
func (e *Editor) SetASPath(p ASPath) bool { return e.Set(AttrASPath, wellKnown, p) }

// SetNextHop puts a single next hop. An IPv4 address takes 4 octets, any other
// 16, also a mapped one: that is how some speakers announce IPv6 routes over
// IPv4, and it must leave as it came. The zero Addr deletes.
func (e *Editor) SetNextHop(addr netip.Addr) { e.SetNextHops(addr, netip.Addr{}) }

// SetNextHops puts an IPv6 next hop and its link-local companion (RFC 2545 3).
// Where only one of them is valid, it is put alone.
func (e *Editor) SetNextHops(global, linkLocal netip.Addr) {
	e.scratch = e.scratch[:0]
	for _, addr := range [...]netip.Addr{global, linkLocal} {
		switch {
		case addr.Is4() && len(e.scratch) == 0:
			a := addr.As4()
			e.scratch = append(e.scratch, a[:]...)
		case addr.Is6() && len(e.scratch) != 4:
			a := addr.As16()
			e.scratch = append(e.scratch, a[:]...)
		}
	}
	if len(e.scratch) == 0 {
		e.Delete(AttrNextHop)
		return
	}
	e.setScratch(AttrNextHop, wellKnown)
}

// PrependCluster puts id before the CLUSTER_LIST (RFC 4456 8).
func (e *Editor) PrependCluster(id uint32) bool {
	e.scratch = binary.BigEndian.AppendUint32(e.scratch[:0], id)
	e.scratch = append(e.scratch, e.Attrs().ClusterList()...)
	return e.setScratch(AttrClusterList, FlagOptional)
}

// SetLocal puts the local values; all zero removes them.
func (e *Editor) SetLocal(l Local) {
	if l == (Local{}) {
		e.Delete(AttrLocal)
		return
	}
	e.scratch = binary.BigEndian.AppendUint32(e.scratch[:0], l.Weight)
	e.scratch = binary.BigEndian.AppendUint32(e.scratch, l.Tag)
	e.scratch = append(e.scratch, l.Kind)
	e.setScratch(AttrLocal, 0)
}

// AddCommunity adds c to the COMMUNITIES unless it is there.
func (e *Editor) AddCommunity(c uint32) bool {
	at, size := e.Attrs().seek(AttrCommunities)
	if size > 0 && Communities(e.Attrs()[at+canonicalHeader:at+size]).Has(c) {
		return true
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], c)
	return e.appendElement(AttrCommunities, at, size, b[:])
}

// DeleteCommunity removes c; with the last one the attribute goes.
func (e *Editor) DeleteCommunity(c uint32) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], c)
	e.deleteElement(AttrCommunities, b[:])
}

// AddExtCommunity adds c to the extended communities unless it is there.
func (e *Editor) AddExtCommunity(c uint64) bool {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], c)
	return e.addElement(AttrExtCommunities, b[:])
}

// DeleteExtCommunity removes c; with the last one the attribute goes.
func (e *Editor) DeleteExtCommunity(c uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], c)
	e.deleteElement(AttrExtCommunities, b[:])
}

// DeleteNonTransitive removes the extended communities that must not leave an
// AS (RFC 4360 6).
func (e *Editor) DeleteNonTransitive() {
	old := e.Attrs().ExtCommunities()
	e.scratch = e.scratch[:0]
	for i := range old.Len() {
		if old.At(i)&ExtNonTransitive == 0 {
			e.scratch = binary.BigEndian.AppendUint64(e.scratch, old.At(i))
		}
	}
	e.replaceElements(AttrExtCommunities)
}

// AddLargeCommunity adds c to the large communities unless it is there.
func (e *Editor) AddLargeCommunity(c LargeCommunity) bool {
	var b [12]byte
	return e.addElement(AttrLargeCommunities, c.append(b[:0]))
}

// DeleteLargeCommunity removes c; with the last one the attribute goes.
func (e *Editor) DeleteLargeCommunity(c LargeCommunity) {
	var b [12]byte
	e.deleteElement(AttrLargeCommunities, c.append(b[:0]))
}

// addElement adds one element to a list of elements of its size.
func (e *Editor) addElement(t AttrType, element []byte) bool {
	at, size := e.Attrs().seek(t)
	for i := at + canonicalHeader; i+len(element) <= at+size; i += len(element) {
		if bytes.Equal(e.Attrs()[i:i+len(element)], element) {
			return true
		}
	}
	return e.appendElement(t, at, size, element)
}

// appendElement adds an element that is not there to the list that seek found.
func (e *Editor) appendElement(t AttrType, at, size int, element []byte) bool {
	if size == 0 {
		return e.Set(t, t.DefaultFlags(), element)
	}
	length := size - canonicalHeader + len(element)
	if length > maxValue {
		return false
	}
	e.resize(at+size, 0, len(element))
	copy(e.buf[at+size:], element)
	binary.BigEndian.PutUint16(e.buf[at+2:], uint16(length))
	return true
}

// deleteElement removes an element from a list of elements of its size.
func (e *Editor) deleteElement(t AttrType, element []byte) {
	old, _ := e.Attrs().Get(t)
	e.scratch = e.scratch[:0]
	for at := 0; at+len(element) <= len(old); at += len(element) {
		if one := old[at : at+len(element)]; !bytes.Equal(one, element) {
			e.scratch = append(e.scratch, one...)
		}
	}
	e.replaceElements(t)
}

// replaceElements puts the scratch buffer as a list that may have become empty.
func (e *Editor) replaceElements(t AttrType) {
	if len(e.scratch) == 0 {
		e.Delete(t)
		return
	}
	e.setScratch(t, e.flagsFor(t))
}

// flagsFor keeps the flags, and so Partial, of an attribute that is there.
func (e *Editor) flagsFor(t AttrType) uint8 {
	if flags := e.Attrs().Flags(t); flags != 0 {
		return flags
	}
	return t.DefaultFlags()
}
