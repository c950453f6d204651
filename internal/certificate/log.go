package certificate

import (
	"context"
	"log/slog"

	"go.uber.org/zap/zapcore"
)

// slogCore writes the log of certmagic into that of the service. Its details are
// for whoever works on certmagic; what it tells in general is for debugging here.
type slogCore struct{ log *slog.Logger }

// Enabled passes over what is more detailed than certmagic's "info".
func (c slogCore) Enabled(l zapcore.Level) bool {
	return l >= zapcore.InfoLevel && c.log.Enabled(context.Background(), levelOf(l))
}

// With adds fields.
func (c slogCore) With(fields []zapcore.Field) zapcore.Core {
	return slogCore{slog.New(c.log.Handler().WithAttrs(attrs(fields)))}
}

// Check takes an entry that is to be written.
func (c slogCore) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return to.AddCore(e, c)
	}
	return to
}

// Write writes an entry.
func (c slogCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	c.log.LogAttrs(context.Background(), levelOf(e.Level), "certificate", append(attrs(fields), slog.String("event", e.Message))...)
	return nil
}

// Sync has nothing to do.
func (c slogCore) Sync() error { return nil }

func levelOf(l zapcore.Level) slog.Level {
	switch {
	case l >= zapcore.ErrorLevel:
		return slog.LevelError
	case l >= zapcore.WarnLevel:
		return slog.LevelWarn
	}
	return slog.LevelDebug
}

func attrs(fields []zapcore.Field) []slog.Attr {
	e := zapcore.NewMapObjectEncoder()
	all := make([]slog.Attr, 0, len(fields))
	for _, f := range fields {
		f.AddTo(e)
	}
	for name, value := range e.Fields {
		all = append(all, slog.Any(name, value))
	}
	return all
}
