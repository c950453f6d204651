package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"
)

// socketName is the file in the data folder.
const socketName = "control.sock"

// maxSocketPath is what the address of a socket holds on the systems that we
// know, the ending zero left out.
const maxSocketPath = 103

// ErrRunning says that a service is running on the data folder already.
var ErrRunning = errors.New("another Papilio is running on this data folder")

// ErrNotRunning says that no service is running on the data folder.
var ErrNotRunning = errors.New("no Papilio is running on this data folder; start one with: papilio serve")

func socketPath(data string) (string, error) {
	path, err := filepath.Abs(filepath.Join(data, socketName))
	if err != nil {
		return "", err
	}
	if len(path) > maxSocketPath {
		return "", fmt.Errorf("the path of the data folder is too long for a socket in it (%s has %d characters, %d are possible): use another folder with --data",
			path, len(path), maxSocketPath)
	}
	return path, nil
}

// Listen opens the socket of a data folder. What a service that was killed
// left behind is cleared away; if one is running, the error is [ErrRunning].
func Listen(ctx context.Context, data string) (net.Listener, error) {
	path, err := socketPath(data)
	if err != nil {
		return nil, err
	}
	if conn, err := dial(ctx, path); err == nil {
		_ = conn.Close() // it was only a knock
		return nil, fmt.Errorf("%w: %s", ErrRunning, data)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("clear the old control socket away: %w", err)
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("open the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("protect the control socket: %w", err), ln.Close())
	}
	return ln, nil
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	return d.DialContext(ctx, "unix", path)
}
