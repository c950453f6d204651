// Package endtoend uses the service as people do: the program is built and run, with
// the data folder, ports and certificates of its own, and clients of every version
// come to it over TCP and through the gateway. It is all tests.
package endtoend
