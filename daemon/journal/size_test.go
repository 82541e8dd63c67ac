package journal

import (
	"testing"
	"time"
)

func TestSize(t *testing.T) {
	s := &Session{}
	if items, bytes := s.Size(); items != 0 || bytes != 0 {
		t.Errorf("an empty history has %d items in %d bytes", items, bytes)
	}
	for range 3 {
		s.history.add(time.Unix(1, 0), Event{Category: Connection, Type: "keepalive message"}, nil)
	}
	items, bytes := s.Size()
	if items != 3 || bytes < 100 || bytes > 4096 {
		t.Errorf("3 events are %d items in %d bytes", items, bytes)
	}
}
