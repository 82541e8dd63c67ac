// Package configs holds no code: its test loads whole configurations of FRR, as the operators of an edge, a fabric, a route reflector, a route
// server and a home lab write them (../testdata/configs), and changes a running daemon from each to each.
package configs
