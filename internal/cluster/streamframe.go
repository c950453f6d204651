package cluster

// verbStream is what the pieces of streams come with, all of a node's in one
// order; openVerb is what a stream to a role is asked for with.
const verbStream = "stream"

func openVerb(role Role) string { return verbStream + "-" + string(role) }

// frameKind is what a piece of a stream is for.
type frameKind uint8

const (
	frameData   frameKind = iota + 1 // octets, with the number of the frame
	frameEnd                         // nothing more follows; numbered likewise
	frameProbe                       // the number that the next frame is going to have
	frameCredit                      // how many octets have been taken altogether
	frameGone                        // this end is no more, and takes nothing
)

// frame is a piece of a stream.
type frame struct {
	to     uint64 // the key of the end that it goes to
	node   string // that it comes from
	kind   frameKind
	number uint64
	data   []byte
}

func (m *frame) fields(c *coder) {
	number(c, 1, &m.to)
	text(c, 2, &m.node)
	number(c, 3, &m.kind)
	number(c, 4, &m.number)
	octets(c, 5, &m.data)
}

// streamOffer asks a node for the other end of a stream.
type streamOffer struct {
	key         uint64 // of the end that is asked for
	node        string // that asks
	incarnation string
	remote      string // address of the client, with a port if it is known
	local       string // address by which the client has come in
	window      uint64 // how much may be on its way to who asks
}

func (m *streamOffer) fields(c *coder) {
	number(c, 1, &m.key)
	text(c, 2, &m.node)
	text(c, 3, &m.incarnation)
	text(c, 4, &m.remote)
	text(c, 5, &m.local)
	number(c, 6, &m.window)
}

// streamTaken is the answer.
type streamTaken struct {
	incarnation string
	window      uint64 // how much may be on its way to who answers
}

func (m *streamTaken) fields(c *coder) {
	text(c, 1, &m.incarnation)
	number(c, 2, &m.window)
}
