package main

import (
	"errors"
	"time"
)

// model is the service that is looked at, and all that is supposed about it.
// What has been measured says so; the rest is a supposition, and docs/scale.md
// prints both as such.
type model struct {
	accounts int
	nodes    int
	seed     uint64

	people  people
	machine machine
	client  client
	timing  timing
}

// people is what an account does while it is signed in.
type people struct {
	contacts      int           // that it has, and that have it
	session       time.Duration // from sign-in to sign-out
	statusChanges float64       // an hour, sign-in and sign-out not counted
	conversations float64       // an hour that it opens, with one invitation each
	renames       float64       // an hour
}

// machine is what a node needs for what it does, and what it has.
type machine struct {
	session float64 // octets of memory for a signed-in session whose contacts are all there
	handle  float64 // octets for the handle of a contact that is not

	cores  float64       // of a node
	signIn time.Duration // of a core, for somebody who signs in and looks around
	ask    time.Duration // of a core, for one question to another node, both sides together
	refer  time.Duration // of a core of a dispatch server, for a client

	databaseCores float64       // of PostgreSQL's machine
	database      time.Duration // of a core of it, for a sign-in

	message time.Duration // of a core, in all NATS servers together, for a message that is delivered
}

// client is how somebody's program behaves when it is cut off.
type client struct {
	first    time.Duration // before it tries again
	longest  time.Duration // that the growing pause becomes
	spread   float64       // part of each pause by which it is longer or shorter
	patience time.Duration // for an answer
	notices  time.Duration // at most, when a machine is gone without a word
}

// timing is what the service keeps to.
type timing struct {
	lease   time.Duration
	renewal time.Duration
	take    time.Duration // from a lease's end until its shards are served again
	grace   time.Duration
	drain   float64       // clients a second that a node refers
	restart time.Duration // of a process: stop, start, join
}

// standard is the service of docs/scale.md.
func standard() model {
	return model{
		accounts: 10_000_000,
		nodes:    300,
		seed:     1,
		people: people{
			contacts: 50, session: 2 * time.Hour, statusChanges: 6, conversations: 1, renames: 1.0 / 24,
		},
		machine: machine{
			session: 9_200, handle: 230,
			cores: 2, signIn: 2000 * time.Microsecond, ask: 29 * time.Microsecond, refer: 75 * time.Microsecond,
			databaseCores: 16, database: 750 * time.Microsecond,
			message: 4500 * time.Nanosecond,
		},
		client: client{
			first: 5 * time.Second, longest: 15 * time.Minute, spread: 0.1,
			patience: 30 * time.Second, notices: 60 * time.Second,
		},
		timing: timing{
			lease: 10 * time.Second, renewal: 2 * time.Second, take: 500 * time.Millisecond,
			grace: 30 * time.Second, drain: 500, restart: 15 * time.Second,
		},
	}
}

// check refuses what nothing could be said of.
func (m model) check() error {
	if m.nodes < 2 || m.accounts < m.nodes {
		return errors.New("scale: there must be two nodes, and an account for each")
	}
	return nil
}
