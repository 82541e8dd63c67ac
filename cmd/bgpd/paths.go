package main

import (
	"os"
	"path/filepath"
)

// complete sets the paths that nobody named.
func (s *settings) complete() {
	root := os.Geteuid() == 0
	if s.DataDir == "" {
		s.DataDir = dataDir(root)
	}
	if s.StartupConfig == "" {
		s.StartupConfig = filepath.Join(s.DataDir, "startup.conf")
		if _, err := os.Stat("/etc/bgpsh/startup.conf"); err == nil {
			s.StartupConfig = "/etc/bgpsh/startup.conf"
		}
	}
	if s.Socket == "" {
		s.Socket = socketPath(root, s.DataDir)
	}
}

func dataDir(root bool) string {
	if root {
		return "/var/lib/bgpsh"
	}
	if dir := os.Getenv("XDG_STATE_HOME"); dir != "" {
		return filepath.Join(dir, "bgpsh")
	}
	return filepath.Join(os.Getenv("HOME"), ".local/state/bgpsh")
}

// socketPath is the default: under systemd RUNTIME_DIRECTORY names the place.
func socketPath(root bool, dataDir string) string {
	if root || os.Getenv("RUNTIME_DIRECTORY") == "/run/bgpsh" {
		return "/run/bgpsh/bgpd.sock"
	}
	if dir := os.Getenv("XDG_RUNTIME_DIR"); dir != "" {
		return filepath.Join(dir, "bgpsh/bgpd.sock")
	}
	return filepath.Join(dataDir, "bgpd.sock")
}
