package server

import (
	"github.com/papilio-im/papilio/internal/notification"
	"github.com/papilio-im/papilio/msnp"
)

// SignsIn reports whether clients of version v can sign in: those that the
// notification server speaks to, and Beta 2, which calls itself MSNP2. Every
// version is referred.
func SignsIn(v msnp.Version) bool { return v == msnp.Beta2 || notification.Speaks(v) }
