package web

import (
	"io"
	"net/http"
	"strconv"
)

// Header is one line of an answer's header. Its name is sent as it is spelt here:
// some clients look for a name letter by letter, and net/http would write
// PassportURLs as Passporturls.
type Header struct{ Name, Value string }

// Reply writes a whole answer. It always says how long it is, since old clients
// know nothing of chunks.
func Reply(w http.ResponseWriter, status int, contentType, body string, headers ...Header) {
	all := w.Header()
	if contentType != "" {
		all.Set("Content-Type", contentType)
	} else {
		all["Content-Type"] = nil // or net/http would guess one
	}
	all.Set("Content-Length", strconv.Itoa(len(body)))
	for _, h := range headers {
		all[h.Name] = append(all[h.Name], h.Value)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) //nolint:gosec // who asked may have gone; what it sent is escaped where it is used
}

// XML is the content type of all that is XML. Old clients know no other.
const XML = "text/xml; charset=utf-8"

// HTML is the content type of what clients want to be told is HTML and nothing
// more.
const HTML = "text/html"
