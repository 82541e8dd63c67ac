package ipc

import (
	"io"
	"os"
	"strconv"
	"strings"
)

// getent is the program that asks the host's name services.
const getent = "/usr/bin/getent"

// defaultGroup is the number of DefaultGroup; nil where there is none. Mostly there is none where bgpd was not installed as a package, and
// then the C library asks one service after the other, whose libraries stay: 0.8 MiB for a no. So a process of its own asks,
// where the host has one for that.
func defaultGroup() *uint32 {
	line, exit, err := output(getent, "group", DefaultGroup)
	if err != nil || exit != 0 && exit != 2 { // 2: there is no such group
		id, err := groupID(DefaultGroup)
		if err != nil {
			return nil
		}
		return &id
	}
	return groupOf(line)
}

// groupOf reads the number of a group from a line of group(5); nil when it has none.
func groupOf(line string) *uint32 {
	fields := strings.Split(strings.TrimSpace(line), ":")
	if len(fields) < 3 {
		return nil
	}
	n, err := strconv.ParseUint(fields[2], 10, 32)
	if err != nil {
		return nil
	}
	id := uint32(n)
	return &id
}

// output runs a program and gives what it wrote and its exit status; an error when it could not be run.
func output(program string, args ...string) (text string, exit int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", 0, err
	}
	defer r.Close()
	p, err := os.StartProcess(program, append([]string{program}, args...), &os.ProcAttr{Files: []*os.File{nil, w, nil}})
	w.Close()
	if err != nil {
		return "", 0, err
	}
	b, err := io.ReadAll(r)
	state, waited := p.Wait()
	switch {
	case err != nil:
		return "", 0, err
	case waited != nil:
		return "", 0, waited
	}
	return string(b), state.ExitCode(), nil
}
