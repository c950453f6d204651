package client

import (
	"context"
	"slices"
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// SetPersonal sets what is shown below the user's name (since MSNP11): a text, and
// what plays, of which none may be too long. The server keeps it for as long as the
// client is signed in.
func (c *Client) SetPersonal(ctx context.Context, p msnp.Personal) error {
	if v := c.Version(); !v.Has(msnp.FeaturePersonalMessages) {
		return &msnp.UnsupportedError{Version: v, Form: "personal message"}
	}
	if p.TooLong() {
		return ErrTooLong
	}
	return c.call(ctx, func(id msnp.TrID) Request { return msnp.ChangePersonal{TrID: id, Personal: p} }, nil)
}

// onUBX keeps what a contact shows below the name, and tells of it if it is news.
func (c *Client) onUBX(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseContactPersonal(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	handle := strings.ToLower(m.Handle)
	news := true
	c.mu.Lock()
	if p := c.roster.find(handle); p != nil {
		d := p.known()
		news = d.personal != m.Personal
		d.personal = m.Personal
		p.know(d)
	}
	c.mu.Unlock()
	if news {
		c.emit(PersonalChanged{Handle: handle, Personal: m.Personal})
	}
	return nil
}

// Policy fetches a policy file, which is msnp.PolicyShields (MSNP11 and MSNP12): XML
// that tells a client what it may not do. This package does nothing with it.
func (c *Client) Policy(ctx context.Context, file string) ([]byte, error) {
	if v := c.Version(); !v.Has(msnp.FeaturePolicyFiles) {
		return nil, &msnp.UnsupportedError{Version: v, Form: "policy files"}
	}
	if err := checkWord(file); err != nil {
		return nil, err
	}
	var text []byte
	err := c.call(ctx, func(id msnp.TrID) Request {
		return msnp.PolicyRequest{TrID: id, File: file}
	}, func(l *msnp.Line) (bool, error) {
		m, err := msnp.ParsePolicy(l, c.version)
		text = slices.Clone(m.Payload)
		return true, err
	})
	return text, err
}

// Subscription asks what the user pays for (since MSNP11): "" for nothing.
func (c *Client) Subscription(ctx context.Context) (string, error) {
	if v := c.Version(); !v.Has(msnp.FeatureSubscription) {
		return "", &msnp.UnsupportedError{Version: v, Form: "subscriptions"}
	}
	var paid string
	// The answer has the name of what comes unasked, not that of the question.
	err := c.call(ctx, func(id msnp.TrID) Request { return msnp.SubscriptionRequest{TrID: id} },
		func(l *msnp.Line) (bool, error) {
			m, err := msnp.ParseSubscription(l, c.version)
			paid = m.Paid
			return true, err
		})
	return paid, err
}
