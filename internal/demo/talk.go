package demo

import (
	"context"
	"errors"
	"fmt"

	"github.com/papilio-im/papilio/msnp/client"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// talk is the conversation, as each of its members has it.
type talk struct {
	seats map[*actor]*client.Conversation
}

// gather lets Dan call everybody, and waits until everybody is there for
// everybody.
func (s *stage) gather(ctx context.Context, t *talk) error {
	t.seats = make(map[*actor]*client.Conversation)
	var handles []string
	for _, a := range s.others(s.dan) {
		handles = append(handles, a.handle)
	}
	mine, err := s.dan.Open(ctx, handles...)
	if err != nil {
		return fmt.Errorf("nobody comes: %w", err)
	}
	t.seats[s.dan] = mine
	for _, a := range s.others(s.dan) {
		err := await(ctx, a, "of the conversation", func(e client.Answered) bool {
			t.seats[a] = e.Conversation
			return e.Invitation.Caller == s.dan.handle
		})
		if err != nil {
			return err
		}
	}
	return t.complete(ctx)
}

// complete waits until each member knows of all others. Who came later is told
// by an event, who was there before is not.
func (t *talk) complete(ctx context.Context) error {
	for a, conv := range t.seats {
		for len(conv.Members()) < len(t.seats)-1 {
			err := await(ctx, a, "who is there", func(e client.Joined) bool { return e.Conversation == conv })
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// say lets somebody say something, and waits until everybody else has heard it.
func (t *talk) say(ctx context.Context, who *actor, text string) error {
	if err := t.seats[who].Send(ctx, text); err != nil {
		return fmt.Errorf("%s cannot say %q: %w", who.title, text, err)
	}
	return t.hear(ctx, who, text, func(e client.Message) bool {
		got, ok := e.Text()
		return ok && got == text
	})
}

// hear waits until everybody else has heard something that somebody said.
func (t *talk) hear(ctx context.Context, who *actor, what string, fits func(client.Message) bool) error {
	var err error
	for a, conv := range t.seats {
		if a == who {
			continue
		}
		err = errors.Join(err, await(ctx, a, what, func(e client.Message) bool {
			return e.Handle == who.handle && e.Conversation == conv && fits(e)
		}))
	}
	return err
}

// nudge lets somebody nudge everybody. Older clients have no use for it, and are sent
// it, too.
func (t *talk) nudge(ctx context.Context, who *actor) error {
	if err := t.seats[who].Nudge(ctx); err != nil {
		return fmt.Errorf("%s cannot nudge anybody: %w", who.title, err)
	}
	return t.hear(ctx, who, "of the nudge", func(e client.Message) bool { return e.ContentType() == p2p.DatacastType })
}

// resume goes on with a conversation of which two members have moved.
func (s *stage) resume(ctx context.Context, t *talk) error {
	for _, moved := range []*actor{s.cleo, s.dan} {
		for _, a := range s.others(moved) {
			if err := a.unaware(moved); err != nil {
				return err
			}
		}
	}
	return errors.Join(
		t.say(ctx, s.cleo, "I have signed in twice by now."),
		t.say(ctx, s.ada, "Have you? I saw nothing."),
		t.say(ctx, s.dan, "Neither did I. Good night!"),
	)
}

// end lets all leave the conversation, one after another.
func (t *talk) end(ctx context.Context) error {
	for len(t.seats) > 0 {
		who := t.next()
		err := t.seats[who].Close()
		if err != nil {
			return err
		}
		delete(t.seats, who)
		for a, conv := range t.seats {
			err := await(ctx, a, "that "+who.title+" has left", func(e client.Left) bool {
				return e.Conversation == conv && e.Handle == who.handle
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// next is who leaves first of those who are there: the order of the cast.
func (t *talk) next() *actor {
	var first *actor
	for a := range t.seats {
		if first == nil || a.name < first.name {
			first = a
		}
	}
	return first
}
