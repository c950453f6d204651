package presence

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/papilio-im/papilio/internal/roster"
	"github.com/papilio-im/papilio/msnp"
)

// Who comes back after a restart before somebody they watch was taken in sees
// them all the same.
func TestAnnounce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(t, Options{Lists: func(context.Context, string) (roster.Privacy, error) { return watched("bea", "cleo"), nil }})
		bea := watcher(h, "bea")
		states := []State{{Handle: "ada", Name: "Ada", Status: msnp.StatusBusy}, {Handle: "dan", Status: msnp.StatusHidden}}
		if err := h.Import(t.Context(), states); err != nil {
			t.Fatal(err)
		}
		heard(t, bea)
		h.Announce([]string{"ada", "dan", "nobody"})
		heard(t, bea, "NLN BSY ada Ada")
		ada := signIn(h, "ada", "bea")
		ada.set(msnp.StatusBusy)
		h.Announce([]string{"ada"})
		heard(t, bea) // her client speaks for her
	})
}
