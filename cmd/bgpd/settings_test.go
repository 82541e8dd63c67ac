package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A wrong value is told with its place: the flag, the variable or the file that holds it.
func TestWrongSettingNamesItsPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bgpd.yaml")
	if err := os.WriteFile(file, []byte("log-format: fancy\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		env   string // of BGPD_LOG_LEVEL
		want  string
		usage bool
	}{
		{[]string{"--log-level", "shout"}, "", `--log-level: log-level "shout" is not one of trace, debug, info, warn, error`, true},
		{nil, "shout", `environment variable BGPD_LOG_LEVEL: log-level "shout" is not one of trace, debug, info, warn, error`, false},
		{[]string{"--log-level", "loud"}, "shout", `--log-level: log-level "loud" is not one of trace, debug, info, warn, error`, true},
		{[]string{"--config", file}, "", `settings file ` + file + `: log-format "fancy" is not one of pretty, json, text`, false},
	} {
		t.Setenv("BGPD_LOG_LEVEL", c.env)
		_, err := readSettings(c.args)
		if err == nil || err.Error() != c.want {
			t.Errorf("%v %s:\nhave %v\nwant %s", c.args, c.env, err, c.want)
		}
		if usage := errors.As(err, new(usageError)); usage != c.usage {
			t.Errorf("%v %s: wrong usage %v, want %v", c.args, c.env, usage, c.usage)
		}
	}
}

// Flags win over the environment, which wins over the settings file.
func TestPrecedence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bgpd.yaml")
	if err := os.WriteFile(file, []byte("log-level: warn\nsocket: /file\ndata-dir: /file\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("BGPD_SOCKET", "/env")
	t.Setenv("BGPD_DATA_DIR", "/env")
	s, err := readSettings([]string{"--config", file, "--data-dir", "/flag"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join([]string{s.DataDir, s.Socket, s.LogLevel, s.StartupConfig}, " "); got != "/flag /env warn /flag/startup.conf" && !strings.HasPrefix(s.StartupConfig, "/etc/") {
		t.Errorf("%s", got)
	}
}

func TestUnknownKeyNamesKeyAndFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bgpd.yaml")
	if err := os.WriteFile(file, []byte("log-leval: warn\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := readSettings([]string{"--config", file}); err == nil || !strings.HasPrefix(err.Error(), "settings file "+file+`: unknown key "log-leval"`) {
		t.Errorf("%v", err)
	}
}
