package main

import "math"

// traffic is one kind of what goes over the bus, as one node sees it, in a
// second.
type traffic struct {
	what             string
	sent, received   float64 // messages
	octets           float64 // both ways
	deliveries, puts float64 // of the whole service: out of NATS, and into it
}

// bus is everything that a node with so many sessions sends and gets.
func (s service) bus(sessions float64) []traffic {
	p := s.people
	reach := s.reach
	each := float64(p.contacts) / reach // contacts of somebody on one node that has any
	signs := 1 / p.session.Hours()      // sign-ins an hour, and sign-outs
	perSecond := func(anHour float64) float64 { return anHour / 3600 }

	changes := perSecond(p.statusChanges + 2*signs + p.renames)
	return []traffic{
		s.leases(),
		s.toContacts("changes of status and name, sign-ins, sign-outs: to those who see them", sessions, changes, notice(each)),
		s.toContacts("who signs in asks for its contacts' states", sessions, perSecond(signs), states(each)),
		s.toSomebody("invitations, and the members of a conversation looked up", sessions, perSecond(p.conversations),
			[]letter{invitation(), lookup(), lookup()}),
		s.toAll("sign-outs, to every switchboard", sessions, perSecond(signs), signedOut()),
		s.toAll("new names, to every switchboard", sessions, perSecond(p.renames), renamed()),
	}
}

// leases is what it takes that every node knows every other.
func (s service) leases() traffic {
	put, seen := renewal()
	rate, nodes := 1/s.timing.renewal.Seconds(), float64(s.nodes)
	return traffic{
		what: "leases renewed, and watched by every node", sent: rate, received: rate * (1 + nodes),
		octets: rate * (float64(put.sent+put.answer) + nodes*float64(seen)),
		puts:   rate * nodes, deliveries: rate * nodes * (1 + nodes),
	}
}

// toContacts is one message to each node that has contacts of somebody. What
// comes back is asked of this node by all others, as often as anybody of theirs
// has a contact here.
func (s service) toContacts(what string, sessions, rate float64, l letter) traffic {
	all := float64(s.accounts)
	out := sessions * rate * s.reach
	in := (all - sessions) * rate * (1 - math.Pow(1-sessions/all, float64(s.people.contacts)))
	return s.both(what, out, in, all*rate*s.reach, l)
}

// toSomebody is a number of messages each to one node, whichever.
func (s service) toSomebody(what string, sessions, rate float64, letters []letter) traffic {
	t := traffic{what: what}
	elsewhere := 1 - 1/float64(s.nodes)
	for _, l := range letters {
		one := s.both(what, sessions*rate*elsewhere, sessions*rate*elsewhere, float64(s.accounts)*rate*elsewhere, l)
		t.sent, t.received, t.octets = t.sent+one.sent, t.received+one.received, t.octets+one.octets
		t.puts, t.deliveries = t.puts+one.puts, t.deliveries+one.deliveries
	}
	return t
}

// both adds the answers, which go the other way.
func (s service) both(what string, out, in, all float64, l letter) traffic {
	t := traffic{what: what, sent: out, received: in, puts: all, octets: (out + in) * float64(l.sent+l.answer)}
	if l.answer > 0 {
		t.sent, t.received, t.puts = out+in, in+out, 2*all
	}
	t.deliveries = t.puts
	return t
}

// toAll is a message that every node gets.
func (s service) toAll(what string, sessions, rate float64, l letter) traffic {
	all := float64(s.accounts) * rate
	out := sessions * rate
	return traffic{
		what: what, sent: out, received: all, octets: (out + all) * float64(l.sent),
		puts: all, deliveries: all * float64(s.nodes),
	}
}

// sum is the last line.
func sum(what string, all []traffic) traffic {
	total := traffic{what: what}
	for _, t := range all {
		total.sent, total.received, total.octets = total.sent+t.sent, total.received+t.received, total.octets+t.octets
		total.deliveries, total.puts = total.deliveries+t.deliveries, total.puts+t.puts
	}
	return total
}

// busTable is what a node in the middle sees.
func (s service) busTable() *table {
	t := newTable("bus", "what", "sent a second", "received a second", "both ways",
		"all nodes: into NATS a second", "out of NATS a second")
	sessions := float64(s.has(s.median()[0]))
	all := s.bus(sessions)
	for _, one := range append(all, sum("together", all)) {
		t.row(one.what, count(one.sent), count(one.received), size(one.octets)+"/s", count(one.puts), count(one.deliveries))
	}
	return t
}

// growthTable is the same people on fewer and more nodes.
func (s service) growthTable() *table {
	t := newTable("growth", "nodes", "nodes that somebody's contacts are on", "leases: out of NATS a second",
		"to contacts", "to every switchboard", "together", "cores for that in NATS", "a node, both ways")
	for _, nodes := range []int{3, 10, 30, 100, s.nodes, 1000} {
		m := s.model
		m.nodes = nodes
		other := newService(m, s.size)
		all := other.bus(float64(s.accounts) / float64(nodes))
		total := sum("", all)
		t.row(commas(nodes), count(other.reach), count(all[0].deliveries), count(all[1].deliveries+all[2].deliveries),
			count(all[4].deliveries+all[5].deliveries), count(total.deliveries),
			count(total.deliveries*s.machine.message.Seconds()), size(total.octets)+"/s")
	}
	return t
}
