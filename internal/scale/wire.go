package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/msnp"
)

// What stands around the data of a message, as NATS writes it. The inbox for an
// answer, the acknowledgement of a watch and the condition of a compare-and-set
// have the lengths that NATS gives them.
const (
	busHead   = 2 // the number of the form, and how long an answer is waited for or its status
	inbox     = len("_INBOX.pL4Kq0yGxZ5nVtE2aWs8Rf.Jh7c1Kd9")
	watchAck  = len("$JS.ACK.KV_papilio-nodes.xKq0yGxZ5nVtE2aWs8Rf7c.1.1234567.1234567.1790000000000000000.0")
	condition = len("NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: 1234567\r\n\r\n")
	putAnswer = len(`{"stream":"KV_papilio-nodes", "seq":1234567}`)
)

// Names as long as they are likely to be.
const (
	aNode   = "node-123"
	aHandle = "user1234567@example.com"
	aName   = msnp.Encoded("Somebody%20Or%20Other")
	anAddr  = "messenger-123.example.com:1864"
)

// wire is how many octets a message of so much data is for its sender, with all
// around it.
func wire(subject, reply, data int) int {
	line := len("PUB ") + subject + len(" ") + len(strconv.Itoa(data)) + len("\r\n")
	if reply > 0 {
		line += reply + len(" ")
	}
	return line + data + len("\r\n")
}

func subject(verb string) int { return len("papilio." + aNode + "." + verb) }

// letter is a kind of message, with its answer if it gets one.
type letter struct{ sent, answer int }

func request(verb string, question, answer int) letter {
	return letter{
		sent:   wire(subject(verb), inbox, busHead+question),
		answer: wire(inbox, 0, busHead+answer),
	}
}

func published(verb string, data int) letter {
	return letter{sent: wire(subject(verb), 0, busHead+data)}
}

// notice tells the watchers that somebody has on one node of something.
func notice(watchers float64) letter {
	first := cluster.Size(&cluster.Notice{Shown: shown(), Watchers: []string{aHandle}})
	more := cluster.Size(&cluster.Notice{Shown: shown(), Watchers: []string{aHandle, aHandle}}) - first
	// The list that it is sent in has a tag and a length.
	return published("notices", 3+first+int((watchers-1)*float64(more)+0.5))
}

func shown() cluster.Shown {
	return cluster.Shown{Handle: aHandle, Status: "NLN", Name: aName, Seq: 1790000000000000000}
}

// states asks for the states of those of somebody's contacts who are on one
// node.
func states(contacts float64) letter {
	n := int(contacts + 0.5)
	q := cluster.Query{Watcher: aHandle}
	a := cluster.Answer{AsOf: 1790000000000000000}
	for range n {
		q.Subjects = append(q.Subjects, aHandle)
		a.Shown = append(a.Shown, shown())
	}
	return request("states", cluster.Size(&q), cluster.Size(&a))
}

func invitation() letter {
	return request("invite",
		cluster.Size(&cluster.Invitation{
			Session: 1 << 30, Switchboard: anAddr, SwitchboardNode: aNode, Caller: aHandle, CallerName: aName, Callee: aHandle,
		}),
		cluster.Size(&cluster.InvitationAnswer{Expires: time.Unix(1790000000, 0)}))
}

func lookup() letter {
	return request("lookup", cluster.Size(&cluster.Question{Handle: aHandle}),
		cluster.Size(&cluster.Profile{Name: aName, SignedIn: true, Since: time.Unix(1790000000, 0), Order: 1790000000e9}))
}

func signedOut() letter {
	return published("signed-out", cluster.Size(&cluster.SignedOut{Handle: aHandle}))
}

func renamed() letter {
	return published("renamed", cluster.Size(&cluster.Renamed{Handle: aHandle, Name: aName, Order: 1790000000e9}))
}

// renewal is what a node writes of itself; seen is what that is for each node
// that watches.
func renewal() (put letter, seen int) {
	record := cluster.RecordSize(cluster.Member{
		Incarnation: strings.Repeat("0", 16), State: cluster.StateActive, Roles: cluster.Roles(),
		Addresses: map[cluster.Role]string{cluster.RoleNotification: anAddr, cluster.RoleSwitchboard: anAddr},
		Load:      1000, Software: "v0.1.2", Started: time.Unix(1790000000, 0),
		Database: strings.Repeat("0", 16),
	})
	key := len("$KV.papilio-nodes." + aNode)
	return letter{sent: wire(key, inbox, condition+record), answer: wire(inbox, 0, putAnswer)}, wire(key, watchAck, condition+record)
}
