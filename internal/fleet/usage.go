//go:build unix

package fleet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Usage is what a process takes of its machine.
type Usage struct {
	Resident int64         // octets of memory (RSS)
	CPU      time.Duration // since its start, user and system
	Threads  int
	Files    int // open descriptors
}

// clockTick is the unit of times in /proc/PID/stat on every Linux that Go
// runs on.
const clockTick = 10 * time.Millisecond

// Usage reads it from /proc.
func (p *Process) Usage() (Usage, error) {
	pid := p.PID()
	if pid == 0 {
		return Usage{}, fmt.Errorf("%w: %s", ErrNotRunning, p.name)
	}
	return usageOf(pid)
}

// usageOf reads what /proc tells of a process.
func usageOf(pid int) (Usage, error) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	var u Usage
	status, err := os.ReadFile(filepath.Join(folder, "status"))
	if err != nil {
		return u, err
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "VmRSS":
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				return u, err
			}
			u.Resident = kib << 10
		case "Threads":
			if u.Threads, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return u, err
			}
		}
	}
	if u.CPU, err = cpuOf(folder); err != nil {
		return u, err
	}
	files, err := os.ReadDir(filepath.Join(folder, "fd"))
	u.Files = len(files)
	return u, err
}

// proportional is the memory of a process, with what it shares divided by the
// number of those that share it (PSS).
func proportional(pid int) (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "Pss:"); found {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("fleet: /proc/PID/smaps_rollup is not understood")
}

// cpuOf reads the times of a process.
func cpuOf(folder string) (time.Duration, error) {
	stat, err := os.ReadFile(filepath.Join(folder, "stat"))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold anything.
	_, rest, found := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if !found || len(fields) < 13 {
		return 0, errors.New("fleet: /proc/PID/stat is not understood")
	}
	var ticks int64
	for _, field := range fields[11:13] { // utime and stime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}
