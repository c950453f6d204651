// Package control is how the command line speaks to a running service: HTTP
// over a socket in the data folder, which only the folder's owner can open.
// It carries what an operator wants done to sessions and to accounts that may
// be signed in; everything else the command line does on the database itself.
package control
