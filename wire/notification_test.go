package wire

import (
	"bytes"
	"strings"
	"testing"
)

func TestNotificationNames(t *testing.T) {
	for _, c := range []struct {
		n    Notification
		want string
	}{
		{Notification{Code: 6, Subcode: 2}, "Cease/Administrative Shutdown"},
		{Notification{Code: 6, Subcode: 1}, "Cease/Maximum Number of Prefixes Reached"},
		{Notification{Code: 6}, "Cease"},
		{Notification{Code: 6, Subcode: 200}, "Cease/subcode 200"},
		{Notification{Code: 4}, "Hold Timer Expired"},
		{Notification{Code: 8}, "Send Hold Timer Expired"},
		{Notification{Code: 2, Subcode: 2}, "OPEN Message Error/Bad Peer AS"},
		{Notification{Code: 2, Subcode: 8}, "OPEN Message Error/subcode 8"},
		{Notification{Code: 2, Subcode: 11}, "OPEN Message Error/Role Mismatch"},
		{Notification{Code: 3, Subcode: 11}, "UPDATE Message Error/Malformed AS_PATH"},
		{Notification{Code: 7, Subcode: 1}, "ROUTE-REFRESH Message Error/Invalid Message Length"},
		{Notification{Code: 99, Subcode: 1}, "error code 99/subcode 1"},
		{Notification{}, "error code 0"},
		{HardResetOf(CeaseWithText(CeaseAdminShutdown, "x")), "Cease/Administrative Shutdown/Hard Reset"},
		{HardResetOf(Notification{Code: 4}), "Hold Timer Expired/Hard Reset"},
		{HardResetOf(HardResetOf(Notification{Code: 4})), "Cease/Hard Reset/Hard Reset"},
		{Notification{Code: 6, Subcode: 9}, "Cease/Hard Reset"},
	} {
		if got := c.n.String(); got != c.want {
			t.Errorf("%d/%d: %q, want %q", c.n.Code, c.n.Subcode, got, c.want)
		}
	}
}

func TestCommunication(t *testing.T) {
	text := func(s string) []byte { return append([]byte{byte(len(s))}, s...) }
	for _, c := range []struct {
		name string
		n    Notification
		want string
		ok   bool
	}{
		{"plain", CeaseWithText(CeaseAdminShutdown, "see ticket 5"), "see ticket 5", true},
		{"reset", CeaseWithText(CeaseAdminReset, "Grüße"), "Grüße", true},
		{"none", CeaseWithText(CeaseAdminShutdown, ""), "", false},
		{"another subcode", CeaseWithText(CeaseCollision, "x"), "", false},
		{"another code", Notification{3, 2, text("x")}, "", false},
		{"length 0", Notification{6, 2, []byte{0}}, "", false},
		{"length 0 and text", Notification{6, 2, []byte{0, 'a'}}, "", false},
		{"length beyond the data", Notification{6, 2, []byte{200, 'a', 'b'}}, "ab", true},
		{"data beyond the length", Notification{6, 2, []byte{1, 'a', 'b'}}, "a", true},
		{"control characters", Notification{6, 2, text("a\x1b[31mb\x00c\nd\te\x7f")}, "a\uFFFD[31mb\uFFFDc d e\uFFFD", true},
		{"direction override", Notification{6, 2, text("a\u202eb")}, "a\uFFFDb", true},
		{"not UTF-8", Notification{6, 2, text("a\xff\xfeb")}, "a\uFFFDb", true},
		{"in a hard reset", HardResetOf(CeaseWithText(CeaseAdminShutdown, "gone")), "gone", true},
		{"hard reset of nothing", Notification{6, 9, []byte{6}}, "", false},
	} {
		got, ok := c.n.Communication()
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, ok, c.want, c.ok)
		}
	}
}

func TestCeaseWithTextCut(t *testing.T) {
	for _, c := range []struct {
		text string
		want int
	}{
		{strings.Repeat("a", 255), 255}, {strings.Repeat("a", 256), 255}, {strings.Repeat("é", 128), 254},
		{strings.Repeat("a", 254) + "€", 254}, {"a\xffb", 5},
	} {
		n := CeaseWithText(CeaseAdminShutdown, c.text)
		if len(n.Data) != c.want+1 || int(n.Data[0]) != c.want {
			t.Errorf("%d octets of text give %d and length %d, want %d", len(c.text), len(n.Data)-1, n.Data[0], c.want)
		}
	}
}

func TestHardReset(t *testing.T) {
	inner := Notification{Code: CodeCease, Subcode: CeaseAdminShutdown, Data: []byte{1, 'x'}}
	got, ok := HardResetOf(inner).HardReset()
	if !ok || got.Code != inner.Code || got.Subcode != inner.Subcode || !bytes.Equal(got.Data, inner.Data) {
		t.Errorf("unwrapped %v, %v", got, ok)
	}
	if got, ok := inner.HardReset(); ok || got.Subcode != CeaseAdminShutdown {
		t.Errorf("a plain one unwrapped to %v, %v", got, ok)
	}
	empty := Notification{Code: CodeCease, Subcode: CeaseHardReset, Data: []byte{6}}
	if got, ok := empty.HardReset(); !ok || got.Subcode != CeaseHardReset {
		t.Errorf("one without contents unwrapped to %v, %v", got, ok)
	}
}

func TestNotificationRoundTrip(t *testing.T) {
	for _, n := range []Notification{
		{Code: 6, Subcode: 4}, {Code: 2, Subcode: 1, Data: []byte{0, 4}}, {Code: 250, Subcode: 250, Data: []byte{1}},
	} {
		got, err := ParseNotification(AppendNotification(nil, n)[HeaderLen:])
		if err != nil || got.Code != n.Code || got.Subcode != n.Subcode || !bytes.Equal(got.Data, n.Data) {
			t.Errorf("%v came back as %v, %v", n, got, err)
		}
	}
	long := AppendNotification(nil, Notification{Code: 3, Subcode: 5, Data: make([]byte, 60000)})
	if len(long) != MaxLen {
		t.Errorf("%d octets, want it cut to %d", len(long), MaxLen)
	}
	if _, err := ParseNotification([]byte{6}); err == nil {
		t.Error("a body of one octet parsed")
	}
}

// Parsed values share nothing with the buffer.
func TestParsedValuesAreCopies(t *testing.T) {
	body := []byte{6, 2, 1, 'x'}
	n, _ := ParseNotification(body)
	open := openBody(fixedOpen, "0204 fe02 beef")
	o, _ := ParseOpen(open)
	update := updateBody("", attr(0x40, 99, "01"), "")
	_, uerr := ParseUpdate(update, &external)
	want := hexa(uerr.Data)
	clear(body)
	clear(open)
	clear(update)
	if text, _ := n.Communication(); text != "x" {
		t.Errorf("text %q after the buffer was reused", text)
	}
	if hexa(o.Caps.Unknown[0].Value) != "beef" {
		t.Errorf("capability %x after the buffer was reused", o.Caps.Unknown[0].Value)
	}
	if hexa(uerr.Data) != want {
		t.Errorf("data %x after the buffer was reused, want %s", uerr.Data, want)
	}
}
