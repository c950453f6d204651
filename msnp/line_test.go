package msnp

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestLineParse(t *testing.T) {
	ns, sb := TableOf(Notification, FromClient), TableOf(Switchboard, FromClient)
	fromNS := TableOf(Notification, FromServer)
	for _, tt := range []struct {
		name    string
		table   Table
		in      string
		command string
		args    []string
		payload string
		rest    string // what is left of in
	}{
		{"plain", ns, "VER 1 MSNP7 CVR0\r\n", "VER", []string{"1", "MSNP7", "CVR0"}, "", ""},
		{"line feed alone", ns, "SYN 9 0\nCHG", "SYN", []string{"9", "0"}, "", "CHG"},
		{"carriage return inside", ns, "REA 1 a\rb c\r\n", "REA", []string{"1", "a\rb", "c"}, "", ""},
		{"blank at the end", ns, "INF 2 \r\n", "INF", []string{"2"}, "", ""},
		{"many blanks and tabs", ns, "CVR  1\t\t0x0409   win\t\r\n", "CVR", []string{"1", "0x0409", "win"}, "", ""},
		{"no arguments", ns, "PNG\r\n", "PNG", nil, "", ""},
		{"no arguments but a blank", ns, "OUT \r\n", "OUT", nil, "", ""},
		{"payload", ns, "QRY 18 msmsgs@msnmsgr.com 32\r\nf1367057f85578a1c8e53806b5ee2d89PNG\r\n",
			"QRY", []string{"18", "msmsgs@msnmsgr.com", "32"}, "f1367057f85578a1c8e53806b5ee2d89", "PNG\r\n"},
		{"empty payload", sb, "MSG 3 U 0\r\nOUT\r\n", "MSG", []string{"3", "U", "0"}, "", "OUT\r\n"},
		{"payload of lines", sb, "MSG 3 U 11\r\n\r\nMSG 9 U\x00\r\n", "MSG", []string{"3", "U", "11"}, "\r\nMSG 9 U\x00\r", "\n"},
		{"length left out", ns, "SDC 25 x@example.net 0x0409 MSMSGS MSMSGS X X Ada%20L\r\nPNG",
			"SDC", []string{"25", "x@example.net", "0x0409", "MSMSGS", "MSMSGS", "X", "X", "Ada%20L"}, "", "PNG"},
		{"empty lines before", ns, "\r\n\n\r\nPNG\r\n", "PNG", nil, "", ""},
		{"length comes first", fromNS, "NOT 3\r\nabc", "NOT", []string{"3"}, "abc", ""},
		{"OK for a length", fromNS, "ADL 5 OK\r\nADL", "ADL", []string{"5", "OK"}, "", "ADL"},
		{"zero for a length", fromNS, "UUX 23 0\r\n", "UUX", []string{"23", "0"}, "", ""},
		{"error", fromNS, "913 10\r\n", "913", []string{"10"}, "", ""},
		{"error without id", fromNS, "600\r\n", "600", nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l Line
			n, err := l.Parse([]byte(tt.in), tt.table, MaxLine)
			if err != nil {
				t.Fatal(err)
			}
			if l.Name() != tt.command {
				t.Errorf("command is %s, want %s", l.Name(), tt.command)
			}
			var args []string
			for i := range l.Args {
				args = append(args, string(l.Arg(i)))
			}
			if strings.Join(args, "|") != strings.Join(tt.args, "|") {
				t.Errorf("arguments are %q, want %q", args, tt.args)
			}
			if l.Arg(len(l.Args)) != nil || l.Arg(-1) != nil {
				t.Error("an argument that is not there")
			}
			if string(l.Payload) != tt.payload {
				t.Errorf("payload is %q, want %q", l.Payload, tt.payload)
			}
			if rest := tt.in[n:]; rest != tt.rest {
				t.Errorf("left %q, want %q", rest, tt.rest)
			}
			prefixesAreShort(t, []byte(tt.in[:n]), tt.table)
		})
	}
}

// prefixesAreShort splits a whole line at every octet: what comes first is
// incomplete and nothing else.
func prefixesAreShort(t *testing.T, wire []byte, table Table) {
	t.Helper()
	var l Line
	for i := range wire {
		if _, err := l.Parse(wire[:i], table, MaxLine); !errors.Is(err, ErrShort) {
			t.Errorf("Parse(%q) = %v, want ErrShort", wire[:i], err)
		}
	}
}

func TestLineMalformed(t *testing.T) {
	ns, sb := TableOf(Notification, FromClient), TableOf(Switchboard, FromClient)
	long := strings.Repeat("x", MaxSwitchboardLine)
	for _, tt := range []struct {
		name  string
		table Table
		in    string
		want  error
	}{
		{"garbage", ns, "\x16\x03\x01\x02\x00\x01\n", errName},
		{"HTTP", ns, "GET / HTTP/1.1\r\n", &UnknownCommandError{"GET"}},
		{"name too long", ns, "VERY 1\r\n", errName},
		{"name too short", ns, "VE\r\n", errName},
		{"blank first", ns, " VER 1 MSNP2\r\n", errName},
		{"carriage return first", ns, "\rVER 1 MSNP2\r\n", errName},
		{"small letters", ns, "ver 1 MSNP2\r\n", &UnknownCommandError{"ver"}},
		{"error from a client", ns, "911 1\r\n", errName},
		{"command of another role", sb, "VER 1 MSNP2\r\n", &UnknownCommandError{"VER"}},
		{"command of the other side", ns, "NLN NLN a@b.c A\r\n", &UnknownCommandError{"NLN"}},
		{"payload too long", sb, "MSG 1 U 1665\r\n", errPayloadLong},
		{"payload far too long", sb, "MSG 1 U 4294967295\r\n", errPayloadLong},
		{"length of more than 32 bits", sb, "MSG 1 U 4294967296\r\n", errLength},
		{"length with a sign", sb, "MSG 1 U -1\r\n", errLength},
		{"length in hexadecimal", sb, "MSG 1 U 0x10\r\n", errLength},
		{"too many arguments", ns, "VER" + strings.Repeat(" 1", MaxArgs+1) + "\r\n", errArgs},
		{"line too long", sb, "CAL 1 " + long + "\r\n", errLineLong},
		{"line too long and no end", sb, "CAL 1 " + long, errLineLong},
		{"nothing but empty lines", sb, strings.Repeat("\r\n", MaxSwitchboardLine), errLineLong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var l Line
			_, err := l.Parse([]byte(tt.in), tt.table, MaxSwitchboardLine)
			var unknown, want *UnknownCommandError
			if errors.As(tt.want, &want) {
				if !errors.As(err, &unknown) || unknown.Name != want.Name {
					t.Errorf("error is %v, want %v", err, want)
				}
				return
			}
			if !errors.Is(err, tt.want) {
				t.Errorf("error is %v, want %v", err, tt.want)
			}
		})
	}
}

func TestLineLengthIsExact(t *testing.T) {
	table := TableOf(Switchboard, FromClient)
	line := "CAL 1 " + strings.Repeat("x", MaxSwitchboardLine-len("CAL 1 "))
	var l Line
	for _, end := range []string{"\n", "\r\n"} {
		if _, err := l.Parse([]byte(line+end), table, MaxSwitchboardLine); err != nil {
			t.Errorf("a line of the greatest length, with %q: %v", end, err)
		}
		if _, err := l.Parse([]byte(line+"x"+end), table, MaxSwitchboardLine); !errors.Is(err, errLineLong) {
			t.Errorf("a line longer by one, with %q: %v", end, err)
		}
	}
	if _, err := l.Parse([]byte(line+"\r"), table, MaxSwitchboardLine); !errors.Is(err, ErrShort) {
		t.Errorf("a line of the greatest length, before its end: %v", err)
	}
}

// TestLineRefusesBeforePayload: a payload that is too long is refused before any
// of it has come.
func TestLineRefusesBeforePayload(t *testing.T) {
	var l Line
	_, err := l.Parse([]byte("MSG 1 D 1665\r\n"), TableOf(Switchboard, FromClient), MaxSwitchboardLine)
	if !errors.Is(err, errPayloadLong) {
		t.Errorf("error is %v, want %v", err, errPayloadLong)
	}
	payload := bytes.Repeat([]byte{0xff}, MaxMessage)
	wire := append([]byte("MSG 1 D 1664\r\n"), payload...)
	if _, err := l.Parse(wire, TableOf(Switchboard, FromClient), MaxSwitchboardLine); err != nil {
		t.Errorf("a payload of the greatest length: %v", err)
	}
	if !bytes.Equal(l.Payload, payload) {
		t.Error("the payload was changed")
	}
}

// TestLineIsReusable parses a long line and then a short one.
func TestLineIsReusable(t *testing.T) {
	var l Line
	table := TableOf(Notification, FromClient)
	for _, in := range []string{"QRY 18 a 3\r\nabc", "PNG\r\n"} {
		if _, err := l.Parse([]byte(in), table, MaxLine); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.Args) != 0 || l.Payload != nil || l.Code != 0 {
		t.Errorf("something is left of the line before: %q %q", l.Args, l.Payload)
	}
	if _, err := l.Parse([]byte("SYN x 0\r\n"), table, MaxLine); err != nil {
		t.Fatal(err)
	}
	if id, ok := l.TrID(); ok {
		t.Errorf("TrID() = %d for a word that is none", id)
	}
}

func TestParseUint(t *testing.T) {
	for in, want := range map[string]int64{
		"0": 0, "7": 7, "007": 7, "4294967295": 1<<32 - 1,
		"": -1, "4294967296": -1, "99999999999": -1, "00000000001": -1, "-1": -1, "+1": -1, "1 ": -1, "0x1": -1, "1e3": -1,
	} {
		n, ok := ParseUint([]byte(in))
		if ok != (want >= 0) || ok && int64(n) != want {
			t.Errorf("ParseUint(%q) = %d, %t", in, n, ok)
		}
	}
}
