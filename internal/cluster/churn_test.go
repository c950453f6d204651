package cluster

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"
)

// Nodes come, go, are drained and cut off, in the middle of whatever the others
// are doing. Never do two own a shard; and when it is over, all is in place.
func TestChurn(t *testing.T) {
	t.Parallel()
	team := newCrew(t)
	srv := newBusServer(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var hands []*hand
	var wires []*wire
	for _, id := range []string{"a", "b", "c", "d"} {
		w := newWire(t, srv)
		h := team.sign(w.url(), id)
		h.move = func(ctx context.Context, _ int, _ Member) error { return h.DrainRate().Wait(ctx, 1) }
		hands, wires = append(hands, h), append(wires, w)
	}
	vigil(t, hands...)
	activate(t, hands...)
	for end := time.Now().Add(4 * time.Second); time.Now().Before(end); {
		i := random.IntN(len(hands))
		switch random.IntN(5) {
		case 0:
			wires[i].sever()
		case 1, 2:
			wires[i].mend()
		case 3:
			if err := hands[i].Drain(1000); err != nil {
				t.Fatal(err)
			}
		case 4:
			if err := hands[i].Undrain(); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, time.Duration(random.IntN(400))*time.Millisecond)
	}
	for i, h := range hands {
		wires[i].mend()
		if err := h.Undrain(); err != nil {
			t.Fatal(err)
		}
	}
	inPlace(t, hands)
}
