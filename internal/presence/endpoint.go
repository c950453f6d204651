package presence

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Session is the connection behind an endpoint, as far as presence uses it.
// All methods may be called from any goroutine, and all but MakeRoom never wait.
type Session interface {
	// PutLine queues an encoded line, which is copied.
	PutLine(line []byte)
	// Flush writes what is queued as far as the connection takes it.
	Flush()
	// MakeRoom waits, if much is queued, until the client has taken some of it. It is
	// for who queues any number of lines, and holds no lock. It reports false if the
	// connection has come to its end.
	MakeRoom() bool
	// CloseSoon ends the connection once what is queued has gone out.
	CloseSoon()
}

// Endpoint is one connection of a principal, from its sign-in on. The version
// of a connection never changes while it is an endpoint.
type Endpoint struct {
	Version msnp.Version
	Session Session
	Since   time.Time // the sign-in, wherever the client has been moved since

	number uint64 // unlike that of any other; set before others know of it

	stage   atomic.Uint32 // how far it has come; changed under the principal's lock
	asking  atomic.Int32  // how often it asks just now what contacts are shown as
	noCalls atomic.Bool   // takes no invitations (IMS OFF)

	mu    sync.Mutex
	mute  bool // nothing is queued for it by others any more
	sync  syncState
	asked bool     // has asked for its contacts
	held  [][]byte // lines about the lists that come while they are being sent
}

// The stages of an endpoint.
const (
	arrived uint32 = iota + 1 // has set its first status: hears of others from now on
	ready                     // has been told all that its first status is answered with
)

// syncState is how far an endpoint has its lists.
type syncState uint8

const (
	notSynced syncState = iota // hears of no changes: the lists will have them
	syncing                    // changes are held back until the lists are out
	synced                     // hears of every change
)

// Put queues an encoded line, which is copied. It reports false if the endpoint
// hears nothing more.
func (e *Endpoint) Put(line []byte) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.put(line)
}

func (e *Endpoint) put(line []byte) bool {
	if e.mute {
		return false
	}
	e.Session.PutLine(line)
	return true
}

// Mute ends what others have to say to the endpoint. The session calls it before
// it sends its client elsewhere: that must be the last thing that it hears.
func (e *Endpoint) Mute() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.mute, e.held = true, nil
}

// Arrived reports whether the endpoint has set its first status.
func (e *Endpoint) Arrived() bool { return e.stage.Load() >= arrived }

// Synced reports whether the endpoint has fetched its lists.
func (e *Endpoint) Synced() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sync == synced
}

// BeginSync is called before the lists are read to be sent. Until the function
// that it gives is called, lines about them are held back, so that none is lost
// and none comes between. That function is told whether the lists were queued,
// and queues what was held; if they were not, all is as it was before.
func (e *Endpoint) BeginSync() (end func(sent bool)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before := e.sync
	e.sync = syncing
	return func(sent bool) {
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.sync = before; sent {
			e.sync = synced
		}
		held := e.held
		e.held = nil
		for _, line := range held {
			e.deliver(line)
		}
	}
}

// asksAgain notes that the endpoint asks for its contacts, and reports whether it has
// done so before. What it was told of them before the first time, it was told since it
// has come.
func (e *Endpoint) asksAgain() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	again := e.asked
	e.asked = true
	return again
}

// knowsNot reports whether the endpoint is perhaps yet to be told of a contact that is
// there.
func (e *Endpoint) knowsNot() bool { return e.stage.Load() < ready || e.asking.Load() > 0 }

// tell queues a line about the lists, if the endpoint has them or is about to.
func (e *Endpoint) tell(line []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.deliver(line)
}

// deliver is tell with the lock held.
func (e *Endpoint) deliver(line []byte) {
	switch e.sync {
	case notSynced:
	case syncing:
		e.held = append(e.held, line)
	case synced:
		e.put(line)
	}
}

// SetCalls switches invitations on or off, see IMS.
func (e *Endpoint) SetCalls(on bool) { e.noCalls.Store(!on) }

// TakesCalls reports whether invitations are to be delivered.
func (e *Endpoint) TakesCalls() bool { return !e.noCalls.Load() }

// flushAll flushes endpoints whose queues were filled under a lock, now that
// it is no longer held.
func flushAll(endpoints []*Endpoint) {
	for _, e := range endpoints {
		e.Session.Flush()
	}
}
