package certificate

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often the files are looked at while clients come.
const lookEvery = time.Minute

// Files is a certificate and its key in two files, which may be renewed at any
// time by whoever keeps them.
type Files struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex
	pair   *tls.Certificate
	stamp  [2]time.Time // of the files that pair is from
	looked time.Time
}

// OpenFiles reads a certificate with its chain, and its key, both in PEM.
func OpenFiles(certFile, keyFile string, log *slog.Logger) (*Files, error) {
	f := &Files{certFile: certFile, keyFile: keyFile, log: log}
	stamp, err := f.look()
	if err == nil {
		err = f.read(stamp)
	}
	if err != nil {
		return nil, fmt.Errorf("read the certificate (web.certificate, web.key): %w", err)
	}
	return f, nil
}

// Get gives the certificate. If the files have changed it is the new one, unless
// that cannot be read: they may be half written.
func (f *Files) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.looked) >= lookEvery {
		f.looked = now
		stamp, err := f.look()
		if err == nil && stamp != f.stamp {
			err = f.read(stamp)
		}
		if err != nil {
			f.log.Warn("the certificate was not read again; the one before is still used", slog.Any("error", err))
		}
	}
	return f.pair, nil
}

func (f *Files) look() (stamp [2]time.Time, err error) {
	for i, name := range []string{f.certFile, f.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = info.ModTime()
	}
	return stamp, nil
}

func (f *Files) read(stamp [2]time.Time) error {
	pair, err := tls.LoadX509KeyPair(f.certFile, f.keyFile)
	if err != nil {
		return err
	}
	f.pair, f.stamp = &pair, stamp
	return nil
}
