package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/client"
)

// Errors of the generator's own.
var (
	errStranger = errors.New("referred to an address outside of this machine and of private networks")
	errStatus   = errors.New("no answer that was expected")
)

// kindOf gives the kind of an error: words that many errors have in common,
// without anybody's handle or port.
func kindOf(err error) string {
	if refused, ok := errors.AsType[*client.RefusedError](err); ok {
		return fmt.Sprintf("%s refused: %s (%d)", refused.Command, refused.Code.Meaning(), refused.Code)
	}
	if ended, ok := errors.AsType[*client.EndedError](err); ok {
		return endedKind(ended.Reason)
	}
	if _, ok := errors.AsType[*client.ProtocolError](err); ok {
		return "not the protocol"
	}
	if login, ok := errors.AsType[*client.LoginError](err); ok && login.Err == nil {
		return login.Error()
	}
	for _, known := range []struct {
		err  error
		kind string
	}{
		{errStranger, errStranger.Error()},
		{errStatus, errStatus.Error()},
		{syscall.ECONNREFUSED, "connection refused"},
		{syscall.EADDRNOTAVAIL, "no port left for another connection (see --sources)"},
		{syscall.EMFILE, "too many open files (see --processes)"},
		{syscall.ECONNRESET, "connection reset"},
		{syscall.EPIPE, "connection reset"},
		{context.DeadlineExceeded, "no answer in time"},
		{os.ErrDeadlineExceeded, "no answer in time"},
		{client.ErrNotDelivered, "not delivered (NAK)"},
		{client.ErrReferralLoop, "referred in a circle"},
		{client.ErrTooManyConversations, "too many conversations"},
		{client.ErrClosed, "conversation over"},
		{client.ErrSignedOut, "signed out"},
		{io.EOF, "closed by the server"},
		{client.ErrConnectionLost, "connection lost"},
	} {
		if errors.Is(err, known.err) {
			return known.kind
		}
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "no answer in time"
	}
	return "others"
}

func endedKind(reason msnp.Reason) string {
	switch reason {
	case msnp.ReasonElse:
		return "signed out: signed in elsewhere (OTH)"
	case msnp.ReasonShutdown:
		return "signed out: the server goes down (SSD)"
	case msnp.ReasonMigrated:
		return "signed out: the lists have moved (MIG)"
	case msnp.ReasonTerms:
		return "signed out: the terms of use (TOU)"
	case msnp.ReasonLater:
		return "signed out: for some minutes (RCT)"
	case msnp.ReasonNone:
	}
	return "signed out by the server"
}
