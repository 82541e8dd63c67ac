// Package kernel shows the system's links and addresses: what is connected, what is ours, which address of an interface
// may stand in a next hop; and of its routes those that somebody wants. It writes nothing and needs no privilege.
//
// A View is one moment, immutable: a list of interfaces and questions about it. A Watcher holds the newest View and a
// channel that says when there is a newer one. So a consumer never sees half of a change, and asking costs neither a lock
// nor a system call.
//
// Netlink fills a Watcher from the kernel. Notices of the three multicast groups (links, IPv4 and IPv6 addresses) only
// say that something changed; what is learned by a dump. That makes a lost notice (ENOBUFS, when changes outrun the
// reader) the same as any other one, needs no merging of notices into a state, and cannot drift. A storm of changes is
// bounded by a pause between dumps. The sockets are opened by the caller's thread, so they stay in its network namespace
// whichever thread the goroutines run on later.
//
// Routes are read the same way, while a Watcher is told by Want which ones, of which tables and protocols. There may be a
// million others: the kernel is asked for the wanted ones alone, and drops notices of others by a filter on the socket. The
// pause between dumps grows with what a dump takes.
//
// Fake gives a Watcher that tests set.
//
// Reading order: kernel.go, view.go, subnets.go, watcher.go, netlink_linux.go, routes.go, replaced.go, routes_linux.go, message_linux.go.
package kernel
