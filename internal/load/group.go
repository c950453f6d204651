package load

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// errAway says that somebody is not signed in now.
var errAway = errors.New("somebody is not signed in")

// groups divides those who are signed in into groups, by where they are. In a group
// of OtherNode nobody is where the first one is.
func (r *run) groups(size int, p Placement) ([][]*session, error) {
	byServer := make(map[string][]*session)
	for _, s := range r.sessions {
		if server := s.server(); server != "" {
			if p == Anywhere {
				server = ""
			}
			byServer[server] = append(byServer[server], s)
		}
	}
	groups := together
	if p == OtherNode {
		groups = across
	}
	all := groups(byServer, size)
	if len(all) == 0 {
		return nil, fmt.Errorf("no %d clients are on %s: more accounts are needed, or more notification servers", size, p.words())
	}
	return all, nil
}

func (p Placement) words() string {
	switch p {
	case SameNode:
		return "one notification server"
	case OtherNode:
		return "different notification servers"
	case Anywhere:
	}
	return "any"
}

// together makes groups that are on one server each.
func together(byServer map[string][]*session, size int) [][]*session {
	var groups [][]*session
	for _, server := range slices.Sorted(maps.Keys(byServer)) {
		for all := byServer[server]; len(all) >= size; all = all[size:] {
			groups = append(groups, all[:size:size])
		}
	}
	return groups
}

// across makes groups whose first one is alone on its server, as long as it goes.
// It takes from where most are left.
func across(byServer map[string][]*session, size int) [][]*session {
	var servers [][]*session
	for _, server := range slices.Sorted(maps.Keys(byServer)) {
		servers = append(servers, byServer[server])
	}
	var groups [][]*session
	for {
		first, ok := firstOf(servers, size)
		if !ok {
			return groups
		}
		group := []*session{take(&servers[first])}
		for len(group) < size {
			group = append(group, take(&servers[fullest(servers, first)]))
		}
		groups = append(groups, group)
	}
}

// firstOf gives the server that the first of a group comes from: the fullest, or
// the emptiest if the others have too few for the rest of the group then.
func firstOf(servers [][]*session, size int) (int, bool) {
	total, emptiest := 0, -1
	for i, all := range servers {
		total += len(all)
		if len(all) > 0 && (emptiest < 0 || len(all) < len(servers[emptiest])) {
			emptiest = i
		}
	}
	if emptiest < 0 {
		return 0, false
	}
	if most := fullest(servers, -1); total-len(servers[most]) >= size-1 {
		return most, true
	}
	return emptiest, total-len(servers[emptiest]) >= size-1
}

// fullest gives the server that has the most, but for one of them.
func fullest(servers [][]*session, but int) int {
	most := -1
	for i, all := range servers {
		if i != but && (most < 0 || len(servers[most]) < len(all)) {
			most = i
		}
	}
	return most
}

func take(from *[]*session) *session {
	s := (*from)[0]
	*from = (*from)[1:]
	return s
}
