package referral

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"testing"

	"github.com/papilio-im/papilio/internal/cluster"
)

var _ Directory = (*cluster.Node)(nil)

// directory is a service whose nodes are written down.
type directory struct {
	owners  map[string]cluster.Owner
	members []cluster.Member
}

func (directory) ID() string { return "here" }

func (d directory) Owner(handle string) (cluster.Owner, bool) {
	o, ok := d.owners[handle]
	return o, ok
}

func (d directory) AwaitOwner(_ context.Context, handle string) (cluster.Owner, bool) {
	return d.Owner(handle)
}

func (d directory) Members() []cluster.Member { return d.Switchboards() }

func (d directory) Switchboards() []cluster.Member {
	return append([]cluster.Member(nil), d.members...)
}

func testReferrer(t testing.TB, d directory) *Referrer {
	t.Helper()
	r, err := New(Options{Cluster: d, NotificationPort: 1864, SwitchboardPort: 1865})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func at(s string) netip.AddrPort {
	if s == "" {
		return netip.AddrPort{}
	}
	return netip.MustParseAddrPort(s)
}

func TestNotificationServer(t *testing.T) {
	r := testReferrer(t, directory{owners: map[string]cluster.Owner{
		"plain":  {Node: "here", Self: true},
		"public": {Node: "here", Self: true, Address: "ns.example.test:443"},
		"ip":     {Node: "here", Self: true, Address: "10.0.0.5:1864"},
		"other":  {Node: "there", Address: "10.0.0.9:1864"},
		"lost":   {Node: "there"},
	}})
	for _, test := range []struct {
		handle, local string
		want          string
		self          bool
		err           error
		same          bool
	}{
		// From the dispatch server.
		{handle: "plain", local: "10.0.0.5:1863", want: "10.0.0.5:1864", self: true},
		{handle: "plain", local: "[::ffff:10.0.0.5]:1863", want: "10.0.0.5:1864", self: true},
		{handle: "plain", local: "[2001:db8::5]:1863", want: "[2001:db8::5]:1864", self: true},
		{handle: "plain", local: "[fe80::1%eth0]:1863", want: "[fe80::1]:1864", self: true},
		{handle: "public", local: "10.0.0.5:1863", want: "ns.example.test:443", self: true},
		{handle: "other", local: "10.0.0.5:1863", want: "10.0.0.9:1864"},
		// From a notification server.
		{handle: "other", local: "10.0.0.5:1864", want: "10.0.0.9:1864"},
		{handle: "plain", local: "10.0.0.5:1864", want: "10.0.0.5:1864", self: true, same: true},
		{handle: "public", local: "10.0.0.5:1864", want: "ns.example.test:443", self: true, same: true},
		{handle: "ip", local: "[::ffff:10.0.0.5]:1864", want: "10.0.0.5:1864", self: true, same: true},
		// What must not be, and would send the client round in a circle.
		{handle: "other", local: "10.0.0.9:1864", want: "10.0.0.9:1864", same: true},
		{handle: "nobody", local: "10.0.0.5:1863", err: ErrNoOwner},
		{handle: "lost", local: "10.0.0.5:1863", err: ErrNoAddress},
		{handle: "plain", local: "", err: ErrNoAddress},
		{handle: "plain", local: "0.0.0.0:1863", err: ErrNoAddress},
	} {
		got, err := r.NotificationServer(test.handle, at(test.local))
		if got.HostPort != test.want || got.Self != test.self {
			t.Errorf("%s on %s: got %+v, want %s", test.handle, test.local, got, test.want)
		}
		var same *SameEndpointError
		switch {
		case test.same:
			if !errors.As(err, &same) || same.HostPort != test.want {
				t.Errorf("%s on %s: %v, want to hear that it is there", test.handle, test.local, err)
			}
		case !errors.Is(err, test.err):
			t.Errorf("%s on %s: %v, want %v", test.handle, test.local, err, test.err)
		}
	}
}

func server(node, address string, state cluster.State, roles ...cluster.Role) cluster.Member {
	m := cluster.Member{Node: node, Self: node == "here", State: state, Roles: roles}
	if address != "" {
		m.Addresses = map[cluster.Role]string{cluster.RoleNotification: address}
	}
	return m
}

// TestAnyNotificationServer is a client that has not said who it is: it goes to
// any notification server that takes somebody new.
func TestAnyNotificationServer(t *testing.T) {
	const ns, sb = cluster.RoleNotification, cluster.RoleSwitchboard
	for name, test := range map[string]struct {
		members []cluster.Member
		owners  map[string]cluster.Owner
		local   string
		want    []string
		err     error
	}{
		"one of all": {
			members: []cluster.Member{
				server("a", "10.0.0.1:1864", cluster.StateActive, ns), server("b", "10.0.0.2:1864", cluster.StateActive, ns, sb),
				server("c", "10.0.0.3:1864", cluster.StateDraining, ns), server("d", "10.0.0.4:1864", cluster.StateJoining, ns),
				server("e", "", cluster.StateActive, ns), server("f", "10.0.0.6:1864", cluster.StateActive, sb),
			},
			want: []string{"10.0.0.1:1864", "10.0.0.2:1864"},
		},
		"by way of the dispatch server of this node": {
			members: []cluster.Member{server("here", "", cluster.StateActive, ns), server("b", "10.0.0.2:1864", cluster.StateActive, ns)},
			want:    []string{"10.0.0.5:1864", "10.0.0.2:1864"},
		},
		"there already": {
			members: []cluster.Member{server("here", "", cluster.StateActive, ns), server("b", "10.0.0.2:1864", cluster.StateActive, ns)},
			local:   "10.0.0.5:1864",
			want:    []string{"10.0.0.5:1864"},
			err:     &SameEndpointError{},
		},
		"there, but it is drained": {
			members: []cluster.Member{server("here", "", cluster.StateDraining, ns), server("b", "10.0.0.2:1864", cluster.StateActive, ns)},
			local:   "10.0.0.5:1864",
			want:    []string{"10.0.0.2:1864"},
		},
		"a node that is on no bus": {
			members: []cluster.Member{server("here", "", cluster.StateActive, sb)},
			owners:  map[string]cluster.Owner{"": {Node: "10.0.0.9:1864", Address: "10.0.0.9:1864"}},
			want:    []string{"10.0.0.9:1864"},
		},
		"none": {err: ErrNoOwner, want: []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			local := cmp.Or(test.local, "10.0.0.5:1863")
			taken := make(map[string]bool)
			for range 200 {
				got, err := testReferrer(t, directory{owners: test.owners, members: test.members}).AnyNotificationServer(at(local))
				var same *SameEndpointError
				if errors.As(test.err, &same) != errors.As(err, &same) || same == nil && !errors.Is(err, test.err) {
					t.Fatalf("%v, want %v", err, test.err)
				}
				taken[got.HostPort] = true
			}
			for _, want := range test.want {
				if !taken[want] {
					t.Errorf("%q was never taken", want)
				}
			}
			if len(taken) != len(test.want) {
				t.Errorf("taken were %v, want %v", taken, test.want)
			}
		})
	}
}

func TestAwaitNotificationServer(t *testing.T) {
	r := testReferrer(t, directory{owners: map[string]cluster.Owner{"other": {Node: "there", Address: "10.0.0.9:1864"}}})
	if got, err := r.AwaitNotificationServer(t.Context(), "other", at("10.0.0.5:1863")); err != nil || got.HostPort != "10.0.0.9:1864" {
		t.Errorf("got %+v, %v", got, err)
	}
	if _, err := r.AwaitNotificationServer(t.Context(), "nobody", at("10.0.0.5:1863")); !errors.Is(err, ErrNoOwner) {
		t.Errorf("got %v", err)
	}
}

func board(node, address string, load int, draining bool) cluster.Member {
	m := cluster.Member{Node: node, Self: node == "here", Load: load, State: cluster.StateActive}
	if draining {
		m.State = cluster.StateDraining
	}
	if address != "" {
		m.Addresses = map[cluster.Role]string{cluster.RoleSwitchboard: address}
	}
	return m
}

func TestSwitchboard(t *testing.T) {
	local := at("10.0.0.5:1864")
	for name, test := range map[string]struct {
		members []cluster.Member
		want    string
		err     error
	}{
		"alone":            {[]cluster.Member{board("here", "", 7, false)}, "10.0.0.5:1865", nil},
		"advertised":       {[]cluster.Member{board("here", "sb.example.test:80", 7, false)}, "sb.example.test:80", nil},
		"elsewhere":        {[]cluster.Member{board("there", "10.0.0.9:1865", 7, false)}, "10.0.0.9:1865", nil},
		"the lighter":      {[]cluster.Member{board("here", "", 7, false), board("there", "10.0.0.9:1865", 6, false)}, "10.0.0.9:1865", nil},
		"draining":         {[]cluster.Member{board("here", "", 7, false), board("there", "10.0.0.9:1865", 0, true)}, "10.0.0.5:1865", nil},
		"without address":  {[]cluster.Member{board("here", "", 7, false), board("there", "", 0, false)}, "10.0.0.5:1865", nil},
		"none":             {nil, "", ErrNoSwitchboard},
		"all are draining": {[]cluster.Member{board("here", "", 7, true), board("there", "10.0.0.9:1865", 0, true)}, "", ErrNoSwitchboard},
	} {
		r := testReferrer(t, directory{members: test.members})
		for range 20 {
			got, err := r.Switchboard(local)
			if got.HostPort != test.want || !errors.Is(err, test.err) {
				t.Errorf("%s: got %+v, %v, want %s, %v", name, got, err, test.want, test.err)
			}
		}
	}
	r := testReferrer(t, directory{members: []cluster.Member{board("here", "", 0, false)}})
	if _, err := r.Switchboard(netip.AddrPort{}); !errors.Is(err, ErrNoAddress) {
		t.Errorf("without a local address: %v", err)
	}
}

// Two choices never take the one with most to do, and with equal loads take
// all alike.
func TestSwitchboardSpread(t *testing.T) {
	const rounds = 20000
	count := func(loads ...int) []int {
		names := []string{"a", "b", "c", "d"}
		var d directory
		for i, load := range loads {
			d.members = append(d.members, board(names[i], "10.0.0.9:1865", load, false))
		}
		r := testReferrer(t, d)
		taken := make([]int, len(loads))
		for range rounds {
			got, err := r.Switchboard(netip.AddrPort{})
			if err != nil {
				t.Fatal(err)
			}
			taken[got.Node[0]-'a']++
		}
		return taken
	}
	for i, n := range count(5, 5, 5, 5) {
		if n < rounds/4*9/10 || n > rounds/4*11/10 {
			t.Errorf("equal loads: %d was taken %d times of %d", i, n, rounds)
		}
	}
	// Chances of 3/6, 2/6, 1/6 and none.
	for i, n := range count(1, 2, 3, 4) {
		want := rounds * (3 - i) / 6
		if n < want*9/10 || n > want*11/10 {
			t.Errorf("unequal loads: %d was taken %d times, want about %d", i, n, want)
		}
	}
}

func TestSwitchboardOf(t *testing.T) {
	r := testReferrer(t, directory{})
	for _, test := range []struct {
		node, address, want string
		err                 error
	}{
		{"here", "", "10.0.0.5:1865", nil},
		{"here", "sb.example.test:1865", "sb.example.test:1865", nil},
		{"there", "10.0.0.9:1865", "10.0.0.9:1865", nil},
		{"there", "", "", ErrNoAddress},
	} {
		got, err := r.SwitchboardOf(cluster.Invitation{SwitchboardNode: test.node, Switchboard: test.address}, at("10.0.0.5:1864"))
		if got.HostPort != test.want || !errors.Is(err, test.err) {
			t.Errorf("%+v: got %+v, %v", test, got, err)
		}
	}
}

func TestSameEndpoint(t *testing.T) {
	for _, test := range []struct {
		hostPort, local string
		want            bool
	}{
		{"10.0.0.5:1864", "10.0.0.5:1864", true},
		{"10.0.0.5:1864", "[::ffff:10.0.0.5]:1864", true},
		{"[fe80::1]:1864", "[fe80::1%eth0]:1864", true},
		{"10.0.0.5:1864", "10.0.0.5:1863", false},
		{"10.0.0.6:1864", "10.0.0.5:1864", false},
		{"ns.example.test:1864", "10.0.0.5:1864", false},
		{"", "10.0.0.5:1864", false},
	} {
		if got := SameEndpoint(test.hostPort, at(test.local)); got != test.want {
			t.Errorf("%s on %s: %v", test.hostPort, test.local, got)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, o := range []Options{{}, {NotificationPort: 1, SwitchboardPort: 1}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

// TestServersElsewhere is a dispatch server alone: it knows the address of the
// notification server only if that is advertised.
func TestServersElsewhere(t *testing.T) {
	r, err := New(Options{Cluster: directory{owners: map[string]cluster.Owner{
		"plain": {Node: "here", Self: true},
		"there": {Node: "there", Address: "10.0.0.9:1864"},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.NotificationServer("plain", at("10.0.0.5:1863")); !errors.Is(err, ErrNoAddress) {
		t.Errorf("without a port: %v", err)
	}
	if got, err := r.NotificationServer("there", at("10.0.0.5:1863")); err != nil || got.HostPort != "10.0.0.9:1864" || got.Self {
		t.Errorf("%+v, %v", got, err)
	}
}

func BenchmarkNotificationServer(b *testing.B) {
	r := testReferrer(b, directory{owners: map[string]cluster.Owner{"plain": {Node: "here", Self: true}}})
	local := at("10.0.0.5:1863")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.NotificationServer("plain", local); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSwitchboard(b *testing.B) {
	var d directory
	for _, node := range []string{"a", "b", "c", "d"} {
		d.members = append(d.members, board(node, "10.0.0.9:1865", 3, false))
	}
	r := testReferrer(b, d)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Switchboard(netip.AddrPort{}); err != nil {
			b.Fatal(err)
		}
	}
}
