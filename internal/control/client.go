package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/notification"
)

// ErrNotSignedIn says that an account has no session to do something with.
var ErrNotSignedIn = notification.ErrNotSignedIn

// Client speaks to the service that runs on a data folder.
type Client struct{ http *http.Client }

// Dial finds the running service. The error is [ErrNotRunning] if there is none.
func Dial(ctx context.Context, data string) (*Client, error) {
	path, err := socketPath(data)
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, path)
	if err != nil {
		return nil, ErrNotRunning
	}
	_ = conn.Close() // it was only a knock
	return &Client{&http.Client{Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
		DisableKeepAlives: true,
	}}}, nil
}

// Sessions lists who is signed in.
func (c *Client) Sessions(ctx context.Context) ([]notification.SessionInfo, error) {
	body, err := c.do(ctx, http.MethodGet, "/sessions", "")
	if err != nil {
		return nil, err
	}
	var sessions []notification.SessionInfo
	return sessions, json.Unmarshal(body, &sessions)
}

// Session has something done to a session: "close", "reset", "refer" (text is
// the address) or "alert" (text is what to show).
func (c *Client) Session(ctx context.Context, handle, what, text string) error {
	_, err := c.do(ctx, http.MethodPost, "/sessions/"+url.PathEscape(handle)+"/"+what, text)
	return err
}

// Account has something done to an account: "ban", "unban" or "remove".
func (c *Client) Account(ctx context.Context, handle, what string) error {
	_, err := c.do(ctx, http.MethodPost, "/accounts/"+url.PathEscape(handle)+"/"+what, "")
	return err
}

func (c *Client) do(ctx context.Context, method, path, text string) (body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://papilio"+path, strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("ask the running service: %w", err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	body, err = io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("hear the running service: %w", err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return body, nil
	case http.StatusNotFound:
		return nil, account.ErrNotFound
	case http.StatusConflict:
		return nil, ErrNotSignedIn
	}
	return nil, errors.New(strings.TrimSpace(string(body)))
}
