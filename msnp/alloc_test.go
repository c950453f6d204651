package msnp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// message129 is the message of the examples, as a client sends it.
var message129 = append([]byte("MSG 3 A 129\r\n"), bytes.Repeat([]byte("x"), 129)...)

// TestParseAllocatesNothing: lines are slices of the buffer that was read.
func TestParseAllocatesNothing(t *testing.T) {
	skipIfRace(t)
	var l Line
	for _, tt := range []struct {
		role Role
		wire string
	}{
		{Notification, "VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\r\n"},
		{Notification, "CVR 2 0x0409 winnt 5.1 i386 MSNMSGR 6.0.0602 MSMSGS zed@example.net\r\n"},
		{Switchboard, string(message129)},
	} {
		wire, table := []byte(tt.wire), TableOf(tt.role, FromClient)
		if n := testing.AllocsPerRun(100, func() {
			if _, err := l.Parse(wire, table, MaxLine); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("parsing %q allocates %v times", tt.wire, n)
		}
		if n := testing.AllocsPerRun(100, func() {
			if _, err := l.Parse(wire[:5], table, MaxLine); err != ErrShort { //nolint:errorlint // as it is
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("parsing a part of %q allocates %v times", tt.wire, n)
		}
	}
}

// TestAppendAllocatesNothing goes through everything that a server says.
func TestAppendAllocatesNothing(t *testing.T) {
	skipIfRace(t)
	r := rand.New(rand.NewPCG(5, 6))
	dst := make([]byte, 0, 16<<10)
	for _, f := range forms {
		for v := First; v <= Last; v++ {
			if !f.has(v) {
				continue
			}
			_, m, err := f.line(r, v)
			if err != nil {
				t.Fatal(err)
			}
			if n := testing.AllocsPerRun(5, func() { dst, err = appendOnto(dst[:0], m, v) }); n != 0 || err != nil {
				t.Errorf("%s: %s allocates %v times, %v", v, f.name, n, err)
			}
		}
	}
}

func appendOnto(dst []byte, m any, v Version) ([]byte, error) {
	if m, ok := m.(carefulAppender); ok {
		return m.Append(dst, v)
	}
	return m.(appender).Append(dst, v), nil
}

// TestRelayAllocatesNothing: a message through a switchboard, from the line that
// came in to the one that goes out.
func TestRelayAllocatesNothing(t *testing.T) {
	skipIfRace(t)
	dst := make([]byte, 0, 4096)
	var l Line
	if n := testing.AllocsPerRun(100, func() { dst = relay(t, dst[:0], &l) }); n != 0 {
		t.Errorf("a message allocates %v times", n)
	}
}

// relay does to a message what a switchboard does.
func relay(t testing.TB, dst []byte, l *Line) []byte {
	if _, err := l.Parse(message129, TableOf(Switchboard, FromClient), MaxSwitchboardLine); err != nil {
		t.Fatal(err)
	}
	m, err := ParseSend(l, MSNP7)
	if err != nil {
		t.Fatal(err)
	}
	dst = AppendMessageHeader(dst, "ana@example.test", "Ana%20B", len(m.Payload))
	dst = append(dst, m.Payload...)
	return Delivered{TrID: m.TrID, OK: true}.Append(dst, MSNP7)
}

func BenchmarkLineParse(b *testing.B) {
	for _, tt := range []struct {
		name string
		role Role
		wire string
	}{
		{"VER", Notification, "VER 1 MSNP7 MSNP6 MSNP5 MSNP4 CVR0\r\n"},
		{"CHG", Notification, "CHG 22 BSY\r\n"},
		{"MSG", Switchboard, string(message129)},
	} {
		b.Run(tt.name, func(b *testing.B) {
			var l Line
			wire, table := []byte(tt.wire), TableOf(tt.role, FromClient)
			b.SetBytes(int64(len(wire)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := l.Parse(wire, table, MaxLine); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	dst := make([]byte, 0, 4096)
	b.Run("NLN", func(b *testing.B) {
		m := Online{Status: StatusBusy, Handle: "bea@example.net", Name: "Bea"}
		b.ReportAllocs()
		for b.Loop() {
			dst = m.Append(dst[:0], MSNP7)
		}
	})
	b.Run("XFR NS", func(b *testing.B) {
		m := Referral{TrID: 5, Host: "10.0.0.5:1863", Current: "10.0.0.1:1863"}
		b.ReportAllocs()
		for b.Loop() {
			dst, _ = m.Append(dst[:0], MSNP7)
		}
	})
	b.Run("XFR SB", func(b *testing.B) {
		m := Transfer{TrID: 7, Host: "10.0.1.200:1865", Method: MethodCKI, Param: "123456789.123456789.123456789", Direct: true}
		b.ReportAllocs()
		for b.Loop() {
			dst, _ = m.Append(dst[:0], MSNP18)
		}
	})
}

// BenchmarkSync writes the answer to SYN for 500 contacts in 20 groups.
func BenchmarkSync(b *testing.B) {
	const guid = "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b0f21"
	dst := make([]byte, 0, 128<<10)
	for _, v := range []Version{MSNP8, MSNP12} {
		b.Run(v.String(), func(b *testing.B) {
			contact := ContactItem{
				Handle: "somebody@example.net", Name: "Some%20Body", ID: guid, Lists: MaskForward | MaskAllow | MaskReverse,
				Groups: []int{3}, GroupIDs: []GUID{guid},
			}
			phone := ContactSetting{Sync: true, Key: KeyMobilePhone, Value: "1%20555"}
			group := GroupItem{Sync: true, ID: 3, GUID: guid, Name: "Work"}
			b.ReportAllocs()
			for b.Loop() {
				dst = SyncReply{TrID: 9, Version: 41, Lists: "1", Settings: "1", Full: true, Contacts: 500, Groups: 20}.Append(dst[:0], v)
				for range 20 {
					dst = group.Append(dst, v)
				}
				for range 500 {
					dst = phone.Append(contact.Append(dst, v), v)
				}
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}

func BenchmarkRelay(b *testing.B) {
	dst := make([]byte, 0, 4096)
	var l Line
	b.SetBytes(int64(len(message129)))
	b.ReportAllocs()
	for b.Loop() {
		dst = relay(b, dst[:0], &l)
	}
}

func BenchmarkRedact(b *testing.B) {
	line := []byte("USR 1 ana@example.test 40211873.947112233.550193274466120387\r\n")
	dst := make([]byte, 0, 256)
	b.ReportAllocs()
	for b.Loop() {
		dst = Redact(dst[:0], line)
	}
}
