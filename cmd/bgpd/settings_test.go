package main

import (
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
		args []string
		env  string // of BGPD_LOG_LEVEL
		want string
	}{
		{[]string{"--log-level", "shout"}, "", `--log-level: log-level "shout" is not one of trace, debug, info, warn, error`},
		{nil, "shout", `environment variable BGPD_LOG_LEVEL: log-level "shout" is not one of trace, debug, info, warn, error`},
		{[]string{"--log-level", "loud"}, "shout", `--log-level: log-level "loud" is not one of trace, debug, info, warn, error`},
		{[]string{"--config", file}, "", `settings file ` + file + `: log-format "fancy" is not one of pretty, json, text`},
	} {
		t.Setenv("BGPD_LOG_LEVEL", c.env)
		if _, err := readSettings(c.args); err == nil || err.Error() != c.want {
			t.Errorf("%v %s:\nhave %v\nwant %s", c.args, c.env, err, c.want)
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
