package server_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain looks for goroutines that are left when every service has stopped.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
