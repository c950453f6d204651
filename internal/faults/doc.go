//go:build unix

// Faults is a program that proves what the service promises when things break. It
// builds the binary, starts a cluster of processes on the loopback address (three
// NATS servers, PostgreSQL, two dispatch servers, three notification servers and two
// switchboards), lets people of all client versions use it, and meanwhile kills,
// freezes, cuts off, drains and restarts what they rely on. In the end it prints
// what was checked, and what was found, by fault and promise.
//
//	go run ./internal/faults --short    what CI runs, a minute and a half
//	go run ./internal/faults            everything, about ten minutes
//	go run ./internal/faults --drain 3000
//	go run ./internal/faults --only kill-ns,cut-ns --seed 7 --keep
//
// The seed decides which node is struck, how, and what people do; the same seed
// gives the same plan. The exit code is 1 if a promise was broken.
package main
