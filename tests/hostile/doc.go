// Package hostile puts the built daemon under floods and starvation, on loopback: callers without end from unknown addresses,
// connections that say nothing, neighbors that send an octet at a time, or more than anybody should. Beside each of them two
// healthy neighbors keep their sessions: what one announces must reach the other in a bounded time, with KEEPALIVEs from the daemon
// all along, and memory and log of the daemon must stay within bounds. The figures are printed; docs/limits.md tells the limits.
package hostile
