package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// settings are the daemon's own, as opposed to the routing configuration. The order of precedence is flags, environment,
// settings file, defaults.
type settings struct {
	StartupConfig, DataDir, Socket, SocketGroup, AdminGroup string
	LogLevel, LogFormat, LogFile                            string
	PprofSocket                                             string // no flag: for those who look into the daemon itself
	Check, Version                                          bool
}

const defaultSettingsFile = "/etc/bgpsh/bgpd.yaml"

// keys are what a settings file may hold: the flags that say how to run, not what to do instead.
var keys = []string{"startup-config", "data-dir", "socket", "socket-group", "admin-group", "log-level", "log-format", "log-file", "pprof-socket"}

func flags() *pflag.FlagSet {
	f := pflag.NewFlagSet("bgpd", pflag.ContinueOnError)
	f.SortFlags = false
	f.Usage = func() {} // main prints it where it was asked for
	f.String("config", "", "settings `FILE` in YAML (default "+defaultSettingsFile+" where it exists)")
	f.String("startup-config", "", "startup configuration `FILE` (default /etc/bgpsh/startup.conf where it exists, else startup.conf in the data dir)")
	f.String("data-dir", "", "`DIR` for what outlives the daemon (default /var/lib/bgpsh as root, else $XDG_STATE_HOME/bgpsh)")
	f.String("socket", "", "`PATH` of the socket for bgpsh (default /run/bgpsh/bgpd.sock as root, else $XDG_RUNTIME_DIR/bgpsh/bgpd.sock)")
	f.String("socket-group", "", "group `NAME` whose members may look (default bgpsh where it exists)")
	f.String("admin-group", "", "group `NAME` whose members may change (default bgpsh where it exists)")
	f.String("log-level", "info", "`trace|debug|info|warn|error`")
	f.String("log-format", "", "`pretty|json|text` (default pretty on a terminal, else text)")
	f.String("log-file", "-", "`PATH` of the log, - for standard error")
	f.Bool("check", false, "check the startup configuration, print its bad lines, and exit")
	f.Bool("version", false, "print the version and exit")
	return f
}

// usageError is a wrong command line, as opposed to a wrong setting.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// readSettings merges all sources. An unknown key in the settings file is an error that names the key and the file.
func readSettings(args []string) (settings, error) {
	f := flags()
	if err := f.Parse(args); err != nil {
		return settings{}, usageError{err}
	}
	if f.NArg() > 0 {
		return settings{}, usageError{fmt.Errorf("unexpected argument %q", f.Arg(0))}
	}
	v := viper.New()
	v.SetEnvPrefix("BGPD")
	v.SetEnvKeyReplacer(strings.NewReplacer("-", "_"))
	v.AutomaticEnv()
	if err := v.BindPFlags(f); err != nil {
		return settings{}, err
	}
	file, err := readFile(v)
	if err != nil {
		return settings{}, err
	}
	s := settings{
		StartupConfig: v.GetString("startup-config"), DataDir: v.GetString("data-dir"), Socket: v.GetString("socket"),
		SocketGroup: v.GetString("socket-group"), AdminGroup: v.GetString("admin-group"),
		LogLevel: v.GetString("log-level"), LogFormat: v.GetString("log-format"), LogFile: v.GetString("log-file"),
		PprofSocket: v.GetString("pprof-socket"),
		Check:       v.GetBool("check"), Version: v.GetBool("version"),
	}
	if err := s.check(); err.key != "" {
		wrong := fmt.Errorf("%s: %w", source(f, file, err.key), err)
		if f.Changed(err.key) {
			return s, usageError{wrong}
		}
		return s, wrong
	}
	s.complete()
	return s, nil
}

// source says where the value of a setting comes from, in the order of precedence.
func source(f *pflag.FlagSet, file, key string) string {
	variable := "BGPD_" + strings.ToUpper(strings.ReplaceAll(key, "-", "_"))
	switch {
	case f.Changed(key):
		return "--" + key
	case os.Getenv(variable) != "":
		return "environment variable " + variable
	}
	return "settings file " + file
}

// readFile merges the settings file, if there is one, and returns its path.
func readFile(v *viper.Viper) (path string, err error) {
	path = v.GetString("config")
	if path == "" {
		if _, err := os.Stat(defaultSettingsFile); err != nil {
			return "", nil
		}
		path = defaultSettingsFile
	}
	file := viper.New()
	file.SetConfigFile(path)
	file.SetConfigType("yaml")
	if err := file.ReadInConfig(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return path, fmt.Errorf("settings file %s does not exist", path)
		}
		return path, fmt.Errorf("settings file %s: %w", path, err)
	}
	for _, key := range file.AllKeys() {
		if !slices.Contains(keys, key) {
			return path, fmt.Errorf("settings file %s: unknown key %q (known: %s)", path, key, strings.Join(keys, ", "))
		}
		if v := file.Get(key); v == nil || strings.ContainsAny(fmt.Sprint(v), "[]") && fmt.Sprintf("%T", v) != "string" {
			return path, fmt.Errorf("settings file %s: key %q needs one value", path, key)
		}
	}
	return path, v.MergeConfigMap(file.AllSettings())
}

// wrongValue is a setting whose value is none of the possible ones; the zero value is no error.
type wrongValue struct{ key, value, want string }

// Error names the key and what it can be.
func (e wrongValue) Error() string {
	return fmt.Sprintf("%s %q is not one of %s", e.key, e.value, e.want)
}

func (s *settings) check() wrongValue {
	for _, c := range []struct{ key, value, words string }{
		{"log-level", s.LogLevel, "trace, debug, info, warn, error"},
		{"log-format", s.LogFormat, "pretty, json, text"},
	} {
		if c.value != "" && !slices.Contains(strings.Split(c.words, ", "), c.value) {
			return wrongValue{c.key, c.value, c.words}
		}
	}
	return wrongValue{}
}
