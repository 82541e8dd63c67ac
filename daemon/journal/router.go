package journal

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"bgpsh/ipc/logline"
)

func field(key string, value any) logline.Field { return logline.Field{Key: key, Value: value} }

// ShutdownRequested is the first act of the router's end. id is the BGP identifier.
func (j *Journal) ShutdownRequested(as, id uint32) {
	if j.levels.enabled(UnitRouter, logline.Info) {
		j.emit(logline.Info, UnitRouter, fmt.Sprintf("router (asn: %d, id: %d) received shutdown request, stopping sessions", as, id))
	}
}

// ConfigChanged records one change of the configuration: who made it, from where (a socket, a file, a signal), and the
// lines as they were applied. The lines must not hold secrets.
func (j *Journal) ConfigChanged(user, from string, lines []string) {
	if j.levels.enabled(UnitConfig, logline.Info) {
		j.emit(logline.Info, UnitConfig, "configuration changed", field("user", user), field("from", from),
			field("lines", strings.Join(lines, "; ")))
	}
}

// BadLine records a line of a startup configuration that was not applied. held is what fails closed because of it, empty
// for nothing.
func (j *Journal) BadLine(file string, line int, text, reason, held string) {
	if !j.levels.enabled(UnitConfig, logline.Error) {
		return
	}
	fields := []logline.Field{field("file", file), field("line", line), field("text", text), field("reason", reason)}
	if held != "" {
		fields = append(fields, field("held_back", held))
	}
	j.emit(logline.Error, UnitConfig, fmt.Sprintf("%s line %d: %s", file, line, reason), fields...)
}

// A Dispatcher writes the records of one listen address.
type Dispatcher struct {
	j    *Journal
	addr netip.AddrPort

	mu      sync.Mutex
	callers callers
}

// Dispatcher gives the writer for one listen address.
func (j *Journal) Dispatcher(listen netip.AddrPort) *Dispatcher {
	return &Dispatcher{j: j, addr: listen}
}

func (d *Dispatcher) write(l logline.Level, msg string, fields ...logline.Field) {
	d.j.emit(l, UnitDispatcher, msg, append(fields, field("listen_address", addr(d.addr)))...)
}

func (d *Dispatcher) enabled(l logline.Level) bool { return d.j.levels.enabled(UnitDispatcher, l) }

// Started is the beginning of a listener.
func (d *Dispatcher) Started() {
	if d.enabled(logline.Info) {
		d.write(logline.Info, "dispatcher started")
	}
}

// Binding comes just before each try to bind.
func (d *Dispatcher) Binding() {
	if d.enabled(logline.Debug) {
		d.write(logline.Debug, "listener bind: "+addr(d.addr))
	}
}

// BindFailed tells why the address could not be bound and what to do, where remedy is not empty.
func (d *Dispatcher) BindFailed(err error, remedy string) {
	if !d.enabled(logline.Warn) {
		return
	}
	fields := []logline.Field{field("error", err.Error())}
	if remedy != "" {
		fields = append(fields, field("remedy", remedy))
	}
	d.write(logline.Warn, "listener bind failed: "+err.Error(), fields...)
}

// AcceptFailed tells that a caller could not be taken; the listener goes on.
func (d *Dispatcher) AcceptFailed(err error) {
	if d.enabled(logline.Warn) {
		d.write(logline.Warn, "accept failed: "+err.Error(), field("error", err.Error()))
	}
}

// Accepted is a new caller, known or not.
func (d *Dispatcher) Accepted(caller netip.AddrPort) {
	if d.enabled(logline.Debug) {
		d.write(logline.Debug, "accepted inbound connection from: "+addr(caller), field("peer", addr(caller)))
	}
}

// LinkLocal tells that a caller with a link-local address belongs to the session of an interface.
func (d *Dispatcher) LinkLocal(caller netip.AddrPort, iface string, scope int) {
	if d.enabled(logline.Debug) {
		d.write(logline.Debug, "routing link-local connection to interface session",
			field("interface", iface), field("scope_id", scope), field("peer", addr(caller)))
	}
}

// Refused is a caller that gets no OPEN: one record an address a minute, with the number of those before it that had none.
func (d *Dispatcher) Refused(caller netip.Addr, why string) {
	if !d.enabled(logline.Warn) {
		return
	}
	d.mu.Lock()
	heldBack, ok := d.callers.pass(d.j.Now(), caller)
	d.mu.Unlock()
	if !ok {
		return
	}
	fields := []logline.Field{field("peer", caller.String()), field("reason", why)}
	if heldBack > 0 {
		fields = append(fields, field("not_logged", heldBack))
	}
	d.write(logline.Warn, fmt.Sprintf("refused inbound connection from: %s: %s", caller, why), fields...)
}

// ShutdownRequested is the end of a listener.
func (d *Dispatcher) ShutdownRequested() {
	if d.enabled(logline.Info) {
		d.write(logline.Info, "dispatcher received shutdown request, setting shutdown flag")
	}
}
