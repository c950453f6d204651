// Package crowd is the people whom the program of faults lets use the service:
// clients of all versions that sign in, change their status, edit their lists and
// talk, and come back through a dispatch server when they are cut off, as their
// users would want them to. What they are told, and what they see, goes to the
// models of package check.
//
// What somebody does is drawn from the seed of the run; when they come to do it
// depends on the service, as it does for people.
package crowd
