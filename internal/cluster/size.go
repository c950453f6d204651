package cluster

// Size is how many octets the data of a message takes on the bus. It is for
// those who reckon what a larger service would need.
func Size(m message) int { return len(encode(m)) }

// RecordSize is the same for what a node says of itself at every renewal of its
// lease.
func RecordSize(m Member) int {
	r := nodeRecord{
		incarnation: m.Incarnation, state: m.State, roles: m.Roles, load: uint64(max(m.Load, 0)),
		software: m.Software, started: m.Started, lease: DefaultLease, database: m.Database,
	}
	for role, address := range m.Addresses {
		r.addresses = append(r.addresses, roleAddress{role, address})
	}
	return Size(&r)
}
