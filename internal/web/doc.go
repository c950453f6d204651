// Package web is what the services over HTTP have in common: which of them
// answers a request, how their answers are written, and what has to be put right
// in what old clients send. The fronts register with its [Router]; the composition
// serves that.
//
// Clients know some fifteen host names, and all of them may lead to one port. The
// path alone decides, in whatever case and with however many slashes it comes.
package web
