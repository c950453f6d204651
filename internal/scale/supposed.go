package main

import (
	"fmt"
)

// supposedTable is the model, and where its figures are from.
func (s service) supposedTable() *table {
	const measure = "[measured](#measured)"
	t := newTable("supposed", "what", "how much", "where from")
	p, m, c := s.people, s.machine, s.client
	t.row("accounts, all of them signed in", commas(s.accounts), "the question")
	t.row("nodes, each with every role", commas(s.nodes), "the question")
	t.row("contacts of an account, and as many who have it", commas(p.contacts),
		"supposed; they are on any node, for the hash of a handle knows nothing of friends")
	t.row("time from sign-in to sign-out", span(p.session), "supposed")
	t.row("changes of status an hour, sign-in and sign-out apart", count(p.statusChanges), "supposed")
	t.row("conversations that somebody opens in an hour, with one other", count(p.conversations), "supposed")
	t.row("new names a day", count(24*p.renames), "supposed")
	t.row("memory of a session whose contacts are signed in on the same node", size(m.session),
		measure+": 10.1 KB, less the handles of strangers")
	t.row("memory of a contact's handle that nobody else on the node knows", size(m.handle),
		"measured: `go test ./internal/scale -run '^$' -bench ContactMemory -benchtime 1x`")
	t.row("processor time of a node for somebody who signs in and looks around", m.signIn.String(), measure)
	t.row("the same of PostgreSQL", m.database.String(), measure)
	t.row("the same of a dispatch server, to refer somebody", m.refer.String(), measure)
	t.row("the same of both nodes, to ask another for the states of contacts", m.ask.String(),
		"measured: 70,000 requests a second on two cores")
	t.row("processor cores of a node, and of PostgreSQL's machine", fmt.Sprintf("%.0f and %.0f", m.cores, m.databaseCores), "supposed")
	t.row("sign-ins a second on a node", count(s.signIns()),
		fmt.Sprintf("reckoned, with one question to each of the %.0f nodes that the contacts are on", s.reach))
	t.row("sign-ins a second that PostgreSQL bears, of all nodes together", count(m.databaseSignIns()), "reckoned")
	t.row("processor time of three NATS servers together for a message that is delivered", m.message.String(),
		"measured: `go test ./internal/scale -run '^$' -bench Bus -benchtime 1000000x`")
	t.row("a client that is cut off comes back after", span(c.first)+", then twice as long each time, up to "+span(c.longest),
		"the first and the last seen with real clients, the doubling supposed")
	t.row("each of these pauses is longer or shorter by up to", percent(c.spread), "supposed")
	t.row("a client waits for an answer", span(c.patience), "supposed")
	t.row("a client sees that a machine has lost its power within", span(c.notices), "supposed; a killed process is seen at once")
	t.row("lease, and when it is renewed", span(s.timing.lease)+", every "+span(s.timing.renewal), "as built")
	t.row("from the end of a lease until its shards are served", span(s.timing.take), "supposed")
	t.row("clients that a node refers in a second", count(s.timing.drain), "as built, if nothing else is configured")
	t.row("restart of a process, until it has joined", span(s.timing.restart), "supposed")
	return t
}
