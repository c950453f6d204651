package p2p

// Join puts the pieces of one whole together. They must come one after the other, as
// a switchboard keeps them: a piece that overlaps another in part, or leaves one out, is
// refused. One that comes again is passed over, since a client whose connection to a
// gateway breaks says once more what it has said. Nothing is held but what has come.
type Join struct {
	first Header
	data  []byte
}

// NewJoin begins with the first piece of a whole of at most limit octets. The error is
// [ErrTooLarge] or [ErrOrder].
func NewJoin(m *Message, limit int) (*Join, error) {
	switch {
	case m.Total > uint64(max(limit, 0)):
		return nil, ErrTooLarge
	case m.Offset != 0 || len(m.Chunk) == 0:
		return nil, ErrOrder
	}
	j := &Join{first: m.Header}
	return j, j.Add(m)
}

// Add takes the next piece. The error is [ErrOrder].
func (j *Join) Add(m *Message) error {
	have, size := uint64(len(j.data)), uint64(len(m.Chunk))
	switch {
	case m.ID != j.first.ID, m.Session != j.first.Session, m.Total != j.first.Total, size == 0, m.Offset > have:
		return ErrOrder
	case size <= have-m.Offset:
		return nil // it has come before
	case m.Offset < have, m.Total-m.Offset < size:
		return ErrOrder
	}
	j.data = append(j.data, m.Chunk...)
	return nil
}

// Whole reports whether all has come.
func (j *Join) Whole() bool { return uint64(len(j.data)) == j.first.Total }

// Data is what has come so far.
func (j *Join) Data() []byte { return j.data }
