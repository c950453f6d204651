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
	return c.call(ctx, func(id msnp.TrID) Request { return c.changeTo(id, status) }, nil)
}

// changeStatus is CHG, with all that goes with the status.
func (c *Client) changeStatus(id msnp.TrID, status msnp.Status) msnp.ChangeStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changeTo(id, status)
}

// changeTo is changeStatus with the lock held. Servers have been seen that pass over a
// CHG without capabilities, so 0 is written, too.
func (c *Client) changeTo(id msnp.TrID, status msnp.Status) msnp.ChangeStatus {
	can := c.capabilities()
	m := msnp.ChangeStatus{TrID: id, Status: status, Capabilities: can, Object: c.object}
	if can == 0 {
		m.Written = "0"
	}
	return m
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
	if words := bytes.Fields(line); len(words) > 2 {
		return msnp.Status(words[2])
	}
	return msnp.StatusNone
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
	c.seen(msnp.Online{
		Status: m.Status, Handle: m.Handle, Name: m.Name, Capabilities: m.Capabilities, Object: m.Object,
	}, true)
	return nil
}

func (c *Client) onNLN(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseOnline(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.seen(m, false)
	return nil
}

func (c *Client) onFLN(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseOffline(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.seen(msnp.Online{Status: msnp.StatusOffline, Handle: m.Handle}, false)
	return nil
}

// seen keeps the status of a contact and tells of it. After a move the server
// says everything again, of which only what has changed is news.
func (c *Client) seen(m msnp.Online, initial bool) {
	handle := strings.ToLower(m.Handle)
	news := true
	c.mu.Lock()
	if p := c.roster.find(handle); p != nil {
		if p.stale {
			news = !p.shows(m)
		}
		p.stale = false
		p.show(m)
	}
	c.mu.Unlock()
	if news {
		c.emit(Presence{
			Handle: handle, Status: m.Status, Name: decoded(m.Name), Initial: initial,
			Capabilities: m.Capabilities, Object: m.Object,
		})
	}
}

// shows reports whether a contact is known to be as the server says.
func (p *contact) shows(m msnp.Online) bool {
	d := p.known()
	return p.status == m.Status && p.display == m.Name && d.capabilities == m.Capabilities && d.object == m.Object
}

// show keeps what the server says of a contact.
func (p *contact) show(m msnp.Online) {
	if !m.Status.Open() {
		p.absent()
		return
	}
	d := p.known()
	p.status, p.display, d.capabilities, d.object = m.Status, m.Name, m.Capabilities, m.Object
	p.know(d)
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
			p.absent()
			gone = append(gone, p.handle)
		}
	}
	c.mu.Unlock()
	for _, handle := range gone {
		c.emit(Presence{Handle: handle, Status: msnp.StatusOffline})
	}
}
