package main

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/term"

	"github.com/papilio-im/papilio/internal/account"
)

// typist is a person at a terminal.
type typist struct {
	t      *testing.T
	screen *os.File // what the person has
	tty    *os.File // what the program has
}

func newTypist(t *testing.T) *typist {
	t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	var number, unlocked int32
	setControl(t, screen, syscall.TIOCSPTLCK, &unlocked)
	setControl(t, screen, syscall.TIOCGPTN, &number)
	tty, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &typist{t, screen, tty}
}

func setControl(t *testing.T, f *os.File, what uintptr, value *int32) {
	t.Helper()
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), what, uintptr(unsafe.Pointer(value)))
	if errno != 0 {
		t.Fatal(errno)
	}
}

// types types a line.
func (p *typist) types(line string) {
	p.t.Helper()
	if _, err := io.WriteString(p.screen, line+"\r"); err != nil {
		p.t.Fatal(err)
	}
}

// leaves hangs up, and gives what the terminal had shown of what was typed.
func (p *typist) leaves() string {
	p.t.Helper()
	if err := p.tty.Close(); err != nil {
		p.t.Error(err)
	}
	echo, _ := io.ReadAll(bufio.NewReader(p.screen)) // a terminal that nobody has open gives an error
	if err := p.screen.Close(); err != nil {
		p.t.Error(err)
	}
	return string(echo)
}

func TestPasswordIsAskedForTwiceAndNotShown(t *testing.T) {
	w := newWorld(t)
	p := newTypist(t)
	b := w.start(p.tty, "user", "add", "anna@example.com", "--legacy-same")
	b.errs.await(t, "Password for anna@example.com: ")
	p.types("apple")
	b.errs.await(t, "The same again: ")
	p.types("apple")
	if code := b.wait(); code != exitDone {
		t.Errorf("code %d: %s", code, &b.errs)
	}
	if echo := p.leaves(); strings.Contains(echo, "apple") {
		t.Errorf("the terminal shows %q", echo)
	}
	w.letsIn("anna@example.com", "apple", "apple")
}

func TestPasswordsThatDiffer(t *testing.T) {
	w := newWorld(t)
	p := newTypist(t)
	b := w.start(p.tty, "user", "add", "anna@example.com")
	b.errs.await(t, "Password for")
	p.types("apple")
	b.errs.await(t, "The same again: ")
	p.types("aple")
	if code := b.wait(); code != exitFailed {
		t.Errorf("code %d", code)
	}
	p.leaves()
	contains(t, b.errs.String(), "papilio: the two passwords are not the same")
	w.look(func(s *account.Service) {
		if _, err := s.Get(t.Context(), "anna@example.com"); err == nil {
			t.Error("the account is there")
		}
	})
}

func TestEmptyPasswordIsRefusedAtOnce(t *testing.T) {
	w := newWorld(t)
	p := newTypist(t)
	b := w.start(p.tty, "user", "add", "anna@example.com")
	b.errs.await(t, "Password for")
	p.types("")
	if code := b.wait(); code != exitFailed {
		t.Errorf("code %d", code)
	}
	p.leaves()
	contains(t, b.errs.String(), "papilio: the password is empty; nothing was changed")
	if strings.Contains(b.errs.String(), "again") {
		t.Errorf("asked again: %s", &b.errs)
	}
}

// The terminal must show again what is typed.
func TestInterruptedQuestion(t *testing.T) {
	for _, how := range []string{"signal", "ctrl-c"} {
		t.Run(how, func(t *testing.T) { interruptQuestion(t, how) })
	}
}

func interruptQuestion(t *testing.T, how string) {
	w := newWorld(t)
	p := newTypist(t)
	before, err := term.GetState(int(p.tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	b := w.start(p.tty, "user", "add", "anna@example.com")
	b.errs.await(t, "Password for")
	if how == "signal" {
		b.cancel()
	} else {
		p.types("half a word\x03")
	}
	if code := b.wait(); code != exitFailed {
		t.Errorf("code %d", code)
	}
	contains(t, b.errs.String(), "\r\npapilio: interrupted")
	after, err := term.GetState(int(p.tty.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if *before != *after {
		t.Errorf("the terminal is not as it was")
	}
	p.types("") // lets the reader go
	p.leaves()
}

func TestRemoveAsks(t *testing.T) {
	w := newWorld(t)
	w.done("user", "add", "anna@example.com", "--password", "x")
	for _, tt := range []struct {
		answer string
		code   int
		says   string
	}{
		{"", exitFailed, "papilio: not removed\n"},
		{"no", exitFailed, "papilio: not removed\n"},
		{"Yes", exitDone, ""},
		{"", exitFailed, "no such account; papilio user list"}, // without a question
	} {
		p := newTypist(t)
		p.types(tt.answer)
		b := w.start(p.tty, "user", "remove", "anna@example.com")
		if code := b.wait(); code != tt.code || !strings.Contains(b.errs.String(), tt.says) {
			t.Errorf("%q: code %d, %q", tt.answer, code, &b.errs)
		}
		p.leaves()
	}
}

func TestColors(t *testing.T) {
	p := newTypist(t)
	defer p.leaves()
	for _, tt := range []struct {
		out     io.Writer
		environ []string
		want    bool
	}{
		{p.tty, nil, true},
		{p.tty, []string{"TERM=xterm", "NO_COLOR="}, true},
		{p.tty, []string{"NO_COLOR=1"}, false},
		{p.tty, []string{"TERM=dumb"}, false},
		{new(strings.Builder), nil, false},
	} {
		if got := (&program{stdout: tt.out, environ: tt.environ}).colorful(); got != tt.want {
			t.Errorf("%T, %q: %v", tt.out, tt.environ, got)
		}
	}
}
