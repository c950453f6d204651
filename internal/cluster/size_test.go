package cluster

import "testing"

// What is reckoned with is what is sent.
func TestSizes(t *testing.T) {
	q := &Question{Handle: "anna@example.com"}
	if got, want := Size(q), len(encode(q)); got != want {
		t.Errorf("a question has %d octets, want %d", got, want)
	}
	m := Member{
		Node: "a", Incarnation: "1234567890abcdef", State: StateActive, Roles: Roles(), Software: "v1",
		Addresses: map[Role]string{RoleNotification: "a.example.com:1864"}, Load: 7,
	}
	var r nodeRecord
	r.incarnation, r.state, r.roles, r.software, r.load = m.Incarnation, m.State, m.Roles, m.Software, 7
	r.addresses = []roleAddress{{RoleNotification, "a.example.com:1864"}}
	r.lease = DefaultLease
	if got, want := RecordSize(m), len(encode(&r)); got != want {
		t.Errorf("a record has %d octets, want %d", got, want)
	}
}
