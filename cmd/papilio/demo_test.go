package main

import (
	"strings"
	"testing"
)

func TestDemo(t *testing.T) {
	out := newWorld(t).done("demo")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "6 clients, 4 servers, ") || !strings.HasSuffix(last, "; nothing left behind") {
		t.Errorf("ends with %q", last)
	}
	if strings.Contains(out, "\x1b") {
		t.Error("colours where there is no terminal")
	}
}
