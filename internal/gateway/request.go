package gateway

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// Path is where the gateway is served.
const Path = "/gateway/gateway.dll"

const (
	// maxBody bounds the body of a request.
	maxBody = 64 << 10
	// maxLifespan bounds how long a request may wait for something to come.
	maxLifespan = time.Minute
)

// kind is what a request is for.
type kind string

const (
	kindOpen kind = "open" // begin a session
	kindSend kind = "send" // bring commands
	kindPoll kind = "poll" // ask what has come
)

// request is what stands in the query of a request.
type request struct {
	kind   kind
	server msnp.Role     // for open
	hint   string        // for open: the host that the client would reach
	id     string        // of the session, for the others
	wait   time.Duration // for poll: how long, if nothing has come
}

var errAction = errors.New("there is no such action")

// parseRequest reads a query. Clients leave the session out to open one, or give
// an empty one, or say so.
func parseRequest(q url.Values) (request, error) {
	action := q.Get("Action")
	r := request{kind: kindSend, id: q.Get("SessionID")}
	switch action {
	case "", string(kindOpen):
	case string(kindPoll):
		r.kind, r.wait = kindPoll, lifespan(q.Get("Lifespan"))
	default:
		return request{}, errAction
	}
	if action != string(kindOpen) && r.id != "" {
		return r, nil
	}
	r = request{kind: kindOpen, server: msnp.Notification, hint: q.Get("IP")}
	if q.Get("Server") == "SB" {
		r.server = msnp.Switchboard
	}
	return r, nil
}

// lifespan is how long a poll waits: not at all if it does not say, or nothing
// that makes sense, since the clients that do not know of it could send nothing
// meanwhile.
func lifespan(seconds string) time.Duration {
	n, err := strconv.ParseUint(seconds, 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(min(n, uint64(maxLifespan/time.Second))) * time.Second
}

const (
	usualType = "application/x-msn-messenger"
	// askedType is the header by which some clients ask for another type: what is
	// in between may pass on nothing that is not text.
	askedType = "X-Requested-Session-Content-Type"
	maxType   = 64
)

// contentType is what the answer is called.
func contentType(h http.Header) string {
	asked := h.Get(askedType)
	if asked == "" || len(asked) > maxType {
		return usualType
	}
	for _, c := range []byte(asked) {
		if c < ' ' || c >= 0x7f {
			return usualType
		}
	}
	return asked
}
