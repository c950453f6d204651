package demo

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func options(t *testing.T, out *bytes.Buffer) Options {
	return Options{Out: out, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
}

var summary = regexp.MustCompile(`\n6 clients, 4 servers, [1-9]\d{2} lines, 8 messages, 8 referrals in \d+ ms; nothing left behind\n$`)

// stray are the folders of demos that are there now.
func stray(t *testing.T, in string) []string {
	t.Helper()
	entries, err := os.ReadDir(in)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestDemo(t *testing.T) {
	folder, err := os.MkdirTemp("", "demo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	t.Setenv("TMPDIR", folder)
	var out bytes.Buffer
	if err := Run(t.Context(), options(t, &out)); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if left := stray(t, folder); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	text := out.String()
	if !summary.MatchString(text) {
		t.Errorf("no summary at the end:\n%s", text)
	}
	for _, line := range []string{
		`(?m)^ada  Beta 2  DS C: XFR 1 NS$`,
		`(?m)^ada  Beta 2  DS S: XFR 1 NS 127\.0\.0\.1:\d+$`,
		`(?m)^ben  MSNP2   DS S: XFR \d+ NS 127\.0\.0\.1:\d+$`,
		`(?m)^cleo MSNP5   DS S: XFR \d+ NS 127\.0\.0\.1:\d+ 0$`,
		`(?m)^dan  MSNP7   DS S: XFR \d+ NS 127\.0\.0\.1:\d+ 0 127\.0\.0\.1:\d+$`,
		`(?m)^dan  MSNP7   NS S: USR \d+ OK dan@example\.com Dan`,
		`(?m)^dan  MSNP7   NS S: XFR \d+ SB 127\.0\.0\.1:\d+ CKI `,
		`(?m)^ada  Beta 2  NS S: RNG \d+ 127\.0\.0\.1:\d+ `,
		`(?m)^ada  Beta 2  SB S: MSG dan@example\.com Dan \d+\n +Good evening from 2001!$`,
		`(?m)^cleo MSNP5   NS S: XFR 0 NS 0$`,
		`(?m)^dan  MSNP7   NS S: XFR 0 NS 127\.0\.0\.1:\d+ 0 127\.0\.0\.1:\d+$`,
		`(?m)^dan  MSNP7   NS S: FLN cleo@example\.com$`,
		`(?m)^eve  MSNP11  WS C: GET /rdr/pprdr\.asp\n`,
		`(?m)^eve  MSNP11  WS C: GET /login2\.srf$`,
		`(?m)^eve  MSNP11  NS C: USR \d+ TWN S \*\*\*$`,
		`(?m)^finn MSNP12  WS C: POST /RST\.srf$`,
		`(?m)^finn MSNP12  NS S: USR \d+ OK finn@example\.com 1 0$`,
		`(?m)^eve  MSNP11  NS S: UBX finn@example\.com 90\n +<Data><PSM>It is 2005 &amp; we can shake windows</PSM>`,
		`(?m)^eve  MSNP11  NS C: CHG \d+ NLN \d+ %3Cmsnobj.*\.\.\.$`,
		`(?m)^cleo MSNP5   NS S: NLN NLN eve@example\.com Eve$`,
		`(?m)^finn MSNP12  SB S: MSG eve@example\.com Eve \d+\n +\((\d+) octets of \d+ of a picture\)$`,
		`(?m)^ada  Beta 2  SB S: MSG finn@example\.com Finn \d+\n +ID: 1$`,
		`(?m)^== They leave$`,
	} {
		if !regexp.MustCompile(line).MatchString(text) {
			t.Errorf("no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
	for line := range strings.Lines(text) {
		if len(line) > 150 {
			t.Errorf("a long line: %q", line)
		}
	}
	for _, secret := range []string{password, "\x1b", "t=", "<wsse"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown:\n%s", secret, text)
		}
	}
}

func TestTwoDemosAtOnce(t *testing.T) {
	for _, name := range []string{"one", "two"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			o := options(t, &out)
			o.Color = true
			if err := Run(t.Context(), o); err != nil {
				t.Fatalf("%v\n%s", err, &out)
			}
			if !summary.MatchString(out.String()) || !strings.Contains(out.String(), yellow+"DS"+plain) {
				t.Errorf("no summary or no colours:\n%s", &out)
			}
		})
	}
}

// An audience that interrupts gets an error, and no mess.
func TestInterruptedDemo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	o := options(t, &out)
	interrupt := writer(func(b []byte) (int, error) {
		if bytes.Contains(b, []byte("They talk")) {
			cancel()
		}
		return out.Write(b)
	})
	o.Out = interrupt
	if err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("%v\n%s", err, &out)
	}
}

// Nobody watches: the terminal is gone.
func TestDemoWithoutAudience(t *testing.T) {
	gone := errors.New("nobody there")
	o := options(t, nil)
	o.Out = writer(func([]byte) (int, error) { return 0, gone })
	if err := Run(t.Context(), o); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

type writer func([]byte) (int, error)

func (w writer) Write(b []byte) (int, error) { return w(b) }

func TestOptions(t *testing.T) {
	if Run(t.Context(), Options{}) == nil {
		t.Error("it plays for nobody")
	}
}
