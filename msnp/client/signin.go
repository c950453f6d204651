package client

import (
	"context"

	"github.com/papilio-im/papilio/msnp"
)

// signIn makes one attempt: on the server that it is told of, from VER to the
// first status. The error is a [*referral] if that is the outcome.
func (c *Client) signIn(ctx context.Context, at place) error {
	if err := c.connect(ctx, at); err != nil {
		return err
	}
	before := c.version
	if at.dispatch && c.o.Version == msnp.Beta2 {
		return c.askForServer(ctx)
	}
	if err := c.greet(ctx); err != nil {
		return err
	}
	if err := c.prove(ctx); err != nil {
		return err
	}
	if err := c.synchronise(ctx, at); err != nil {
		return err
	}
	c.emit(SignedIn{Server: at.server, Version: c.version, Name: decoded(c.name), Moved: at.moved})
	return c.arrive(ctx, before)
}

// askForServer is how Beta 2 speaks to a dispatch server, which it knows to be
// one.
func (c *Client) askForServer(ctx context.Context) error {
	id := c.nextID()
	if err := c.say(ctx, msnp.XFRRequest{TrID: id, Type: msnp.ToNotification}); err != nil {
		return err
	}
	l, err := c.answerTo(ctx, id, "XFR")
	if err != nil {
		return err
	}
	return c.referred(l)
}

// greet agrees on a version, and then, as the clients of the time did, asks for the
// methods, or from MSNP8 on tells what the client is. With Options.Pipeline the
// first step of the sign-in goes with it.
func (c *Client) greet(ctx context.Context) error {
	ver := c.nextID()
	hello := msnp.Hello{TrID: ver, Versions: offers[c.o.Version]}
	second, name := c.introduction()
	if c.o.Pipeline {
		if err := c.sayAs(ctx, c.o.Version, hello, second.request, c.firstStep()); err != nil {
			return err
		}
	} else if err := c.say(ctx, hello); err != nil {
		return err
	}
	l, err := c.answerTo(ctx, ver, "VER")
	if err != nil {
		return err
	}
	agreed, err := msnp.ParseAgreed(l, 0)
	if err != nil {
		return protocolError(l, err)
	}
	if err := c.agree(agreed.Version); err != nil {
		return err
	}
	if !c.o.Pipeline {
		if err := c.say(ctx, second.request); err != nil {
			return err
		}
	}
	_, err = c.answerTo(ctx, second.id, name)
	return err
}

// asked is a request with its transaction id.
type asked struct {
	request Request
	id      msnp.TrID
}

// introduction is what follows VER, and the name of its answer. All the versions that
// a client offers have the same.
func (c *Client) introduction() (asked, string) {
	id := c.nextID()
	if c.o.Method == msnp.MethodTWN {
		return asked{c.info(id), id}, "CVR"
	}
	return asked{msnp.Inf{TrID: id}, id}, "INF"
}

// agree keeps the version that the server has picked.
func (c *Client) agree(v msnp.Version) error {
	offered := false
	for _, o := range offers[c.o.Version] {
		offered = offered || o == v && v != msnp.CVR0
	}
	if !offered {
		return &msnp.UnsupportedError{Version: c.o.Version, Form: "sign-in on this server"}
	}
	if c.o.Version == msnp.Beta2 {
		v = msnp.Beta2
	}
	c.mu.Lock()
	c.version = v
	c.mu.Unlock()
	return nil
}

// firstStep says who is coming. Beta 2 keeps it for the second step.
func (c *Client) firstStep() msnp.SignIn {
	m := msnp.SignIn{TrID: c.nextID(), Method: c.o.Method, Stage: msnp.StageInitial}
	if c.o.Version != msnp.Beta2 || c.o.Method == msnp.MethodCTP {
		m.Handle = c.o.Handle
	}
	if c.o.Method == msnp.MethodCTP {
		m.Secret = c.o.Password
	}
	c.usr = m.TrID
	return m
}

// prove signs in. A referral can come at each step.
func (c *Client) prove(ctx context.Context) error {
	if !c.o.Pipeline {
		if err := c.say(ctx, c.firstStep()); err != nil {
			return err
		}
	}
	l, err := c.answerTo(ctx, c.usr, "USR")
	if err != nil {
		return err
	}
	c.link.role.Store(uint32(msnp.Notification))
	if !msnp.IsWelcome(l) {
		challenge, err := msnp.ParseChallenge(l, c.version)
		if err != nil {
			return protocolError(l, err)
		}
		if err := c.mayProve(challenge.Method); err != nil {
			return err
		}
		proof, err := c.secondStep(ctx, challenge)
		if err != nil {
			return err
		}
		if err := c.say(ctx, proof); err != nil {
			return err
		}
		if l, err = c.answerTo(ctx, c.usr, "USR"); err != nil {
			return err
		}
	}
	welcome, err := msnp.ParseWelcome(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.wallet.used = true
	c.mu.Lock()
	if c.version.Has(msnp.FeatureWelcomeName) {
		c.name = welcome.Name
	}
	c.proven = c.wallet.ticket
	c.mu.Unlock()
	return nil
}

// mayProve refuses to show the password to whoever is on the way.
func (c *Client) mayProve(method msnp.Method) error {
	if method == msnp.MethodCTP && !c.o.Plain {
		return ErrPlain
	}
	return nil
}

// secondStep answers a challenge.
func (c *Client) secondStep(ctx context.Context, challenge msnp.Challenge) (msnp.SignIn, error) {
	m := msnp.SignIn{Method: challenge.Method, Stage: msnp.StageSubsequent, Secret: c.o.Password}
	if challenge.Method == msnp.MethodMD5 {
		m.Secret = msnp.MD5Response(challenge.Salt, c.o.Password)
		if c.o.Version == msnp.Beta2 {
			m.Handle = c.o.Handle
		}
	}
	if challenge.Method == msnp.MethodTWN {
		ctx, cancel := context.WithTimeout(ctx, c.o.SignInTimeout)
		defer cancel()
		var err error
		if m.Secret, err = c.ticket(ctx, c.login, challenge.Salt); err != nil {
			return m, err
		}
	}
	m.TrID = c.nextID()
	c.usr = m.TrID
	return m, nil
}

// synchronise fetches the lists, sets the first status, or after a move the
// carried one, and says something more whose answer comes after all statuses of
// contacts, which have no end of their own.
func (c *Client) synchronise(ctx context.Context, at place) error {
	var requests []Request
	syn := c.beginSync(&requests)
	if !c.o.Pipeline && syn != 0 {
		if err := c.say(ctx, requests...); err != nil {
			return err
		}
		if err := c.readLists(ctx, syn); err != nil {
			return err
		}
		requests, syn = nil, 0
	}
	status := c.Status()
	if !at.moved {
		status = c.o.Status
	}
	chg := c.nextID()
	if status != msnp.StatusNone {
		requests = append(requests, c.changeStatus(chg, status))
		c.forget()
	}
	last := c.lastWord(status)
	if last.request != nil {
		requests = append(requests, last.request)
	}
	if err := c.say(ctx, requests...); err != nil {
		return err
	}
	if syn != 0 {
		if err := c.readLists(ctx, syn); err != nil {
			return err
		}
	}
	if err := c.readStatus(ctx, chg, status); err != nil {
		return err
	}
	if err := c.readLast(ctx, last); err != nil {
		return err
	}
	c.noticeAbsent()
	return nil
}

// lastWord is what is said last: to MSNP7 what the client is, and from MSNP8 on,
// where that has been said, whether the server is there. Without a status nothing
// comes that has no end.
func (c *Client) lastWord(status msnp.Status) asked {
	switch {
	case c.o.Method != msnp.MethodTWN:
		id := c.nextID()
		return asked{c.info(id), id}
	case status != msnp.StatusNone:
		return asked{request: msnp.Ping{}}
	}
	return asked{}
}

// readLast reads until the answer to the last word.
func (c *Client) readLast(ctx context.Context, last asked) error {
	switch {
	case last.request == nil:
		return nil
	case last.id != 0:
		_, err := c.answerTo(ctx, last.id, "CVR")
		return err
	}
	for {
		l, err := c.link.next()
		if err != nil {
			return lost(err)
		}
		if l.Name() == pingName {
			return c.onQNG(ctx, l)
		}
		if err := c.handle(ctx, l); err != nil {
			return err
		}
	}
}

// readStatus reads until the status has been set, if one is to be.
func (c *Client) readStatus(ctx context.Context, id msnp.TrID, status msnp.Status) error {
	if status == msnp.StatusNone {
		return nil
	}
	l, err := c.answerTo(ctx, id, "CHG")
	if err != nil {
		return err
	}
	m, err := msnp.ParseChangeStatus(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	c.setStatus(m.Status, status)
	return nil
}

// say writes requests in one segment.
func (c *Client) say(ctx context.Context, requests ...Request) error {
	if len(requests) == 0 {
		return nil
	}
	return c.sayAs(ctx, c.version, requests...)
}

// sayAs is say in the form of a version, for when none has been agreed on yet.
func (c *Client) sayAs(ctx context.Context, v msnp.Version, requests ...Request) error {
	var text []byte
	for _, m := range requests {
		text = m.Append(text, v)
	}
	if err := c.link.write(ctx, c.era, text); err != nil {
		return lost(err)
	}
	return nil
}

// answerTo reads until the answer to a request comes. What comes in between is
// handled as ever.
func (c *Client) answerTo(ctx context.Context, id msnp.TrID, name string) (*msnp.Line, error) {
	for {
		l, err := c.link.next()
		if err != nil {
			return nil, lost(err)
		}
		got, ok := l.TrID()
		switch {
		case l.Code != 0 && (!ok || got == id):
			return nil, &RefusedError{Command: name, Code: l.Code, TrID: id}
		case ok && got == id && l.Name() == name:
			return l, nil
		case ok && got == id && l.Name() == "XFR":
			return nil, c.referred(l)
		}
		if err := c.handle(ctx, l); err != nil {
			return nil, err
		}
	}
}

// referred makes an error of an XFR that sends the client elsewhere.
func (c *Client) referred(l *msnp.Line) error {
	m, err := msnp.ParseReferral(l, c.version)
	if err != nil {
		return protocolError(l, err)
	}
	return &referral{m}
}

func (c *Client) nextID() msnp.TrID {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.newID()
}

// newID is called with the lock held. Zero is what servers say unasked.
func (c *Client) newID() msnp.TrID {
	if c.trid++; c.trid == 0 {
		c.trid = 1
	}
	return c.trid
}
