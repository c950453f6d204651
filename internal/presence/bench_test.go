package presence

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// counter is a connection that only counts what it is told.
type counter struct{ lines *atomic.Int64 }

func (c counter) PutLine([]byte) { c.lines.Add(1) }

func (c counter) Flush() {}

func (c counter) MakeRoom() bool { return true }

func (c counter) CloseSoon() {}

// audience signs so many watchers in, and gives what counts their lines.
func audience(b *testing.B, h *Hub, handles []string) *atomic.Int64 {
	b.Helper()
	lines := new(atomic.Int64)
	for _, handle := range handles {
		e := &Endpoint{Version: msnp.MSNP7, Session: counter{lines}}
		p, _, err := h.SignIn(handle, "", e)
		if err != nil {
			b.Fatal(err)
		}
		p.Load(e, roster.NewPrivacy(false))
		p.Arrive(e)
	}
	return lines
}

// watchers are handles of shards of their own.
func watchers(n int) []string {
	var handles []string
	shards := make(map[int]bool)
	for i := 0; len(handles) < n; i++ {
		handle := fmt.Sprintf("watcher%d@example.test", i)
		if shard := cluster.ShardOf(handle); !shards[shard] {
			shards[shard] = true
			handles = append(handles, handle)
		}
	}
	return handles
}

// BenchmarkStatus is a change of status that 100 watchers are told of: without a
// bus, on the same node of two, and on the other.
func BenchmarkStatus(b *testing.B) {
	handles := watchers(100)
	b.Run("alone", func(b *testing.B) {
		h := newHub(b, Options{})
		benchmarkStatus(b, h, handles, audience(b, h, handles))
	})
	b.Run("same node", func(b *testing.B) {
		w := newWorld(b, Options{}, "one", "two")
		h := w.nodes["one"].hub
		benchmarkStatus(b, h, handles, audience(b, h, handles))
	})
	b.Run("other node", func(b *testing.B) {
		w := newWorld(b, Options{}, "one", "two")
		for _, handle := range handles {
			w.owned.set(handle, "two", "")
		}
		benchmarkStatus(b, w.nodes["one"].hub, handles, audience(b, w.nodes["two"].hub, handles))
	})
}

func benchmarkStatus(b *testing.B, h *Hub, handles []string, lines *atomic.Int64) {
	e := &Endpoint{Version: msnp.MSNP7, Session: counter{new(atomic.Int64)}}
	p, _, err := h.SignIn("subject@example.test", "Subject", e)
	if err != nil {
		b.Fatal(err)
	}
	p.Load(e, watched(handles...))
	statuses := [...]msnp.Status{msnp.StatusOnline, msnp.StatusBusy}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		p.SetStatus(e, Appearance{Status: statuses[i%2]})
		// So many may be on their way.
		for behind := int64(64); lines.Load()+behind*int64(len(handles)) < int64(i+1)*int64(len(handles)); {
			<-time.After(10 * time.Microsecond)
		}
	}
	for want := int64(b.N) * int64(len(handles)); lines.Load() < want; {
		<-time.After(10 * time.Microsecond)
	}
	b.ReportMetric(float64(b.N)*float64(len(handles))/b.Elapsed().Seconds(), "notices/s")
}

// BenchmarkGather is what a sign-in hears of 50 contacts: on its own node, and on
// three others.
func BenchmarkGather(b *testing.B) {
	handles := watchers(50)
	for _, away := range []bool{false, true} {
		b.Run(fmt.Sprintf("away=%v", away), func(b *testing.B) {
			w := newWorld(b, Options{}, "one", "two", "three", "four")
			lists := roster.NewPrivacy(false)
			for i, handle := range handles {
				at := "one"
				if away {
					at = w.ids[1+i%3]
				}
				w.owned.set(handle, at, "")
				e := &Endpoint{Version: msnp.MSNP7, Session: counter{new(atomic.Int64)}}
				p, _, err := w.nodes[at].hub.SignIn(handle, "x", e)
				if err != nil {
					b.Fatal(err)
				}
				p.Load(e, watched("subject@example.test"))
				p.SetStatus(e, Appearance{Status: msnp.StatusOnline})
				lists.Set(handle, roster.Forward)
			}
			lines := new(atomic.Int64)
			e := &Endpoint{Version: msnp.MSNP7, Session: counter{lines}}
			p, _, err := w.nodes["one"].hub.SignIn("subject@example.test", "x", e)
			if err != nil {
				b.Fatal(err)
			}
			p.Load(e, lists)
			p.Arrive(e)
			b.ReportAllocs()
			for b.Loop() {
				p.Contacts(e, 1, false)
			}
			if got, want := lines.Load(), int64(b.N*len(handles)); got < want {
				b.Errorf("%d were told, not %d", got, want)
			}
		})
	}
}

// Somebody who is signed in and does nothing costs memory for a long time.
func TestSmall(t *testing.T) {
	if size := unsafe.Sizeof(Principal{}) + unsafe.Sizeof(Endpoint{}); size > 350 {
		t.Errorf("a principal and its endpoint take %d octets, without what they refer to", size)
	}
}

// A change of status that is told on one node takes no more memory for many
// watchers than for one, but for the list of whom to flush.
func TestFanAllocates(t *testing.T) {
	handles := watchers(100)
	h := newHub(t, Options{})
	lines := new(atomic.Int64)
	for _, handle := range handles {
		e := &Endpoint{Version: msnp.MSNP7, Session: counter{lines}}
		p, _, err := h.SignIn(handle, "", e)
		if err != nil {
			t.Fatal(err)
		}
		p.Arrive(e)
	}
	subject := signIn(h, "subject", handles...)
	statuses := [...]msnp.Status{msnp.StatusOnline, msnp.StatusBusy}
	i := 0
	allocs := testing.AllocsPerRun(100, func() {
		subject.SetStatus(subject.endpoint, Appearance{Status: statuses[i%2]})
		i++
	})
	if allocs > 12 {
		t.Errorf("%v allocations for 100 watchers", allocs)
	}
}

// Nor does a change of what is personal, nor of everything, with clients of several
// versions.
func TestFanOfLooksAllocates(t *testing.T) {
	h := newHub(t, Options{})
	handles := watchers(100)
	versions := []msnp.Version{msnp.MSNP7, msnp.MSNP8, msnp.MSNP11, msnp.MSNP12}
	for i, handle := range handles {
		p := attachWith(h, versions[i%len(versions)], handle)
		p.endpoint.Session = counter{new(atomic.Int64)}
		p.Arrive(p.endpoint)
		p.Ready(p.endpoint)
	}
	subject := signInWith(h, msnp.MSNP12, "subject", handles...)
	subject.SetStatus(subject.endpoint, fullLook)
	i := 0
	for name, change := range map[string]func(){
		"personal": func() { subject.SetPersonal(subject.endpoint, message([]string{"x", "y"}[i%2])) },
		"status": func() {
			subject.SetStatus(subject.endpoint, Appearance{Status: msnp.StatusOnline, Capabilities: msnp.Capabilities(i)})
		},
	} {
		if allocs := testing.AllocsPerRun(100, func() { change(); i++ }); allocs > 20 {
			t.Errorf("%s: %v allocations for 100 watchers", name, allocs)
		}
	}
}
