package daemon

import (
	"net"
	"testing"
)

// taken gives what take moves out, as text.
func taken(r *ring) (text string, routes int, more bool) {
	var bufs net.Buffers
	bufs, routes, more = r.take(nil)
	for _, b := range bufs {
		text += string(b)
	}
	return text, routes, more
}

func TestRingOrder(t *testing.T) {
	r := &ring{limit: ringLimit}
	r.queueRoutes([]byte("r1"))
	r.queueRoutes([]byte("r2"))
	r.sendUrgent([]byte("KEEPALIVE"))
	if text, routes, more := taken(r); text != "KEEPALIVEr1r2" || routes != 4 || !more {
		t.Errorf("took %q, %d bytes of routes, more %v", text, routes, more)
	}
	if text, _, more := taken(r); text != "" || !more {
		t.Errorf("then %q, more %v", text, more)
	}
}

func TestRingStopsTheRIBAndLetsItGoOn(t *testing.T) {
	r := &ring{limit: ringLimit}
	buf := make([]byte, ringLimit/2)
	if !r.queueRoutes(buf) {
		t.Error("half full stops the RIB")
	}
	if r.queueRoutes(buf) {
		t.Error("full does not stop the RIB")
	}
	_, routes, _ := r.take(nil)
	if r.wrote(routes / 2) {
		t.Error("half empty lets the RIB go on")
	}
	if !r.wrote(routes / 2) {
		t.Error("empty does not let the RIB go on")
	}
	if r.wrote(0) {
		t.Error("the RIB was told to go on twice")
	}
}

func TestRingEndsWithTheNotification(t *testing.T) {
	r := &ring{limit: ringLimit}
	r.queueRoutes([]byte("routes"))
	r.sendUrgent([]byte("NOTIFICATION"))
	r.finish()
	if text, _, more := taken(r); text != "NOTIFICATION" || !more {
		t.Errorf("took %q, more %v", text, more)
	}
	if _, _, more := taken(r); more {
		t.Error("the ring does not end")
	}
}
