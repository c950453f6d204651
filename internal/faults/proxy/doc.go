// Package proxy stands between a process and the servers that it needs, and can
// cut it off from them while everybody else still reaches both. The program of
// faults puts one between each node and NATS.
package proxy
