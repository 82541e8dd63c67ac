// Package grammar is the command language of bgpd and bgpsh.
package grammar
