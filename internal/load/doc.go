// Package load makes load: many clients against a service, one of a handful of
// kinds of work each, and a report of what it cost them. It is the engine of
// "papilio bench".
//
// [Run] does a [Plan] in this process, [Split] and [RunProcesses] divide it among
// several: a process can hold only so many connections. What comes out is a
// [Report], the same for one process and for all of them together, while it runs
// and at the end.
//
// The clients are those of package msnp/client and see a service only through the
// wire. The accounts that they sign in with are made by [Prepare], straight in the
// database, and removed by [Cleanup].
//
// What is measured is measured at the client: from when something was due or was
// asked for until the line came that says it is so. A client that is slow is a
// part of that, so look at what the generator itself took of the machine.
//
// No load goes to addresses of the public internet unless the plan says so: a
// service that refers clients there, by mistake or not, gets none either.
package load
