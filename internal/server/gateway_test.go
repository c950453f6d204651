package server_test

import "testing"

func TestSignInThroughGateway(t *testing.T) {
	t.Parallel()
	s := start(t, "")
	s.addAccount(t, "ada@example.net", "secret", "Ada")
	u := newTunnel(t, s)
	profile := u.signIn("ada@example.net", "secret", "Ada")
	t.Logf("%s", profile)
	u.send("OUT\r\n")
	if !u.over {
		t.Error("OUT does not end the session")
	}
}
