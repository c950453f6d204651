package roster

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/papilio-im/papilio/internal/store"
	"github.com/papilio-im/papilio/internal/store/postgrestest"
)

// childURL makes the test program another process that edits lists, for
// TestKilled to kill.
const childURL = "PAPILIO_TEST_EDIT_LISTS"

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		panic(editForever(context.Background(), url, os.Stdout))
	}
	postgrestest.Main(m)
}

// step is the n-th edit of editForever: owner puts handle on the forward list,
// or takes it off again.
func step(n int) (owner, handle string) {
	who := []string{ada, bea, carl, dora}
	i := n * 7 % 12
	return who[i%4], who[(i%4+1+i/4)%4]
}

// editForever makes one edit after another, and says so after each.
func editForever(ctx context.Context, url string, ack io.Writer) error {
	db, err := store.Open(ctx, store.Options{URL: url})
	if err != nil {
		return err
	}
	s, err := New(Options{DB: db})
	if err != nil {
		return err
	}
	on := make(map[[2]string]bool)
	for n := 0; ; n++ {
		owner, handle := step(n)
		pair := [2]string{owner, handle}
		if on[pair] {
			_, err = s.Remove(ctx, owner, RemoveRequest{List: Forward, Handle: handle, Group: NoGroup})
		} else {
			_, err = s.Add(ctx, owner, AddRequest{List: Forward, Handle: handle})
		}
		if err != nil {
			return fmt.Errorf("edit %d: %w", n, err)
		}
		on[pair] = !on[pair]
		if _, err := fmt.Fprintln(ack, n); err != nil {
			return err
		}
	}
}

// afterSteps gives everybody's lists after so many edits.
func afterSteps(steps int) map[string]map[string]string {
	on := make(map[[2]string]Lists)
	for n := range steps {
		owner, handle := step(n)
		on[[2]string{owner, handle}] ^= Forward
		on[[2]string{handle, owner}] ^= Reverse | Pending
	}
	all := make(map[string]map[string]string)
	for _, h := range []string{ada, bea, carl, dora} {
		all[h] = make(map[string]string)
	}
	for pair, l := range on {
		if l != 0 {
			all[pair[0]][pair[1]] = l.String()
		}
	}
	return all
}

// Nothing acknowledged is lost when the process is killed, and the one edit
// that was under way is there for both people or for none.
func TestKilled(t *testing.T) {
	for engine, url := range keptEngines {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			editAndKill(t, url)
		})
	}
}

func editAndKill(t *testing.T, newURL func(testing.TB) string) {
	t.Helper()
	for _, enough := range []int{1, 60, 151} {
		url := newURL(t)
		setUp(t, url)
		acknowledged := runAndKill(t, url, enough)
		db := openURL(t, url)
		s := newService(t, db)
		got := everybody(t, s)
		// The database may still be busy with the edit of a process that is gone.
		for deadline := time.Now().Add(20 * time.Second); !isAfter(got, acknowledged) && time.Now().Before(deadline); {
			got = everybody(t, s)
		}
		if !isAfter(got, acknowledged) {
			t.Errorf("after %d acknowledged edits:\n%v\nwant\n%v", acknowledged, got, afterSteps(acknowledged))
		}
	}
}

// everybody gives the lists of all four.
func everybody(t *testing.T, s *Service) map[string]map[string]string {
	t.Helper()
	all := make(map[string]map[string]string)
	for _, h := range []string{ada, bea, carl, dora} {
		all[h] = lists(t, s, h)
	}
	return all
}

// isAfter tells whether lists are those after the acknowledged edits, or after
// the one that was under way too.
func isAfter(got map[string]map[string]string, acknowledged int) bool {
	return equalLists(got, afterSteps(acknowledged)) || equalLists(got, afterSteps(acknowledged+1))
}

func setUp(t *testing.T, url string) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	people(t, db, ada, bea, carl, dora)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// runAndKill lets another process edit until it has acknowledged enough edits,
// kills it in the middle of its work, and gives the number that it
// acknowledged in the end.
func runAndKill(t *testing.T, url string, enough int) (acknowledged int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	child := exec.CommandContext(ctx, os.Args[0])
	child.Env = append(os.Environ(), childURL+"="+url)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		if acknowledged = n + 1; acknowledged == enough {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = child.Wait() // it was killed
	if acknowledged < enough {
		t.Fatalf("the other process stopped after %d edits", acknowledged)
	}
	return acknowledged
}

func equalLists(a, b map[string]map[string]string) bool {
	return maps.EqualFunc(a, b, maps.Equal[map[string]string])
}
