package msnp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// tableOf chooses one of the five tables that there are.
func tableOf(n uint8) (Role, Direction) {
	roles := [...]Role{Notification, Switchboard, Dispatch}
	from := [...]Direction{FromClient, FromServer}
	return roles[n/2%3], from[n%2]
}

// tableNumber is the number by which tableOf chooses.
func tableNumber(role Role, from Direction) (n uint8) {
	for {
		if r, d := tableOf(n); r == role && d == from {
			return n
		}
		n++
	}
}

// FuzzLine feeds anything to the line parser, cut at any octet. It may not
// panic, may not take more than there is, and may not take a cut line for another
// one.
func FuzzLine(f *testing.F) {
	f.Add(uint8(0), uint16(3), []byte("VER 1 MSNP7 MSNP6 CVR0\r\nINF 2\r\n"))
	f.Add(uint8(2), uint16(12), []byte("MSG 3 N 5\r\nhelloOUT\r\n"))
	f.Add(uint8(1), uint16(1), []byte("\r\n913 10\r\n"))
	f.Fuzz(func(t *testing.T, table uint8, cut uint16, in []byte) {
		role, from := tableOf(table)
		var whole, part Line
		n, err := whole.Parse(in, TableOf(role, from), MaxSwitchboardLine)
		if n < 0 || n > len(in) || err == nil && n == 0 || err != nil && n != 0 {
			t.Fatalf("took %d of %d, %v", n, len(in), err)
		}
		before := in[:int(cut)%(len(in)+1)]
		m, partErr := part.Parse(before, TableOf(role, from), MaxSwitchboardLine)
		switch {
		case err == nil && len(before) >= n:
			if partErr != nil || m != n || part.Name() != whole.Name() || !bytes.Equal(part.Payload, whole.Payload) {
				t.Errorf("%q is %s (%d), %q is %s (%d, %v)", in, whole.Name(), n, before, part.Name(), m, partErr)
			}
		case err == nil || errors.Is(err, ErrShort):
			if !errors.Is(partErr, ErrShort) {
				t.Errorf("%q is incomplete, but read as %s, %v", before, part.Name(), partErr)
			}
		}
		for _, word := range whole.Args {
			if len(word) == 0 || bytes.ContainsAny(word, " \t\n") {
				t.Errorf("%q is no word", word)
			}
		}
	})
}

// FuzzEncoded decodes anything, and encodes what came out.
func FuzzEncoded(f *testing.F) {
	for _, word := range []string{"", "Zed%20Q", "a+b", "%", "%4", "%zz", "%e2%98%83", "%ff", "☃"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		text, err := Encoded(word).Decode()
		if (err == nil) != validEncoded([]byte(word[:min(len(word), MaxName)])) && len(word) <= MaxName {
			t.Errorf("Decode(%q) = %v, but validity is %t", word, err, err != nil)
		}
		if err != nil {
			if !errors.Is(err, ErrEncoding) {
				t.Errorf("Decode(%q): %v", word, err)
			}
			return
		}
		encoded := Encode(text)
		again, err := encoded.Decode()
		if err != nil || again != text {
			t.Errorf("%q is encoded %q, which is %q, %v", text, encoded, again, err)
		}
		if strings.ContainsAny(string(encoded), " \t\r\n\x00") {
			t.Errorf("%q is no word", encoded)
		}
	})
}

// FuzzMessages gives a line to every parser of its command. What one accepts it
// must write, and read again, the same.
func FuzzMessages(f *testing.F) {
	for _, name := range lineFiles(f) {
		for _, known := range readLines(f, name) {
			f.Add(tableNumber(known.role, known.from), uint8(known.last-First), known.wire)
		}
	}
	f.Fuzz(func(t *testing.T, table, version uint8, in []byte) {
		role, from := tableOf(table)
		var l Line
		if _, err := l.Parse(in, TableOf(role, from), MaxSwitchboardLine); err != nil {
			return
		}
		v := First + Version(version)%(Last-First+1)
		for _, form := range forms {
			named := l.Command == nil && form.command == "" || l.Command != nil && l.Command.Name == form.command
			if named && form.role&role != 0 && form.from == from {
				reparse(t, form, &l, v)
			}
		}
	})
}

// FuzzRedact looks for secrets in what may be logged.
func FuzzRedact(f *testing.F) {
	const secret = "hunter2.S3cr#t"
	for _, line := range []string{
		"USR 4 CTP I zed@example.net @\r\n", "USR 4 MD5 S @\r\n", "USR 1 zed@example.net @\r\n",
		"ANS 1 zed@example.net @ 77\r\n", "XFR 1 SB 10.0.0.1:1863 CKI @ U messenger.msn.com 1\r\n",
		"RNG 5 10.0.0.1:1863 CKI @ ana@example.test Ana\r\n",
		"USR 4 TWN S t=@&p=\r\n", "USR 4 TWN I zed@example.net @\r\n", "SBS 0 SC=@\r\n",
	} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		out := string(Redact([]byte("C: "), in))
		if !strings.HasPrefix(out, "C: ") || strings.ContainsAny(out, "\r\n") {
			t.Errorf("Redact(%q) = %q", in, out)
		}
		// The name of the command is all that is sure to be harmless: wherever a
		// secret stands in a sign-in, it may not be read.
		words := strings.Fields(string(in))
		if len(words) < 3 {
			return
		}
		for i := range words[2:] {
			line := append([]string{"USR", "4"}, words[2:]...)
			line[i+2] = secret
			if got := Redact(nil, []byte(strings.Join(line, " "))); bytes.Contains(got, []byte(secret)) && !strings.EqualFold(line[2], "OK") {
				t.Errorf("Redact(%q) = %q", line, got)
			}
		}
	})
}
