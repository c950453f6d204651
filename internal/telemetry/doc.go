// Package telemetry is what an operator sees of a running node: its log, its
// metrics and whether it is well.
//
// The command line makes one [Metrics] and one [Health] a process and hands
// them to the roles. A role takes its [RoleMetrics] once and counts with it;
// what is counted often costs one atomic addition.
//
// The package never uses a global logger or registry. No label names an
// account, an address or a conversation, so the number of series does not grow
// with use.
package telemetry
