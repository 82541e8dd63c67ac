// Command bgpd is the BGP speaker: flags and wiring only. What it does is package daemon's.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/spf13/pflag"

	"bgpsh/daemon"
)

// version is set by the linker; without it the module's own is shown.
var version = ""

func main() { os.Exit(run(os.Args[1:])) }

// run is main with an exit status: 0 done, 1 could not start or the checked file is wrong, 2 wrong usage, 70 an
// internal error after which bgpd has to be started again.
func run(args []string) int {
	s, err := readSettings(args)
	switch {
	case errors.Is(err, pflag.ErrHelp):
		fmt.Printf("Usage of bgpd:\n%s", flags().FlagUsages())
		return 0
	case errors.As(err, new(usageError)):
		fmt.Fprintln(os.Stderr, "bgpd:", err)
		return 2
	case err != nil:
		fmt.Fprintln(os.Stderr, "bgpd:", err)
		return 1
	case s.Version:
		fmt.Println("bgpd", ourVersion())
		return 0
	case s.Check:
		return check(s.StartupConfig)
	}
	if err := serve(s); err != nil {
		fmt.Fprintln(os.Stderr, "bgpd:", err)
		if errors.As(err, new(*daemon.Broken)) {
			return 70
		}
		return 1
	}
	return 0
}

// check prints what is wrong with a startup configuration, to standard error.
func check(path string) int {
	report, bad, err := daemon.Check(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bgpd:", err)
		return 1
	}
	for _, line := range report {
		fmt.Fprintln(os.Stderr, line)
	}
	if bad {
		return 1
	}
	return 0
}

// serve runs the daemon until SIGTERM or SIGINT.
func serve(s settings) error {
	if s.PprofSocket == "" {
		runtime.MemProfileRate = 0 // nobody could read the profile
	}
	log, err := daemon.OpenLog(s.LogFile, s.LogFormat, s.LogLevel)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.DataDir, 0o750); err != nil {
		return fmt.Errorf("data dir: %w", err)
	}
	env := os.Environ() // whole: the manager's variables are taken out of it
	manager, err := daemon.ServiceManager()
	if err != nil {
		return err
	}
	d, err := daemon.New(daemon.Config{
		StartupConfig: s.StartupConfig, DataDir: s.DataDir, Socket: s.Socket, SocketGroup: s.SocketGroup, AdminGroup: s.AdminGroup,
		Version: ourVersion(), Log: log, KeepCrash: true, Manager: manager,
	})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if s.PprofSocket != "" {
		if err := serveProfiles(ctx, s.PprofSocket); err != nil {
			return err
		}
	}
	self := os.Args[0]
	if path, err := os.Executable(); err == nil {
		self = path // as it is now: an update that replaces the file is what a restart starts
	}
	go onSignals(ctx, d, log.Reopen)
	if err := d.Run(ctx); err != nil || !d.Restarting() {
		return err
	}
	return fmt.Errorf("restart: %w", syscall.Exec(self, os.Args, env))
}

// onSignals serves the signals that do not end the daemon.
func onSignals(ctx context.Context, d *daemon.Daemon, reopen func() error) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2)
	for {
		select {
		case s := <-signals:
			switch s {
			case syscall.SIGHUP:
				d.Reload()
			case syscall.SIGUSR1:
				if err := reopen(); err != nil {
					fmt.Fprintln(os.Stderr, "bgpd:", err)
				}
			case syscall.SIGUSR2:
				d.RestartGraceful()
			}
		case <-ctx.Done():
			return
		}
	}
}

func ourVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "unknown"
}
