package main

import (
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/papilio-im/papilio/internal/certificate"
)

func TestAuthority(t *testing.T) {
	w := newWorld(t)
	w.refused(exitFailed, "no certificate authority has been made yet", "authority")
	a, err := certificate.OpenAuthority(certificate.AuthorityOptions{
		Dir: filepath.Join(w.data, "authority"), Names: []string{"chat.example.com"}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	bySHA256, bySHA1 := a.Fingerprints()
	contains(t, w.done("authority"), a.Name()+"\n", bySHA256, bySHA1, filepath.Join(w.data, "authority", "authority.crt"),
		"\n  nexus.passport.com\n", "\n  chat.example.com\n")
}
