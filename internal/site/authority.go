package site

import (
	_ "embed"
	"html/template"
	"log/slog"
	"net/http"

	"github.com/papilio-im/papilio/internal/web"
)

// Authority is what is shown of the certificate authority that clients have to
// install.
type Authority struct {
	Name         string
	Names        []string // that it may certify
	DER          []byte
	SHA256, SHA1 string // its fingerprints
}

//go:embed authority.html
var authorityHTML string

// certificateType has Windows offer to install what it gets.
const certificateType = "application/x-x509-ca-cert"

// authorityPages shows the authority, and gives it to who wants to install it.
func (o *Options) authorityPages(mux *http.ServeMux) error {
	if o.Authority == nil {
		return nil
	}
	page, err := template.New("authority").Parse(authorityHTML)
	if err != nil {
		return err
	}
	mux.HandleFunc("GET /authority", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, o.Authority); err != nil {
			o.Log.DebugContext(r.Context(), "page not sent", slog.Any("error", err))
		}
	})
	mux.HandleFunc("GET /authority.crt", func(w http.ResponseWriter, _ *http.Request) {
		web.Reply(w, http.StatusOK, certificateType, string(o.Authority.DER),
			web.Header{Name: "Content-Disposition", Value: `attachment; filename="papilio-authority.crt"`})
	})
	return nil
}
