package roster

import (
	"fmt"
	"runtime"
	"testing"
)

// crowd gives a database in a file in which the first of n accounts has the
// others on its forward and allow lists, and they have it.
func crowd(tb testing.TB, n int) (*Service, []string) {
	tb.Helper()
	handles := make([]string, n)
	for i := range handles {
		handles[i] = fmt.Sprintf("person%05d@example.net", i)
	}
	db := engines["sqlite file"](tb)
	people(tb, db, handles...)
	s := newService(tb, db)
	for _, h := range handles[1:] {
		for _, list := range []Lists{Forward, Allow} {
			mustAdd(tb, s, handles[0], AddRequest{List: list, Handle: h, Grouped: true})
			mustAdd(tb, s, h, AddRequest{List: list, Handle: handles[0]})
		}
	}
	return s, handles
}

func BenchmarkPrivacy(b *testing.B) {
	s, handles := crowd(b, 51)
	b.ReportAllocs()
	for b.Loop() {
		if p, err := s.Privacy(b.Context(), handles[0]); err != nil || p.Len() != 50 {
			b.Fatal(p.Len(), err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	s, handles := crowd(b, 51)
	b.ReportAllocs()
	for b.Loop() {
		if full, err := s.Load(b.Context(), handles[0], Known{}); err != nil || len(full.Contacts) != 50 {
			b.Fatal(len(full.Contacts), err)
		}
	}
}

func BenchmarkAddRemove(b *testing.B) {
	s, handles := crowd(b, 51)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Remove(b.Context(), handles[0], RemoveRequest{List: Forward, Handle: handles[1], Group: NoGroup}); err != nil {
			b.Fatal(err)
		}
		mustAdd(b, s, handles[0], AddRequest{List: Forward, Handle: handles[1]})
	}
}

func BenchmarkCanSee(b *testing.B) {
	s, handles := crowd(b, 51)
	p, err := s.Privacy(b.Context(), handles[0])
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if !CanSee(&p, handles[37]) {
			b.Fatal("hidden")
		}
	}
}

// BenchmarkPrivacyMemory tells what a signed-in account with 50 contacts
// costs when the contacts are signed in as well.
func BenchmarkPrivacyMemory(b *testing.B) {
	s, handles := crowd(b, 51)
	const people = 2000
	for b.Loop() {
		keep := make([]Privacy, people)
		before := heap()
		for i := range keep {
			p, err := s.Privacy(b.Context(), handles[0])
			if err != nil {
				b.Fatal(err)
			}
			keep[i] = p
		}
		b.ReportMetric(float64(heap()-before)/people, "B/person")
		runtime.KeepAlive(keep)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
