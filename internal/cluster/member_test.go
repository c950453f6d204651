package cluster

import (
	"reflect"
	"testing"
)

func TestMembersAlone(t *testing.T) {
	addresses := map[Role]string{RoleSwitchboard: "sb.example.test:1865", RoleWeb: ""}
	n := start(t, Options{Node: "one", Advertise: addresses, Software: "1.2"})
	addresses[RoleSwitchboard] = "changed"
	before := n.bus.Stats()
	for _, load := range []int{0, 7, 3} {
		n.SetLoad(load)
		want := []Member{{
			Node: "one", Self: true, Roles: Roles(), Load: load,
			Addresses: map[Role]string{RoleSwitchboard: "sb.example.test:1865"},
			State:     StateJoining, Software: "1.2", Incarnation: n.self.Incarnation, Started: n.self.Started,
		}}
		if got := n.Members(); !reflect.DeepEqual(got, want) {
			t.Errorf("members: %+v", got)
		}
		if got := n.Switchboards(); !reflect.DeepEqual(got, want) {
			t.Errorf("switchboards: %+v", got)
		}
	}
	if after := n.bus.Stats(); after != before {
		t.Errorf("the bus was used: %+v, before %+v", after, before)
	}
	if got := n.Address(RoleSwitchboard); got != "sb.example.test:1865" {
		t.Errorf("the address is %q", got)
	}
	if got := n.Address(RoleWeb); got != "" {
		t.Errorf("the address of the web role is %q", got)
	}
}

func TestNoSwitchboard(t *testing.T) {
	n := start(t, Options{Node: "one", Roles: []Role{RoleNotification, RoleWeb}})
	if got := n.Switchboards(); len(got) != 0 {
		t.Errorf("switchboards: %+v", got)
	}
	if got := n.Members(); len(got) != 1 || got[0].Has(RoleSwitchboard) || !got[0].Has(RoleWeb) {
		t.Errorf("members: %+v", got)
	}
}
