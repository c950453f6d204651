// Package server builds a process of Papilio out of its configuration: it
// opens the data, binds the ports, joins the cluster, starts the roles and
// stops them in the right order. The command line and the tests use it; nothing
// else knows all the parts.
package server
