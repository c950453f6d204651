package client

import (
	"context"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// Set changes a setting of the user's: msnp.KeyPrompt (A or N), msnp.KeyDefault (AL
// or BL), or one of the others (since MSNP5), which are phone numbers in plain text,
// Y or N, and since MSNP10 the friendly name, for which there is [Client.RenameSelf],
// too. "" unsets a phone number. Setting GTC and BLP to what they are already is
// refused with msnp.CodeSameMode.
func (c *Client) Set(ctx context.Context, key msnp.Key, value string) error {
	if err := checkWord(string(key)); err != nil {
		return err
	}
	limit := msnp.MaxPhone
	if key == msnp.KeyName {
		limit = msnp.MaxName
	}
	encoded, err := encodeName(value, limit)
	if err != nil {
		return err
	}
	return c.call(ctx, func(id msnp.TrID) Request {
		return msnp.ChangeSetting{TrID: id, Key: key, Value: encoded}
	}, nil)
}

// onSetting keeps a setting of the user's own.
func (c *Client) onSetting(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseSetting(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := &c.roster
	if c.syncs(m.TrID, m.Sync) {
		r = &c.sync.fresh
	}
	if !m.Sync {
		r.version = m.Version
	}
	switch m.Key {
	case msnp.KeyPrompt:
		r.ask = m.Value
	case msnp.KeyDefault:
		r.others = m.Value
	case msnp.KeyName:
		c.name = m.Value
	default:
		r.settings = set(r.settings, m.Key, m.Value)
	}
	return nil
}

// onBPR keeps a setting of a contact's, and tells of it unless it is read by
// synchronisation. Since MSNP8 those are of the contact that was listed last.
func (c *Client) onBPR(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseContactSetting(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	handle := strings.ToLower(m.Handle)
	if m.Sync {
		handle = c.listed
	}
	c.mu.Lock()
	r := c.lists()
	if !m.Sync {
		r.version = m.Version
	}
	if p := r.find(handle); p != nil {
		if m.Value == "" || m.Value == msnp.ValueNo {
			p.settings = unset(p.settings, m.Key)
		} else {
			p.settings = set(p.settings, m.Key, m.Value)
		}
	}
	c.mu.Unlock()
	if c.sync.id == 0 && !m.Sync {
		c.emit(ContactSetting{Handle: handle, Key: m.Key, Value: decoded(m.Value)})
	}
	return nil
}
