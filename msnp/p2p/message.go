package p2p

import (
	"encoding/binary"
	"errors"
)

// Sizes of a message, in octets.
const (
	HeaderSize = 48
	FooterSize = 4
	// MaxChunk is the longest piece that is sent through a switchboard.
	MaxChunk = 1202
)

// Flags tell what a message is.
type Flags uint32

// The flags. Without any a message is a piece of an SLP, or the preparation of data.
const (
	FlagNAK       Flags = 0x01       // pieces are missing
	FlagACK       Flags = 0x02       // the whole has come
	FlagWaiting   Flags = 0x04       // the sender waits for an answer
	FlagError     Flags = 0x08       // nothing can be made of what has come
	FlagFile      Flags = 0x10       // a file
	FlagData      Flags = 0x20       // data of the session
	FlagClosed    Flags = 0x40       // the session was closed
	FlagTransport Flags = 0x80       // the connection has failed
	FlagNonce     Flags = 0x100      // a greeting on a direct connection
	FlagNewer     Flags = 0x01000000 // said by newer clients beside FlagFile and FlagData
)

// FlagsFile are the flags of the pieces of a file.
const FlagsFile = FlagNewer | FlagFile | FlagData

// The footers, which name the application. Newer clients have others for pictures and
// emoticons: see AppPicture and AppEmoticon. Nothing depends on them.
const (
	FooterNone   = 0 // SLP and acknowledgements
	FooterObject = 1
	FooterFile   = 2
)

// Header is the beginning of a message. The numbers are those of the sender.
type Header struct {
	Session uint32 // 0 for an SLP
	ID      uint32 // of the whole that this is a piece of
	Offset  uint64 // where the piece begins
	Total   uint64 // size of the whole
	Size    uint32 // of the piece
	Flags   Flags
	// AckID is a number of the sender's choice, the same in all pieces. In an
	// acknowledgement it is the ID of what is acknowledged.
	AckID uint32
	// AckUnique is 0, and in an acknowledgement the AckID of what is acknowledged.
	AckUnique uint32
	// AckSize is 0, and in an acknowledgement the Total of what is acknowledged.
	AckSize uint64
}

// Append appends the 48 octets.
func (h Header) Append(dst []byte) []byte {
	order := binary.LittleEndian
	dst = order.AppendUint32(dst, h.Session)
	dst = order.AppendUint32(dst, h.ID)
	dst = order.AppendUint64(dst, h.Offset)
	dst = order.AppendUint64(dst, h.Total)
	dst = order.AppendUint32(dst, h.Size)
	dst = order.AppendUint32(dst, uint32(h.Flags))
	dst = order.AppendUint32(dst, h.AckID)
	dst = order.AppendUint32(dst, h.AckUnique)
	return order.AppendUint64(dst, h.AckSize)
}

// readHeader reads 48 octets.
func readHeader(b []byte) Header {
	order := binary.LittleEndian
	return Header{
		Session: order.Uint32(b), ID: order.Uint32(b[4:]), Offset: order.Uint64(b[8:]), Total: order.Uint64(b[16:]),
		Size: order.Uint32(b[24:]), Flags: Flags(order.Uint32(b[28:])),
		AckID: order.Uint32(b[32:]), AckUnique: order.Uint32(b[36:]), AckSize: order.Uint64(b[40:]),
	}
}

// Message is a piece of something, or an acknowledgement, which is of no size.
type Message struct {
	Header
	Chunk  []byte // Header.Size octets
	Footer uint32
}

// Append appends the message. Size is taken from Chunk.
func (m Message) Append(dst []byte) []byte {
	m.Size = uint32(len(m.Chunk))
	dst = append(m.Header.Append(dst), m.Chunk...)
	return binary.BigEndian.AppendUint32(dst, m.Footer)
}

// Errors of what another client has sent.
var (
	// ErrMessage says that a message is not of the form that it must have.
	ErrMessage = errors.New("p2p: malformed message")
	// ErrOrder says that a piece is not the one that must follow.
	ErrOrder = errors.New("p2p: not the piece that must follow")
	// ErrTooLarge says that something is larger than the reader takes.
	ErrTooLarge = errors.New("p2p: too large")
	// ErrSLP says that a text is no SLP.
	ErrSLP = errors.New("p2p: malformed SLP")
	// ErrContext says that a context is not of the form that it must have.
	ErrContext = errors.New("p2p: malformed context")
)

// Parse reads a message. The chunk is part of body. The error is [ErrMessage] if it is
// not as long as the header says, or the piece does not lie within the whole. A chunk
// may be longer than MaxChunk: what bounds it is the message that it comes in.
func Parse(body []byte) (Message, error) {
	if len(body) < HeaderSize+FooterSize {
		return Message{}, ErrMessage
	}
	m := Message{Header: readHeader(body), Chunk: body[HeaderSize : len(body)-FooterSize]}
	m.Footer = binary.BigEndian.Uint32(body[len(body)-FooterSize:])
	size := uint64(m.Size)
	if uint64(len(m.Chunk)) != size || size > 0 && (m.Offset > m.Total || m.Total-m.Offset < size) {
		return Message{}, ErrMessage
	}
	return m, nil
}

// Last reports whether the message is the last piece of the whole.
func (m *Message) Last() bool { return m.Size > 0 && m.Offset+uint64(m.Size) == m.Total }

// Ack acknowledges the whole of which m was the last piece. id is the number of the
// acknowledgement.
func (m *Message) Ack(id uint32) Message {
	return Message{Header: Header{
		Session: m.Session, ID: id, Total: m.Total, Flags: FlagACK, AckID: m.ID, AckUnique: m.AckID, AckSize: m.Total,
	}}
}

// Split gives the pieces of data, each of MaxChunk octets but the last; none of no data.
// The header says what they have in common. The pieces refer to data.
func Split(h Header, footer uint32, data []byte) []Message {
	h.Total = uint64(len(data))
	var pieces []Message
	for begin := 0; begin < len(data); begin += MaxChunk {
		chunk := data[begin:min(begin+MaxChunk, len(data))]
		h.Offset, h.Size = uint64(begin), uint32(len(chunk))
		pieces = append(pieces, Message{Header: h, Chunk: chunk, Footer: footer})
	}
	return pieces
}
