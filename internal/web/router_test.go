package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// named answers with its name and the path that it was asked for.
func named(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Reply(w, http.StatusOK, "text/plain", name+" "+r.URL.Path)
	})
}

func TestRouter(t *testing.T) {
	rt := NewRouter(named("next"))
	rt.Handle("/RST.srf", named("rst"))
	rt.Handle("/rdr/pprdr.asp", named("nexus"))
	rt.HandleWhere(func(path string) bool { return strings.HasPrefix(path, "/svcs/") }, named("below"))
	rt.Handle("/svcs/mms/tabs.asp", named("tabs"))
	for target, want := range map[string]string{
		"/RST.srf":        "rst /RST.srf",
		"//RST.srf":       "rst //RST.srf",
		"///rst.SRF":      "rst ///rst.SRF",
		"/RDR//PPRDR.asp": "nexus /RDR//PPRDR.asp",
		"http://nexus.passport.com/rdr/pprdr.asp": "nexus /rdr/pprdr.asp",
		"/svcs/mms/TABS.asp?x=%zz":                "tabs /svcs/mms/TABS.asp",
		"/svcs/mms/other.asp":                     "below /svcs/mms/other.asp",
		"/":                                       "next /",
		"/Elsewhere":                              "next /Elsewhere",
		"/RST.srf/":                               "next /RST.srf/",
	} {
		for _, host := range []string{"login.live.com", "x:8080"} {
			for _, method := range []string{"GET", "POST", "OPTIONS"} {
				r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(""))
				r.Host = host
				w := httptest.NewRecorder()
				rt.ServeHTTP(w, r)
				if w.Code != http.StatusOK || w.Body.String() != want {
					t.Errorf("%s %s at %s: %d %s, want %s", method, target, host, w.Code, w.Body, want)
				}
			}
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, seed := range []string{"", "/", "//RST2.srf", "/Config/MsgrConfig.asmx", "/a//B/\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		once := Plain(path)
		if Plain(once) != once || strings.Contains(once, "//") {
			t.Errorf("%q becomes %q", path, once)
		}
	})
}
