package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestStoreReplacesWholeAndKeepsTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "startup.conf")
	s := &store{path: path}
	if text, err := s.load(); text != nil || err != nil {
		t.Fatalf("a missing file gives %q, %v", text, err)
	}
	for i, text := range []string{"one\n", "two\n", "three\n"} {
		if err := s.save([]byte(text), false); err != nil {
			t.Fatal(err)
		}
		if got := content(t, path); got != text {
			t.Errorf("the file holds %q", got)
		}
		if i == 2 && content(t, path+".1") != "two\n" {
			t.Errorf("the old file holds %q", content(t, path+".1"))
		}
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.save([]byte("four\n"), false); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the mode became %v", info.Mode())
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestStoreRefusesWhatSomebodyElseWrote(t *testing.T) {
	path := filepath.Join(t.TempDir(), "startup.conf")
	s := &store{path: path}
	s.load()
	if err := os.WriteFile(path, []byte("theirs\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.save([]byte("ours\n"), false); !errors.Is(err, errForeign) || content(t, path) != "theirs\n" {
		t.Errorf("%v, and the file holds %q", err, content(t, path))
	}
	if err := s.save([]byte("ours\n"), true); err != nil || content(t, path) != "ours\n" || content(t, path+".1") != "theirs\n" {
		t.Errorf("forced: %v, %q, %q", err, content(t, path), content(t, path+".1"))
	}
}

func TestStoreFailureLeavesTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "startup.conf")
	s := &store{path: path}
	s.load()
	if err := s.save([]byte("good\n"), false); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path+".1", 0o700); err != nil { // the old file has no place to go
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(path+".1", "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.save([]byte("bad\n"), false); err == nil || content(t, path) != "good\n" {
		t.Errorf("%v, and the file holds %q", err, content(t, path))
	}
}
