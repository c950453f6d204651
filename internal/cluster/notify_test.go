package cluster

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A node whose lease has ended tells others nothing of its accounts.
func TestNotifyNeedsALease(t *testing.T) {
	url := startNATS(t, -1).ClientURL()
	n := start(t, Options{Node: "ns", NATSURL: url, Lease: time.Minute, Advertise: map[Role]string{RoleNotification: "192.0.2.1:1864"}})
	heard := make(chan Notice, 10)
	if err := n.ServeNotices(func(_ context.Context, m Notice) { heard <- m }); err != nil {
		t.Fatal(err)
	}
	var notice Packed
	if err := n.Notify("ns", notice); err != nil {
		t.Fatal(err)
	}
	receive(t, heard)
	n.keeper.current.Load().lease.finish()
	if err := n.Notify("ns", notice); !errors.Is(err, errNotServing) {
		t.Errorf("without a lease: %v", err)
	}
}
