package cluster

import (
	"fmt"
	"log/slog"
)

// serverLog brings what the NATS server in the process has to say into our
// log: warnings and errors, since its notices are about a server that nobody
// sees. It must not exit on a fatal one; the start fails by itself then.
type serverLog struct{ log *slog.Logger }

func (serverLog) Noticef(string, ...any) {}
func (serverLog) Debugf(string, ...any)  {}
func (serverLog) Tracef(string, ...any)  {}

func (l serverLog) Warnf(format string, v ...any) {
	l.log.Warn("NATS server warns", "text", fmt.Sprintf(format, v...))
}

func (l serverLog) Errorf(format string, v ...any) {
	l.log.Error("NATS server reports an error", "text", fmt.Sprintf(format, v...))
}

func (l serverLog) Fatalf(format string, v ...any) {
	l.log.Error("NATS server cannot go on", "text", fmt.Sprintf(format, v...))
}
