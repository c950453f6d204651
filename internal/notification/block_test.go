package notification

import (
	"fmt"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// lists500 are the lists of somebody with 500 contacts in 20 groups, of whom every
// fifth has told a phone.
func lists500() *roster.Full {
	const guid = "0d9c1c52-77aa-4b62-8d7f-3a1e5c9b%04x"
	full := &roster.Full{
		Version: 41, ListStamp: time.UnixMicro(1_769_937_072_500_000), SettingsStamp: time.UnixMicro(1_769_846_400_000_000),
		Settings: roster.Settings{Name: "Ada L", AskWhenAdded: true},
		Groups:   []roster.Group{{Name: "~", GUID: fmt.Sprintf(guid, 0)}},
	}
	for i := range 20 {
		full.Groups = append(full.Groups, roster.Group{Number: i + 1, GUID: fmt.Sprintf(guid, i+1), Name: fmt.Sprintf("Group %d", i+1)})
	}
	for i := range 500 {
		c := roster.Contact{
			Handle: fmt.Sprintf("somebody%03d@example.net", i), Name: fmt.Sprintf("Some Body %d", i), GUID: fmt.Sprintf(guid, 100+i),
			Lists: roster.Forward | roster.Allow | roster.Reverse, Groups: []int{i%20 + 1},
		}
		if i%5 == 0 {
			c.Phones.Mobile = "1 555 010"
		}
		full.Contacts = append(full.Contacts, c)
	}
	return full
}

// BenchmarkSync writes the answer to SYN for 500 contacts, out of what the database
// has given.
func BenchmarkSync(b *testing.B) {
	full := lists500()
	for _, v := range []msnp.Version{msnp.MSNP7, msnp.MSNP8, msnp.MSNP12} {
		b.Run(v.String(), func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				block := newBlock(v, 9, full.Version)
				block.sync(full)
				size = len(block.buf)
			}
			b.SetBytes(int64(size))
		})
	}
}

// TestSyncCounts counts the lines of the answer to SYN that it says there are.
func TestSyncCounts(t *testing.T) {
	full := lists500()
	for _, v := range []msnp.Version{msnp.MSNP8, msnp.MSNP9, msnp.MSNP10, msnp.MSNP11, msnp.MSNP12} {
		block := newBlock(v, 9, full.Version)
		block.sync(full)
		var reply msnp.SyncReply
		contacts, groups := 0, 0
		var line msnp.Line
		for buf := block.buf; len(buf) > 0; {
			n, err := line.Parse(buf, msnp.TableOf(msnp.Notification, msnp.FromServer), msnp.MaxLine)
			if err != nil || n == 0 {
				t.Fatalf("%s: %v in %q", v, err, buf)
			}
			switch line.Name() {
			case "SYN":
				reply, err = msnp.ParseSyncReply(&line, v)
			case "LST":
				contacts++
				_, err = msnp.ParseContactItem(&line, v)
			case "LSG":
				groups++
				_, err = msnp.ParseGroupItem(&line, v)
			}
			if err != nil {
				t.Fatalf("%s: %v", v, err)
			}
			buf = buf[n:]
		}
		want := 21
		if v.Has(msnp.FeatureGUIDs) {
			want = 20
		}
		if !reply.Full || reply.Contacts != 500 || reply.Groups != want || contacts != 500 || groups != want {
			t.Errorf("%s: %+v, and there are %d contacts and %d groups", v, reply, contacts, groups)
		}
	}
}
