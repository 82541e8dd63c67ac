// Package e2e drives the two built programs as an operator does: files, flags, commands, exit statuses, text. Each script in
// testdata/script is one story; they run without root, on loopback addresses of their own.
package e2e
