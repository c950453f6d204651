package site

import (
	_ "embed"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strconv"

	"github.com/papilio-im/papilio/internal/web"
)

//go:embed index.html
var indexHTML string

// Options are what the site needs to know.
type Options struct {
	DispatchPort int        // 0 if this machine runs no dispatch server
	Authority    *Authority // nil if it has none
	Log          *slog.Logger
}

// page is what the page is filled with.
type page struct {
	Dispatch string // host:port, or empty
	Registry string // the host for clients that know the port, or empty
	// Authority: there is a certificate authority to install.
	Authority bool
	Host      string   // by which the browser has come
	Names     []string // that are to lead here, for clients that have them built in
}

// builtIn are the names that MSN Messenger 4.7 to 7.5 look for to sign in.
var builtIn = []string{
	"messenger.hotmail.com", "gateway.messenger.hotmail.com", "nexus.passport.com",
	"login.passport.com", "loginnet.passport.com", "login.passport.net", "login.live.com",
	"config.messenger.msn.com", "svcs.microsoft.com",
}

// New makes the handler of the site.
func New(o Options) (http.Handler, error) {
	index, err := template.New("index").Parse(indexHTML)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	show := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := index.Execute(w, o.page(r)); err != nil {
			o.Log.DebugContext(r.Context(), "page not sent", slog.Any("error", err))
		}
	}
	mux.HandleFunc("GET /{$}", show)
	// Clients post a form with their credentials' hash to whatever page they
	// are sent to. It is not read. Some try whether they can post at all, with
	// nothing.
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength == 0 {
			web.Reply(w, http.StatusOK, web.HTML, "")
			return
		}
		show(w, r)
	})
	mux.HandleFunc("/services/{service}", show)
	if err := o.authorityPages(mux); err != nil {
		return nil, err
	}
	return mux, nil
}

// officialPort is built into the official clients.
const officialPort = 1863

// page has the address to enter in a client: the host that the browser has come
// by, with the dispatch server's port.
func (o *Options) page(r *http.Request) page {
	p := page{Authority: o.Authority != nil}
	if o.DispatchPort == 0 {
		return p
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	p.Host, p.Names = host, builtIn
	p.Dispatch = net.JoinHostPort(host, strconv.Itoa(o.DispatchPort))
	if o.DispatchPort == officialPort {
		p.Registry = host
	}
	return p
}
