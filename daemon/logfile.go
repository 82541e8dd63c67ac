package daemon

import (
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/sirupsen/logrus"
)

// OpenLog makes the daemon's logger. path is a file, or "-" for standard error; format is pretty, json or text, empty for
// the one that suits where it goes. reopen opens the file anew, for log rotation.
func OpenLog(path, format, level string) (log *logrus.Logger, reopen func() error, err error) {
	log = logrus.New()
	parsed, err := logrus.ParseLevel(level)
	if err != nil {
		return nil, nil, fmt.Errorf("log level: %w", err)
	}
	log.SetLevel(parsed)
	if path == "" || path == "-" {
		log.SetOutput(os.Stderr)
		return log, func() error { return nil }, nil
	}
	f := &logFile{path: path}
	if err := f.reopen(); err != nil {
		return nil, nil, err
	}
	log.SetOutput(f)
	return log, f.reopen, nil
}

// logFile is a log file that can be replaced under its writer.
type logFile struct {
	path string
	mu   sync.Mutex
	file io.WriteCloser
}

func (f *logFile) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.file.Write(b)
}

func (f *logFile) reopen() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return fmt.Errorf("log file: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		f.file.Close()
	}
	f.file = file
	return nil
}
