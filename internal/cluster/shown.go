package cluster

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/papilio-im/papilio/msnp"
)

// Looks are what clients of later versions show besides a status and a name.
type Looks struct {
	Personal     msnp.Personal     // since MSNP11
	Object       string            // the description of the display picture, since MSNP9
	Capabilities msnp.Capabilities // of the last CHG, since MSNP8
}

// fields has the numbers of a message from first on.
func (m *Looks) fields(c *coder, first protowire.Number) {
	text(c, first, &m.Personal.Message)
	text(c, first+1, &m.Personal.Media)
	text(c, first+2, &m.Object)
	number(c, first+3, &m.Capabilities)
}

// Shown is what others may see of an account. The number 9 is kept for the endpoints
// of later versions; 10 and 11 are those of a [Notice].
type Shown struct {
	Handle string
	Status msnp.Status // an open one; empty if the account is shown as offline
	Name   msnp.Encoded
	Looks
	// Seq is higher for what is later. What is personal has a number of its own, since
	// it is told by itself; that is 0 if it was never set.
	Seq         uint64
	PersonalSeq uint64
}

func (m *Shown) fields(c *coder) {
	text(c, 1, &m.Handle)
	text(c, 2, &m.Status)
	text(c, 3, &m.Name)
	number(c, 4, &m.Seq)
	m.Looks.fields(c, 5)
	number(c, 12, &m.PersonalSeq)
}

// Size is about how many octets it takes on the bus.
func (m *Shown) Size() int {
	return len(m.Handle) + len(m.Name) + len(m.Personal.Message) + len(m.Personal.Media) + len(m.Object) + shownHead
}

// shownHead is for the numbers, and the heads of the texts.
const shownHead = 64

// About is what has changed of what an account is shown as.
type About uint8

// What there is. A node of a release that knows no more takes all for the first.
const (
	AboutStatus   About = iota // status, name, object or capabilities
	AboutPersonal              // what is personal
	AboutAll                   // both, or it was not to be seen before
)

// Has reports whether it is about the status, or all of it; or likewise about what is
// personal.
func (a About) Has(part About) bool { return a == part || a == AboutAll }

// Notice tells watchers, who are at home on one node, what an account is shown
// as to them.
type Notice struct {
	Shown
	About    About
	Hops     uint8 // how often it was passed on
	Watchers []string
}

// MaxWatchers bounds the watchers of one notice, MaxNotices the notices that are
// sent together.
const (
	MaxWatchers = 1024
	MaxNotices  = maxElements
)

// noticeWatchers is a message in a message: there are many of them, and who reads
// the other fields steps over them at once.
const noticeWatchers protowire.Number = 11

type watchers []string
