package server_test

import (
	"errors"
	"net"
	"os"
	"testing"

	"github.com/papilio-im/papilio/internal/config"
	"github.com/papilio-im/papilio/internal/server"
)

// A service that cannot listen leaves nothing behind in a fresh folder.
func TestTakenPort(t *testing.T) {
	var lc net.ListenConfig
	taken, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := loopback(t, "")
	c.Storage.URL = ""
	c.Switchboard.Port = taken.Addr().(*net.TCPAddr).Port
	_, err = server.Start(t.Context(), server.Options{Config: c, Log: logger(t), Hash: cheapHash})
	var port *server.PortError
	if !errors.As(err, &port) || port.Role != config.RoleSwitchboard {
		t.Fatalf("start: %v", err)
	}
	files, err := os.ReadDir(c.Data)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Errorf("left behind: %s", f.Name())
	}
}
