package switchboard

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/netio"
	"github.com/papilio-im/papilio/msnp"
)

// msg passes a message on to everybody else, and tells the sender what became
// of it if the sender wants to know. It allocates nothing.
func (m *member) msg(l *msnp.Line) error {
	send, err := msnp.ParseSend(l, m.version)
	if err != nil {
		return err
	}
	if send.Ack == msnp.AckData && !hasBody(send.Payload) {
		return front.Refuse(msnp.CodeBadMessage)
	}
	m.said++
	reached, missed := m.relay(send.Payload)
	m.acknowledge(send.Ack, send.TrID, reached > 0, reached > 0 && missed == 0)
	return nil
}

// relay puts a message into the queues of all others, as one piece of memory
// that they share, and tells how many took it and how many did not.
func (m *member) relay(payload []byte) (reached, missed int) {
	present := m.session.present()
	name := m.called()
	f := netio.NewFrame(len("MSG   1664\r\n") + len(m.handle) + max(len(name), len(m.handle)) + len(payload))
	f.Bytes = msnp.AppendMessageHeader(f.Bytes, m.handle, name, len(payload))
	f.Bytes = append(f.Bytes, payload...)
	for _, o := range present {
		if o == m {
			continue
		}
		if o.hear(f) != nil {
			missed++
			continue
		}
		reached++
		m.others.Add(o.Conn.Conn)
	}
	f.Release()
	return reached, missed
}

// How far a sender may be ahead of the one whom it talks to, in octets, and how
// long the other may take nothing at all of that.
const (
	aheadBytes = 64 << 10
	aheadTime  = 2 * time.Second
)

// pace slows a sender down to what the other member of a conversation of two
// takes: a file that is sent through the switchboard comes faster than many a
// line carries it, and would overflow the queue. Among more than two nobody
// waits for anybody, and who does not read is cut off.
func (m *member) pace() {
	present := m.session.present()
	if m.hasty || len(present) != 2 {
		return
	}
	for _, o := range present {
		if o != m && !o.AwaitRoom(aheadBytes, aheadTime) {
			m.hasty = true
		}
	}
}

// hear queues what another member said.
func (m *member) hear(f *netio.Frame) error {
	if m.srv.opts.Wire {
		m.logHeard(f.Bytes)
	}
	return m.Queue(f)
}

// logHeard writes the line of a message to the wire log, without its payload.
func (m *member) logHeard(message []byte) {
	line, _, _ := bytes.Cut(message, []byte("\r\n"))
	m.srv.opts.Log.LogAttrs(context.Background(), slog.LevelInfo, "wire", slog.String("side", "S"),
		slog.String("line", string(line)), slog.String("remote", m.RemoteAddr().String()), slog.Int("octets", len(message)))
}

// acknowledge answers a message that reached somebody, or everybody.
func (m *member) acknowledge(want msnp.Ack, trid msnp.TrID, somebody, everybody bool) {
	var answer bool
	switch want {
	case msnp.AckNone:
	case msnp.AckFailure:
		answer = !somebody
	case msnp.AckAll, msnp.AckData:
		answer = true
	case msnp.AckInvite:
		answer = everybody
	}
	if answer {
		m.PutLine(msnp.Delivered{TrID: trid, OK: everybody}.Append(m.scratch[:0], m.version))
	}
}

// hasBody reports whether a payload has the empty line behind its headers that
// data is found by. Nothing else is asked of a payload.
func hasBody(payload []byte) bool {
	return bytes.Contains(payload, []byte("\r\n\r\n")) || bytes.Contains(payload, []byte("\n\n"))
}
