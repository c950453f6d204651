package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// act is a part of the piece.
type act struct {
	title string
	play  func(context.Context) error
}

// acts are the piece.
func (s *stage) acts() []act {
	var list []act
	for _, a := range s.cast {
		list = append(list, act{
			fmt.Sprintf("%s, with %s, %s", a.title, a.program, a.entrance()),
			func(ctx context.Context) error { return s.enter(ctx, a) },
		})
	}
	var talk talk
	return append(list,
		act{"Dan puts Ada on his list, and she lets him see her", s.meet},
		act{"Ben is busy, and everybody sees it", s.busy},
		act{"Finn has something to say below his name", s.personal},
		act{"Eve shows a picture, and Finn fetches it", s.picture},
		act{"Dan asks everybody into one conversation", func(ctx context.Context) error { return s.gather(ctx, &talk) }},
		act{"They talk", func(ctx context.Context) error {
			return errors.Join(
				talk.say(ctx, s.dan, "Good evening from 2001!"),
				talk.say(ctx, s.ada, "It is still 1999 here."),
				talk.say(ctx, s.ben, "Only a moment, I am busy."),
				talk.say(ctx, s.cleo, "The same year, an older client."),
				talk.say(ctx, s.eve, "And in 2005 we have pictures."),
				talk.nudge(ctx, s.finn),
			)
		}},
		act{"A soft reset: Cleo signs in again where she is", s.reset},
		act{"An unasked referral: Dan is sent to a notification server", s.refer},
		act{"Nobody noticed, and the conversation goes on", func(ctx context.Context) error { return s.resume(ctx, &talk) }},
		act{"They leave", func(ctx context.Context) error { return s.leave(ctx, &talk) }},
	)
}

// entrance is how the actor gets in.
func (a *actor) entrance() string {
	if a.version.SignsInBy(msnp.MethodTWN) {
		return "is referred, gets a ticket and signs in"
	}
	return "is referred and signs in"
}

// rehearse lets everybody put everybody on their lists, before the curtain
// rises. Only Dan forgets Ada.
func (s *stage) rehearse(ctx context.Context) error {
	for _, a := range s.cast {
		if err := a.signIn(ctx, msnp.StatusNone, false); err != nil {
			return err
		}
		for _, other := range s.others(a) {
			if a == s.dan && other == s.ada || a == s.ada && other == s.dan {
				continue
			}
			if err := a.befriend(ctx, other, msnp.ForwardList, msnp.AllowList); err != nil {
				return err
			}
		}
		if err := a.SignOut(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (a *actor) befriend(ctx context.Context, other *actor, lists ...msnp.List) error {
	for _, list := range lists {
		if err := a.Add(ctx, list, other.handle, other.title, msnp.NoGroup); err != nil {
			return fmt.Errorf("%s cannot add %s: %w", a.title, other.title, err)
		}
	}
	if c, _ := a.Contact(other.handle); c.Lists.Has(client.OnPending) {
		return a.Acknowledge(ctx, other.handle) // that the other has added them
	}
	return nil
}

// knows reports whether the actor has somebody on the forward list.
func (a *actor) knows(other *actor) bool {
	c, ok := a.Contact(other.handle)
	return ok && c.Lists.Has(client.OnForward)
}

// enter signs an actor in. Those who are there see it come, and it sees them.
func (s *stage) enter(ctx context.Context, a *actor) error {
	if err := a.signIn(ctx, msnp.StatusOnline, true); err != nil {
		return err
	}
	err := await(ctx, a, "where to go", func(e client.Referred) bool {
		return !e.Unasked && e.From == s.server.Addr(config.RoleDispatch).String()
	})
	if err != nil {
		return err
	}
	for _, other := range s.cast {
		if other == a {
			break // those behind have not come yet
		}
		if a.knows(other) {
			err = errors.Join(err, a.sees(ctx, other, msnp.StatusOnline))
		}
		if other.knows(a) {
			err = errors.Join(err, other.sees(ctx, a, msnp.StatusOnline))
		}
	}
	return err
}

// meet is how two become contacts: one adds, the other is told and agrees.
func (s *stage) meet(ctx context.Context) error {
	if err := s.dan.befriend(ctx, s.ada, msnp.ForwardList); err != nil {
		return err
	}
	err := errors.Join(
		s.dan.sees(ctx, s.ada, msnp.StatusOnline),
		await(ctx, s.ada, "that Dan has added her", func(e client.ListChanged) bool {
			return e.List == msnp.ReverseList && e.Handle == s.dan.handle && e.Unasked
		}),
	)
	if err != nil {
		return err
	}
	if err := s.ada.befriend(ctx, s.dan, msnp.AllowList, msnp.ForwardList); err != nil {
		return err
	}
	return errors.Join(
		s.ada.sees(ctx, s.dan, msnp.StatusOnline),
		s.dan.sees(ctx, s.ada, msnp.StatusOnline), // once more, now that he may
		s.dan.befriend(ctx, s.ada, msnp.AllowList),
		s.ada.sees(ctx, s.dan, msnp.StatusOnline),
	)
}

func (s *stage) busy(ctx context.Context) error {
	err := s.ben.SetStatus(ctx, msnp.StatusBusy)
	for _, other := range s.others(s.ben) {
		err = errors.Join(err, other.sees(ctx, s.ben, msnp.StatusBusy))
	}
	return err
}

// reset makes Cleo sign in again on the connection that she has.
func (s *stage) reset(ctx context.Context) error {
	if err := s.server.Reset(ctx, s.cleo.handle); err != nil {
		return err
	}
	return s.moves(ctx, s.cleo, func(e client.Referred) bool { return e.Unasked && e.Reset })
}

// refer sends Dan to the notification server. It is the one that he is on: to
// his client that makes no difference.
func (s *stage) refer(ctx context.Context) error {
	to := s.server.Addr(config.RoleNotification).String()
	err := s.server.Refer(ctx, s.dan.handle, to)
	if err != nil {
		return err
	}
	return s.moves(ctx, s.dan, func(e client.Referred) bool { return e.Unasked && !e.Reset && e.To == to })
}

// moves waits until somebody has been sent away and has arrived.
func (s *stage) moves(ctx context.Context, a *actor, by func(client.Referred) bool) error {
	err := errors.Join(
		await(ctx, a, "to move", by),
		await(ctx, a, "that the move is over", func(e client.SignedIn) bool { return e.Moved }),
	)
	if err == nil && a.Status() != msnp.StatusOnline {
		err = fmt.Errorf("%s is %s after the move", a.title, a.Status())
	}
	for _, other := range s.others(a) {
		contact, known := a.Contact(other.handle)
		if err == nil && (!known || !contact.Status.Open()) {
			err = fmt.Errorf("%s does not see %s after the move", a.title, other.title)
		}
	}
	return err
}

// leave ends the conversation and signs everybody out, each seen by those who
// are left.
func (s *stage) leave(ctx context.Context, t *talk) error {
	if err := t.end(ctx); err != nil {
		return err
	}
	for i, a := range s.cast {
		if err := a.SignOut(ctx); err != nil {
			return err
		}
		for _, other := range s.cast[i+1:] {
			if err := other.sees(ctx, a, msnp.StatusOffline); err != nil {
				return err
			}
		}
	}
	var err error
	for _, a := range s.cast {
		err = errors.Join(err, a.trouble())
	}
	return err
}
