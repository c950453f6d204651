package load

import (
	"cmp"
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
	var groups [][]*session
	if p == OtherNode {
		groups = across(byServer, size)
	} else {
		for _, server := range slices.Sorted(maps.Keys(byServer)) {
			all := byServer[server]
			for ; len(all) >= size; all = all[size:] {
				groups = append(groups, all[:size:size])
			}
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no %d clients are on %s: more accounts are needed, or more notification servers", size, p.words())
	}
	return groups, nil
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

// across makes groups whose first one is alone on its server, as long as it goes.
// It takes from where most are left.
func across(byServer map[string][]*session, size int) [][]*session {
	servers := slices.Sorted(maps.Keys(byServer))
	fullest := func(but string) string {
		return slices.MaxFunc(servers, func(a, b string) int {
			if a == but || b == but {
				return cmp.Compare(boolToInt(a != but), boolToInt(b != but))
			}
			return cmp.Or(cmp.Compare(len(byServer[a]), len(byServer[b])), cmp.Compare(b, a))
		})
	}
	take := func(server string) *session {
		all := byServer[server]
		byServer[server] = all[1:]
		return all[0]
	}
	var groups [][]*session
	for len(servers) > 1 {
		first := fullest("")
		others := 0
		for server, all := range byServer {
			if server != first {
				others += len(all)
			}
		}
		if len(byServer[first]) == 0 || others < size-1 {
			break
		}
		group := []*session{take(first)}
		for len(group) < size {
			group = append(group, take(fullest(first)))
		}
		groups = append(groups, group)
	}
	return groups
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
