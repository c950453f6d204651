// Command scale tells what a service of millions of accounts on hundreds of
// nodes would be like, without running one. It places accounts with the code
// that the service places them with, and from that and from measured figures
// works out how even the load is, what moves when nodes come and go, how long
// clients need to come back, and what goes over the bus.
//
// It prints the tables of docs/scale.md, which is where they are explained:
//
//	go run ./internal/scale
//	go run ./internal/scale -accounts 1000000 -nodes 30
//
// The same flags print the same tables on every machine. It starts no service,
// opens no socket, and nothing imports it.
package main
