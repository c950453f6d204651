package site

import (
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/papilio-im/papilio/internal/web"
)

// router is the site with all that clients fetch while they start.
func router(t *testing.T) *web.Router {
	t.Helper()
	pages, err := New(Options{DispatchPort: 1863, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	rt := web.NewRouter(pages)
	Start(rt, web.Place{Plain: 8080, Secure: 8443})
	return rt
}

func ask(t *testing.T, rt *web.Router, method, host, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	r.Host = host
	w := httptest.NewRecorder()
	rt.ServeHTTP(w, r)
	return w
}

func TestStart(t *testing.T) {
	rt := router(t)
	for _, tt := range []struct {
		host, target string
		status       int
		contentType  string
		body, to     string
	}{
		{"svcs.microsoft.com", "/svcs/mms/tabs.asp", 200, web.XML, noTabs, ""},
		{"svcs.microsoft.com", "/SVCS//mms/tabs.asp?x=1", 200, web.XML, noTabs, ""},
		{"svcs.microsoft.com", "/svcs/mms/portal.asp", 302, web.HTML, "", "http://svcs.microsoft.com/"},
		{"chat.example.net:8080", "/svcs/mms/abch_config.asp", 200, web.XML,
			"<abchconfig><url>https://chat.example.net:8443/abservice/abservice.asmx</url><refresh>0</refresh><percent>0.0</percent></abchconfig>", ""},
		{"g.msn.com", "/5meen_us/60", 302, web.HTML, "", "http://g.msn.com/svcs/mms/tabs.asp"},
		{"g.msn.com:80", "/7mede_at/106?x=y", 302, web.HTML, "", "http://g.msn.com/"},
		{"rad.msn.com", "/ADSAdClient31.dll?GetAd=&PG=IMSBB1?SC=LG", 200, web.HTML, "", ""},
		{"chat.example.net:8080", "/etc/text-ad-service", 200, web.HTML, "", ""},
		{"login.live.com", "/ppsecure/sha1auth.srf?lc=1033", 302, web.HTML, "", "http://login.live.com/"},
		{"login.passport.com", "/ppsecure/md5auth.srf?lc=1033", 302, web.HTML, "", "http://login.passport.com/"},
	} {
		for _, method := range []string{"GET", "POST"} {
			w := ask(t, rt, method, tt.host, tt.target, "")
			h := w.Header()
			if w.Code != tt.status || h.Get("Content-Type") != tt.contentType || w.Body.String() != tt.body || h.Get("Location") != tt.to {
				t.Errorf("%s %s%s: %d %v\n%s", method, tt.host, tt.target, w.Code, h, w.Body)
			}
		}
	}
	for _, target := range []string{"/pki/crl/products/x.crl", "/5meen_us", "/msdownload/update/authroot.stl"} {
		if w := ask(t, rt, "GET", "crl.microsoft.com", target, ""); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

// A client tries whether it can post to where it signs in, with nothing.
func TestKeyPort(t *testing.T) {
	w := ask(t, router(t), "POST", "login.live.com", "/", "")
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "0" {
		t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
	}
}

func TestMsgrConfig(t *testing.T) {
	rt := router(t)
	const request = `<?xml version="1.0"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><GetClientConfig xmlns="http://www.msn.com/webservices/Messenger/Client"><clientinfo><Country>US</Country><CLCID>0409</CLCID><PLCID>0409</PLCID><GeoID>244</GeoID></clientinfo></GetClientConfig></soap:Body></soap:Envelope>`
	bare := ask(t, rt, "GET", "config.messenger.msn.com", "/Config/MsgrConfig.asmx?op=GetClientConfig&Country=US&ver=8.5.1302", "").Body.String()
	document, ok := strings.CutPrefix(bare, xmlDeclaration)
	if !ok || !strings.HasPrefix(document, "<MsgrConfig>") || !strings.HasSuffix(document, "</MsgrConfig>") {
		t.Errorf("bare:\n%s", bare)
	}
	for _, want := range []string{
		"<url>https://config.messenger.msn.com/abservice/abservice.asmx</url>", `<domain name="config.messenger.msn.com"/>`,
		"<TextAdServer>http://config.messenger.msn.com/etc/text-ad-service</TextAdServer>",
		"<MsnTodaySiteID>0</MsnTodaySiteID>", "<AppDirSeviceURL>http://config.messenger.msn.com/</AppDirSeviceURL>",
	} {
		if !strings.Contains(document, want) {
			t.Errorf("no %s in:\n%s", want, document)
		}
	}
	for _, body := range []string{request, ""} {
		w := ask(t, rt, "POST", "config.messenger.msn.com", "/config//msgrconfig.asmx", body)
		if got, want := w.Body.String(), configOpen+document+configClose; w.Code != 200 || got != want || w.Header().Get("Content-Type") != web.XML {
			t.Errorf("%d\n%s\nwant:\n%s", w.Code, got, want)
		}
	}
	for _, text := range []string{bare, configOpen + document + configClose} {
		d := xml.NewDecoder(strings.NewReader(text))
		for err := error(nil); !errors.Is(err, io.EOF); {
			if _, err = d.Token(); err != nil && !errors.Is(err, io.EOF) {
				t.Fatalf("not XML: %v", err)
			}
		}
	}
	// Whatever a client names as the host, nothing of it gets into the document.
	evil := ask(t, rt, "GET", `x"><evil/>`, "/Config/MsgrConfig.asmx", "").Body.String()
	if strings.Contains(evil, "evil") {
		t.Errorf("got\n%s", evil)
	}
}
