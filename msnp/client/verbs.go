package client

import (
	"context"

	"github.com/papilio-im/papilio/msnp"
)

// verbs are what a notification server says that changes something, beyond what
// the call that it answers makes of it.
var verbs map[string]func(*Client, context.Context, *msnp.Line) error

func init() {}
