package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// patience is for how long an answer is waited for. A service that asks other
// nodes waits some seconds for each, and for a database that is being restarted
// some more; one that takes longer is frozen, and its socket still opens.
const patience = time.Minute

// Client speaks to the service that runs on a data folder.
type Client struct{ http *http.Client }

// Dial finds the running service. The error is [ErrNotRunning] if there is none;
// that this user may not look is another.
func Dial(ctx context.Context, data string) (*Client, error) {
	path, err := socketPath(data)
	if err != nil {
		return nil, err
	}
	conn, err := dial(ctx, path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("ask the service that runs on the data folder, as the user that it runs as: %w", err)
	case err != nil:
		return nil, ErrNotRunning
	}
	_ = conn.Close() // it was only a knock
	return &Client{&http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext:       func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) },
		DisableKeepAlives: true,
	}}}, nil
}

// Sessions lists who is signed in.
func (c *Client) Sessions(ctx context.Context) (Sessions, error) {
	return get[Sessions](ctx, c, "/sessions")
}

// Nodes lists the nodes of the cluster.
func (c *Client) Nodes(ctx context.Context) ([]Node, error) { return get[[]Node](ctx, c, "/nodes") }

// Shards lists who serves each shard.
func (c *Client) Shards(ctx context.Context) ([]Shard, error) { return get[[]Shard](ctx, c, "/shards") }

// Where tells where an account is signed in, or would be.
func (c *Client) Where(ctx context.Context, handle string) (Place, error) {
	return get[Place](ctx, c, "/accounts/"+url.PathEscape(handle))
}

// Drain has a node drain.
func (c *Client) Drain(ctx context.Context, d Drain) error {
	text, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, http.MethodPost, "/drain", string(text))
	return err
}

// Undrain takes Drain back.
func (c *Client) Undrain(ctx context.Context, node string) error {
	_, err := c.do(ctx, http.MethodPost, "/undrain", node)
	return err
}

// get asks for something.
func get[T any](ctx context.Context, c *Client, path string) (what T, err error) {
	body, err := c.do(ctx, http.MethodGet, path, "")
	if err != nil {
		return what, err
	}
	if err := json.Unmarshal(body, &what); err != nil {
		return what, fmt.Errorf("%w: %w", errOtherRelease, err)
	}
	return what, nil
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
		return nil, c.unanswered(ctx, err)
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	body, err = io.ReadAll(answer.Body)
	if err != nil {
		return nil, c.unanswered(ctx, err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusNoContent:
		return body, nil
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return nil, errOtherRelease
	}
	return nil, &refusal{strings.TrimSpace(string(body)), problems[answer.Header.Get(problemHeader)]}
}

// unanswered says what became of a request without an answer.
func (c *Client) unanswered(ctx context.Context, err error) error {
	var timeout net.Error
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("stopped before the running service had answered: %w", ctx.Err())
	case errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Errorf("the running service has not answered for %s: it is frozen, or has far too much to do", c.http.Timeout)
	}
	return fmt.Errorf("the running service went away before it had answered: %w", err)
}
