package cluster

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

func TestSecret(t *testing.T) {
	n := start(t, Options{Node: "one"})
	first, err := n.Secret(t.Context(), "cookies")
	if err != nil || len(first) != SecretSize {
		t.Fatalf("%d octets, %v", len(first), err)
	}
	again, err := n.Secret(t.Context(), "cookies")
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("the second time another, %v", err)
	}
	other, err := n.Secret(t.Context(), "tickets")
	if err != nil || bytes.Equal(first, other) {
		t.Errorf("the same under another name, %v", err)
	}
	if _, err := n.Secret(t.Context(), "a name"); err == nil {
		t.Error("a name that cannot be was taken")
	}
}

// However many nodes ask for a secret that nobody has made, all get the same.
func TestSecretRace(t *testing.T) {
	bus := startNATS(t, -1).ClientURL()
	var nodes []*Node
	for i := range 6 {
		nodes = append(nodes, start(t, Options{Node: fmt.Sprint("n", i), NATSURL: bus}))
	}
	for round := range 5 {
		secrets := make([][]byte, 4*len(nodes))
		var all sync.WaitGroup
		for i := range secrets {
			all.Go(func() {
				var err error
				secrets[i], err = nodes[i%len(nodes)].Secret(t.Context(), fmt.Sprint("name", round))
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, s := range secrets[1:] {
			if !bytes.Equal(s, secrets[0]) {
				t.Fatal("two secrets of one name")
			}
		}
	}
}
