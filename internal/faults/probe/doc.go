// Package probe signs accounts of its own in at every notification server, again
// and again, over connections that do what no client does: they never close, they
// ignore referrals, and they go on asking for as long as anybody answers. What is
// answered where goes to the model of package check, which finds accounts with two
// owners, and nodes that answer after they should have fallen silent.
package probe
