package client

import (
	"context"

	"github.com/papilio-im/papilio/msnp"
)

// verb does what a line of the server changes, whoever caused it. The call that
// the line answers, if there is one, is given it afterwards.
type verb func(*Client, context.Context, *msnp.Line) error

// verbs are the commands of a notification server that change something.
var verbs = map[string]verb{
	"XFR": (*Client).onXFR,
	"OUT": (*Client).onOUT,
	"CHL": (*Client).onCHL,
	"RNG": (*Client).onRNG,

	"CHG": (*Client).onCHG,
	"ILN": (*Client).onILN,
	"NLN": (*Client).onNLN,
	"FLN": (*Client).onFLN,
	"UBX": (*Client).onUBX,
	"QNG": (*Client).onQNG,

	"LST": (*Client).onLST,
	"LSG": (*Client).onLSG,
	"GTC": (*Client).onSetting,
	"BLP": (*Client).onSetting,
	"PRP": (*Client).onSetting,
	"BPR": (*Client).onBPR,
	"ADD": (*Client).onADD,
	"ADC": (*Client).onADD,
	"SBP": (*Client).onSBP,
	"REM": (*Client).onREM,
	"REA": (*Client).onREA,
	"ADG": (*Client).onADG,
	"REG": (*Client).onREG,
	"RMG": (*Client).onRMG,

	"MSG": (*Client).onMSG,
	"NOT": (*Client).onAlert,
	"IPG": (*Client).onAlert,
}

const pingName = "QNG" // what answers PNG, which has no transaction id

// handle is given every line that nobody reads for, in order.
func (c *Client) handle(ctx context.Context, l *msnp.Line) error {
	if l.Command != nil && c.version != 0 && !l.Command.Has(c.version) {
		return protocolError(l, &msnp.UnsupportedError{Version: c.version, Form: l.Name()})
	}
	if do := verbs[l.Name()]; do != nil {
		if err := do(c, ctx, l); err != nil {
			return err
		}
	}
	if l.Command != nil && l.Command.NoTrID {
		return nil
	}
	id, ok := l.TrID()
	answered := ok && c.calls.answer(&c.mu, l, id)
	if !answered && l.Code != 0 {
		c.emit(Refused{Code: l.Code, ID: id})
	}
	return nil
}

// onQNG answers the oldest ping.
func (c *Client) onQNG(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParsePong(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pings = m.Seconds
	if i := c.calls.named(pingName); i >= 0 {
		p := c.calls[i]
		c.calls.removeAt(i)
		p.done <- nil
	}
	return nil
}

// onXFR follows a referral that nobody asked for. Whatever has another
// transaction id than 0 answers a call, or comes too late for one.
func (c *Client) onXFR(_ context.Context, l *msnp.Line) error {
	if id, ok := l.TrID(); !ok || id != 0 {
		return nil
	}
	return c.referred(l)
}

func (c *Client) onOUT(_ context.Context, l *msnp.Line) error {
	m, err := msnp.ParseOut(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.mu.Lock()
	c.reason = m.Reason
	c.mu.Unlock()
	return &EndedError{Reason: m.Reason}
}

// onCHL answers a challenge at once, as the official client of the time.
func (c *Client) onCHL(ctx context.Context, l *msnp.Line) error {
	m, err := msnp.ParseClientChallenge(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	product := officials[c.o.Version].product
	response, _ := msnp.ChallengeResponse(c.version, m.Text, product)
	return c.say(ctx, msnp.ChallengeAnswer{TrID: c.nextID(), Product: product, Response: response})
}

func (c *Client) onMSG(_ context.Context, l *msnp.Line) error {
	if c.queue != nil {
		payload := clone(l.Payload)
		c.emit(Notice{ContentType: contentType(payload), Payload: payload})
	}
	return nil
}

func (c *Client) onAlert(_ context.Context, l *msnp.Line) error {
	if c.queue != nil {
		c.emit(Alert{Mobile: l.Name() == "IPG", Payload: clone(l.Payload)})
	}
	return nil
}

func clone(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }
