// Package control is how the command line speaks to a running service: HTTP
// over a socket in the data folder, which only the folder's owner can open.
// It carries what an operator wants to know of the nodes of the cluster and of
// those who are signed in, and what is to be done to them; everything else the
// command line does on the database itself.
//
// The process that is asked answers for all nodes: it asks them itself, over the
// bus. A machine on which none runs cannot ask.
package control
