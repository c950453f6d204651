package crowd

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// history is what a client was told or somebody has done, for whoever has to find
// out why a client was told something wrong.
type history struct {
	mu    sync.Mutex
	about map[string][]moment // by contact; "" is the client itself
}

type moment struct {
	at   time.Time
	what string
}

// maxMoments is how much of it is kept of each contact.
const maxMoments = 6

func (h *history) add(about, format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.about == nil {
		h.about = make(map[string][]moment)
	}
	all := append(h.about[about], moment{time.Now(), fmt.Sprintf(format, args...)})
	if len(all) > maxMoments {
		all = all[1:]
	}
	h.about[about] = all
}

// of is what the client was told of a contact, and what became of itself.
func (h *history) of(contact string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var parts []string
	for _, m := range h.about[contact] {
		parts = append(parts, m.String())
	}
	for _, m := range h.about[""] {
		parts = append(parts, "it "+m.String())
	}
	return "was told: " + strings.Join(parts, ", ")
}

// deeds is what somebody has done about another, in all of their sessions, and
// which statuses they have set.
func (h *history) deeds(about string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var parts []string
	for _, m := range append(slices.Clone(h.about[about]), h.about[""]...) {
		parts = append(parts, m.String())
	}
	return strings.Join(parts, ", ")
}

// outcome says how something ended.
func outcome(err error) string {
	if err != nil {
		return "not done: " + err.Error()
	}
	return "done"
}

// String is what was told, and when, by the clock that the logs have.
func (m moment) String() string { return m.what + " at " + m.at.UTC().Format("15:04:05.000") }
