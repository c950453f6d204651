package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// limit is how long the piece may take. It takes a fraction of a second where
// nothing is wrong.
const limit = 20 * time.Second

// Options say where the piece is shown.
type Options struct {
	Out   io.Writer
	Color bool
	Log   *slog.Logger // of the service
}

// Run plays the piece. The last line of a success is a summary; an error says
// what did not happen.
func Run(ctx context.Context, o Options) error {
	if o.Out == nil || o.Log == nil {
		return errors.New("demo: an option is missing")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not done after %s", limit))
	defer cancel()
	began := time.Now()
	s, err := open(ctx, o)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	err = errors.Join(s.play(ctx), s.close()) //nolint:contextcheck // the end has time of its own
	if err == nil {
		err = s.printer.err()
	}
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	s.printer.summary(len(s.cast), len(s.config.Roles), time.Since(began))
	return s.printer.err()
}

// settle waits for everybody who is there.
func (s *stage) settle(ctx context.Context) error {
	var errs []error
	for _, a := range s.cast {
		errs = append(errs, a.settle(ctx))
	}
	return errors.Join(errs...)
}

// play plays all acts.
func (s *stage) play(ctx context.Context) error {
	err := s.rehearse(ctx)
	for _, act := range s.acts() {
		if err != nil {
			break
		}
		s.printer.heading(act.title)
		if err = errors.Join(act.play(ctx), s.settle(ctx)); err != nil {
			err = fmt.Errorf("%s: %w", act.title, err)
		}
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = fmt.Errorf("%w (%w)", err, context.Cause(ctx))
	}
	return errors.Join(err, s.clear(ctx))
}
