package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Without the key no command opens the accounts, and each says what does.
func TestUserForgetLegacy(t *testing.T) {
	w := newWorld(t)
	w.refused(exitFailed, "there are no accounts in", "user", "forget-legacy", "--yes")
	w.done("user", "add", "anna@example.com", "--password", "main", "--legacy-password", "old")
	if err := os.Remove(filepath.Join(w.data, "legacy.key")); err != nil {
		t.Fatal(err)
	}
	w.refused(exitFailed, "papilio user forget-legacy", "user", "list")
	w.refused(exitUsage, "--yes", "user", "forget-legacy")
	contains(t, w.done("user", "forget-legacy", "--yes"), "taken away: 1;", "papilio user legacy-password HANDLE")
	w.letsIn("anna@example.com", "main", "")
}
