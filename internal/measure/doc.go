// Command measure runs a whole cluster on this machine as processes, has tens of
// thousands of clients sign in to it, and measures what they cost: memory,
// sign-ins and referrals a second, presence and invitations on one node and
// between two, and what it takes until everybody is back when a node is killed,
// joins and is drained.
//
//	go run ./internal/measure -json scale.json
//
// Everything shares the machine: the nodes, NATS, PostgreSQL and the clients. What
// it says about time is therefore worse than what machines of one's own would do;
// what it says about processor time and memory is not. It takes about twenty
// minutes with what it does by default, and 10 GB of memory.
package main
