package cluster

import (
	"fmt"
	"log/slog"
	"sync/atomic"
)

// serverLog brings what the NATS server in the process has to say into our
// log: warnings and errors, since its notices are about a server that nobody
// sees. It must not exit when the server cannot go on; the start fails then.
type serverLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string] // why it could not go on
}

func (*serverLog) Noticef(string, ...any) {}
func (*serverLog) Debugf(string, ...any)  {}
func (*serverLog) Tracef(string, ...any)  {}

func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("NATS server warns", "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("NATS server reports an error", "text", fmt.Sprintf(format, v...))
}

func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.Store(&text)
	l.log.Error("NATS server cannot go on", "text", text)
}
