package server_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
)

// A notification server with its accounts in another database than the others
// is refused, and is in nobody's way afterwards. One without accounts is not asked.
func TestOtherDatabase(t *testing.T) {
	s := newService(t)
	one := s.node("one", "", config.RoleNotification, config.RoleSwitchboard)
	c := s.config("two", "", config.RoleNotification)
	right := c.Storage.URL
	c.Storage.URL = "sqlite://" + filepath.ToSlash(filepath.Join(t.TempDir(), "papilio.db"))
	_, err := server.Start(t.Context(), server.Options{Config: c, Log: logger(t)})
	for _, part := range []string{"node one has its accounts in another database", c.Storage.URL[len("sqlite://"):], "storage.url"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v: does not say %q", err, part)
		}
	}
	c.Storage.URL = right
	s.settled(one, s.nodeOf(c), s.node("ds", "", config.RoleDispatch))
}
