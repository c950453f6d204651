package client

import (
	"context"
	"sync"

	"github.com/papilio-im/papilio/msnp"
)

// Request is a message that a client sends: those of package msnp that have a
// transaction id and are sent to a server.
type Request interface {
	Append(dst []byte, v msnp.Version) []byte
}

// call is a command that waits for its answer.
type call struct {
	name string // of the command, for errors
	id   msnp.TrID
	line []byte // to be sent once more after a move; nil on a switchboard
	// take is given each line of the answer, on the reading goroutine, and tells
	// whether it was the last. An error is the call's.
	take func(*msnp.Line) (done bool, err error)
	// joins is the handle of somebody whose arrival in a conversation is a part of
	// the answer, "" otherwise.
	joins string
	done  chan error // takes one
}

func newCall(name string, take func(*msnp.Line) (bool, error)) *call {
	return &call{name: name, take: take, done: make(chan error, 1)}
}

// calls are those that wait, oldest first. The owner's lock guards them.
type calls []*call

// find gives the place of the call with a transaction id, or -1.
func (s calls) find(id msnp.TrID) int {
	for i, p := range s {
		if p.id == id && p.name != pingName {
			return i
		}
	}
	return -1
}

// named gives the place of the oldest call of a command, or -1.
func (s calls) named(name string) int {
	for i, p := range s {
		if p.name == name {
			return i
		}
	}
	return -1
}

// remove takes a call out, and reports whether it was there.
func (s *calls) remove(p *call) bool {
	for i, other := range *s {
		if other == p {
			s.removeAt(i)
			return true
		}
	}
	return false
}

func (s *calls) removeAt(i int) {
	list := *s
	copy(list[i:], list[i+1:])
	list[len(list)-1] = nil
	if *s = list[:len(list)-1]; len(*s) == 0 && cap(*s) > 8 {
		*s = nil
	}
}

// fail ends all calls with an error.
func (s *calls) fail(err error) {
	for _, p := range *s {
		p.done <- err
	}
	*s = nil
}

// answer gives a line to the call that it answers, if there is one, and reports
// whether there was. mu guards s and is not held.
func (s *calls) answer(mu *sync.Mutex, l *msnp.Line, id msnp.TrID) bool {
	mu.Lock()
	i := s.find(id)
	if i < 0 {
		mu.Unlock()
		return false
	}
	p := (*s)[i]
	done, err := true, error(nil)
	if l.Code != 0 {
		err = &RefusedError{Command: p.name, Code: l.Code, TrID: id}
	} else if p.take != nil {
		done, err = p.take(l)
	}
	if done || err != nil {
		s.removeAt(i)
		p.done <- err
	}
	mu.Unlock()
	return true
}

// wait waits for the end of a call. mu guards s.
func (s *calls) wait(ctx context.Context, mu *sync.Mutex, p *call) error {
	select {
	case err := <-p.done:
		return err
	case <-ctx.Done():
	}
	mu.Lock()
	ours := s.remove(p)
	mu.Unlock()
	if ours {
		return context.Cause(ctx)
	}
	return <-p.done // it was answered in the same moment
}
