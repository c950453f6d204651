package telemetry

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"github.com/papilio-im/papilio/msnp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newMetrics(t testing.TB) (*Metrics, *prometheus.Registry) {
	t.Helper()
	reg := prometheus.NewRegistry()
	m, err := NewMetrics(reg)
	if err != nil {
		t.Fatal(err)
	}
	return m, reg
}

// scrape gives the samples of Papilio that are not zero, as a page shows them.
func scrape(t *testing.T, g prometheus.Gatherer) []string {
	t.Helper()
	status, page := get(t, NewHealth(g), "/metrics")
	if status != http.StatusOK {
		t.Fatalf("status %d: %s", status, page)
	}
	var samples []string
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, namespace+"_") && !strings.HasSuffix(line, " 0\n") {
			samples = append(samples, strings.TrimSpace(line))
		}
	}
	slices.Sort(samples)
	return samples
}

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

func TestMetrics(t *testing.T) {
	m, reg := newMetrics(t)
	ds, ns, sb := m.Role(msnp.Dispatch), m.Role(msnp.Notification), m.Role(msnp.Switchboard)
	ds.Connections.Inc()
	ds.Open.Inc()
	ds.Refused.Inc()
	ds.AcceptErrors.Inc()
	ds.Referral(msnp.Beta2, ReferredByDispatch)
	ds.Referral(msnp.MSNP21, ReferredByDispatch)
	ns.Referral(msnp.MSNP7, ReferredReset)
	ns.Referral(msnp.MSNP7, ReferredReset)
	ns.Transfer(msnp.MSNP2, msnp.MethodCKI)
	ns.Transfer(msnp.MSNP12, msnp.MethodSSO) // no transfer has it
	ns.SignIn(msnp.MSNP5, "ok")
	ns.SignIn(0, "protocol")
	ns.SignIn(msnp.Last+1, "ok") // no such version
	ns.SignedIn(3)
	ns.SignedIn(-1)
	ns.Commands(msnp.TableOf(msnp.Notification, msnp.FromClient).Find([]byte("CHG")), 1)
	ns.Commands(nil, 1)
	ns.Commands(msnp.TableOf(msnp.Switchboard, msnp.FromClient).Find([]byte("CAL")), 1) // not a row of the NS
	ns.Error(msnp.CodeNotAllowedHidden)
	ns.Error(1000) // no such code
	ns.Closed("peer")
	ns.Closed("the moon")
	ns.Limited("renames")
	ns.Limited("the sun")
	ns.Panics.Inc()
	sb.Conversations(2)
	sb.Messages.Add(7)
	sb.Overflows.Inc()
	want := []string{
		`papilio_accept_errors_total{role="dispatch"} 1`,
		`papilio_closes_total{reason="other",role="notification"} 1`,
		`papilio_closes_total{reason="peer",role="notification"} 1`,
		`papilio_commands_total{name="CHG",role="notification"} 1`,
		`papilio_commands_total{name="other",role="notification"} 2`,
		`papilio_connections_open{role="dispatch"} 1`,
		`papilio_connections_refused_total{role="dispatch"} 1`,
		`papilio_connections_total{role="dispatch"} 1`,
		`papilio_errors_total{code="913",role="notification"} 1`,
		`papilio_messages_relayed_total{role="switchboard"} 7`,
		`papilio_panics_total{role="notification"} 1`,
		`papilio_queue_overflows_total{role="switchboard"} 1`,
		`papilio_rate_limits_total{role="notification",what="other"} 1`,
		`papilio_rate_limits_total{role="notification",what="renames"} 1`,
		`papilio_referrals_total{reason="dispatch",role="dispatch",version="Beta_2"} 1`,
		`papilio_referrals_total{reason="dispatch",role="dispatch",version="MSNP21"} 1`,
		`papilio_referrals_total{reason="reset",role="notification",version="MSNP7"} 2`,
		`papilio_sign_ins_total{result="ok",role="notification",version="MSNP5"} 1`,
		`papilio_sign_ins_total{result="protocol",role="notification",version="none"} 1`,
		`papilio_signed_in_sessions 2`,
		`papilio_switchboard_sessions 2`,
		`papilio_transfers_total{method="CKI",role="notification",version="MSNP2"} 1`,
		`papilio_transfers_total{method="other",role="notification",version="MSNP12"} 1`,
	}
	if diff := cmp.Diff(want, scrape(t, reg)); diff != "" {
		t.Error(diff)
	}
	if _, err := NewMetrics(reg); err == nil {
		t.Error("a registry took the metrics twice")
	}
}

// What alarms are set on is there before it happens for the first time.
func TestAlarmsExist(t *testing.T) {
	m, reg := newMetrics(t)
	for _, r := range []msnp.Role{msnp.Dispatch, msnp.Notification, msnp.Switchboard} {
		m.Role(r)
	}
	_, page := get(t, NewHealth(reg), "/metrics")
	for _, want := range []string{
		`papilio_queue_overflows_total{role="switchboard"} 0`,
		`papilio_panics_total{role="notification"} 0`,
		`papilio_closes_total{reason="write_timeout",role="notification"} 0`,
		`papilio_rate_limits_total{role="notification",what="sign_ins_by_address"} 0`,
		`papilio_accept_errors_total{role="dispatch"} 0`,
		"go_goroutines ",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("there is no %s", want)
		}
	}
}

// What a role cannot have is not on the page, nor are roles that do not run
// here, and no label has a blank.
func TestNothingImpossible(t *testing.T) {
	m, reg := newMetrics(t)
	m.Role(msnp.Dispatch)
	m.Role(msnp.Switchboard)
	_, page := get(t, NewHealth(reg), "/metrics")
	for _, no := range []string{
		`papilio_rate_limits_total{role="dispatch"`,
		`papilio_messages_relayed_total{role="dispatch"`,
		`papilio_closes_total{reason="idle",role="dispatch"`,
		`papilio_closes_total{reason="challenge_unanswered",role="switchboard"`,
		`role="notification"`,
	} {
		if strings.Contains(page, no) {
			t.Errorf("there is %s", no)
		}
	}
	for _, own := range perRoles {
		for _, word := range slices.Concat(everyClose, own.closes, own.limits) {
			if strings.Contains(word, " ") {
				t.Errorf("%q has a blank", word)
			}
		}
	}
}

// The first count of a label from many goroutines at once is not lost.
func TestConcurrentFirst(t *testing.T) {
	m, reg := newMetrics(t)
	ns := m.Role(msnp.Notification)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				ns.Error(msnp.CodeBusy)
				ns.SignIn(msnp.MSNP4, "refused")
			}
		})
	}
	wg.Wait()
	want := []string{
		`papilio_errors_total{code="600",role="notification"} 800`,
		`papilio_sign_ins_total{result="refused",role="notification",version="MSNP4"} 800`,
	}
	if diff := cmp.Diff(want, scrape(t, reg)); diff != "" {
		t.Error(diff)
	}
}

func TestCountingAllocatesNothing(t *testing.T) {
	m, _ := newMetrics(t)
	ns := m.Role(msnp.Notification)
	row := msnp.TableOf(msnp.Notification, msnp.FromClient).Find([]byte("CHG"))
	count := func() {
		ns.Commands(row, 1)
		ns.Messages.Inc()
		ns.Error(msnp.CodeBusy)
		ns.SignIn(msnp.MSNP7, "ok")
		ns.Referral(msnp.MSNP7, ReferredAsked)
		ns.Closed("peer")
	}
	if n := testing.AllocsPerRun(100, count); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCommand(b *testing.B) {
	m, _ := newMetrics(b)
	ns := m.Role(msnp.Notification)
	row := msnp.TableOf(msnp.Notification, msnp.FromClient).Find([]byte("CHG"))
	b.ReportAllocs()
	for b.Loop() {
		ns.Commands(row, 1)
	}
}

func TestHealth(t *testing.T) {
	h := NewHealth(prometheus.NewRegistry())
	check := func(path string, want int, says string) {
		t.Helper()
		if status, body := get(t, h, path); status != want || says != "" && body != says {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	check("/healthz", http.StatusOK, "ok\n")
	check("/readyz", http.StatusServiceUnavailable, "not ready: starting\n")
	why := ""
	h.Ask(func() string { return why })
	check("/readyz", http.StatusOK, "ready\n")
	why = "draining"
	check("/readyz", http.StatusServiceUnavailable, "not ready: draining\n")
	check("/healthz", http.StatusOK, "ok\n")
	check("/", http.StatusNotFound, "")
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := NewLogger(&out, "json", "warn")
	if err != nil {
		t.Fatal(err)
	}
	log.Info("not this")
	log.Warn("this", "conn", 7)
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	if line["msg"] != "this" || line["conn"] != 7.0 {
		t.Errorf("got %v", line)
	}
	out.Reset()
	if log, err = NewLogger(&out, "text", "debug"); err != nil {
		t.Fatal(err)
	}
	log.Debug("this", "conn", 7)
	if !strings.HasSuffix(out.String(), "level=DEBUG msg=this conn=7\n") {
		t.Errorf("got %q", out.String())
	}
	for _, bad := range [][2]string{{"xml", "info"}, {"text", "loud"}, {"", ""}} {
		if _, err := NewLogger(io.Discard, bad[0], bad[1]); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
