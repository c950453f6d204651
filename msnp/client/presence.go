package client

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// SetStatus sets the own status, StatusHidden to be signed in unseen. It returns
// when the server has confirmed it. In the first seconds after a move the server
// may answer with the status that it carried over; then that one is the status, and
// an event tells so.
func (c *Client) SetStatus(ctx context.Context, status msnp.Status) error {
	if err := checkStatus(status); err != nil {
		return err
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.ChangeStatus{TrID: id, Status: status}
	}, nil)
}

// checkStatus knows the statuses that can be set.
func checkStatus(status msnp.Status) error {
	if status.Open() && checkWord(string(status)) == nil || status == msnp.StatusHidden || status == msnp.StatusOffline {
		return nil
	}
	return fmt.Errorf("client: no status %q", string(status))
}

// onCHG keeps the own status, whoever has set it.
func (c *Client) onCHG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseChangeStatus(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	asked := c.status
	if i := c.calls.find(m.TrID); i >= 0 {
		asked = askedStatus(c.calls[i].line)
	}
	c.mu.Unlock()
	c.setStatus(m.Status, asked)
	return nil
}

// askedStatus reads the status out of a CHG of our own.
func askedStatus(line []byte) msnp.Status {
	line = bytes.TrimSpace(line)
	return msnp.Status(line[bytes.LastIndexByte(line, ' ')+1:])
}

// setStatus keeps the own status, and tells of it if it is not the one asked for.
func (c *Client) setStatus(status, asked msnp.Status) {
	c.mu.Lock()
	c.status = status
	c.mu.Unlock()
	if status != asked {
		c.emit(StatusChanged{Status: status})
	}
}

func (c *Client) onILN(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseInitialStatus(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.seen(m.Handle, m.Status, m.Name, true)
	return nil
}

func (c *Client) onNLN(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseOnline(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.seen(m.Handle, m.Status, m.Name, false)
	return nil
}

func (c *Client) onFLN(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseOffline(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.seen(m.Handle, msnp.StatusOffline, "", false)
	return nil
}

// seen keeps the status of a contact and tells of it. After a move the server
// says everything again, of which only what has changed is news.
func (c *Client) seen(handle string, status msnp.Status, name msnp.Encoded, initial bool) {
	handle = strings.ToLower(handle)
	news := true
	c.mu.Lock()
	if p := c.roster.find(handle); p != nil {
		if p.stale {
			news = p.status != status || p.display != name
		}
		p.status, p.display, p.stale = status, name, false
	}
	c.mu.Unlock()
	if news {
		c.emit(Presence{Handle: handle, Status: status, Name: decoded(name), Initial: initial})
	}
}

// forget begins a move: what is known of the contacts is to be heard again.
func (c *Client) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.roster.contacts {
		p := &c.roster.contacts[i]
		p.stale = p.status.Open()
	}
}

// noticeAbsent finds those who have left while the client was moving: the server
// has not said that they are there.
func (c *Client) noticeAbsent() {
	var gone []string
	c.mu.Lock()
	for i := range c.roster.contacts {
		if p := &c.roster.contacts[i]; p.stale {
			p.stale = false
			p.status, p.display = msnp.StatusOffline, ""
			gone = append(gone, p.handle)
		}
	}
	c.mu.Unlock()
	for _, handle := range gone {
		c.emit(Presence{Handle: handle, Status: msnp.StatusOffline})
	}
}
