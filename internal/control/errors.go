package control

import (
	"errors"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/notification"
)

// What the command line acts on. Everything else that goes wrong is words to it.
var (
	// ErrNotSignedIn says that an account has no session to do something with.
	ErrNotSignedIn = notification.ErrNotSignedIn
	// ErrDraining says that a node has been told to drain before.
	ErrDraining = errors.New("it is draining already")
	// ErrNowhere says that no other node could take over what a node does.
	ErrNowhere = errors.New("its clients would have nowhere to go")
)

// errOtherRelease says that the running service has no answer to a question.
var errOtherRelease = errors.New("the running service does not know how to do that: it is of another release, or its answer cannot be read")

// problemHeader names an error on its way to the command line, where its words
// alone would not do.
const problemHeader = "Papilio-Problem"

// problems are the errors that are named so.
var problems = map[string]error{
	"draining": ErrDraining, "nowhere": ErrNowhere,
	"no-account": account.ErrNotFound, "not-signed-in": ErrNotSignedIn,
}

// refusal is an error that the service has told the words of.
type refusal struct {
	text string
	err  error // one of problems, or nil
}

// Error implements error.
func (r *refusal) Error() string { return r.text }

// Unwrap gives what it is about.
func (r *refusal) Unwrap() error { return r.err }
