package notification

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// peer is a client's connection.
type peer struct {
	*net.TCPConn
	t       testing.TB
	r       *bufio.Reader
	name    string
	version msnp.Version
	tickets func(name string) string // what it proves itself with from MSNP8 on
}

func dial(t testing.TB, addr string) *peer {
	t.Helper()
	nc, err := (&net.Dialer{Timeout: patience}).DialContext(context.Background(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	p := &peer{TCPConn: nc.(*net.TCPConn), t: t, r: bufio.NewReader(nc)}
	p.wait(patience)
	return p
}

// wait sets how long everything that is to come may take from now on.
func (p *peer) wait(d time.Duration) {
	p.t.Helper()
	if err := p.SetReadDeadline(time.Now().Add(d)); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) send(lines ...string) {
	p.t.Helper()
	if _, err := io.WriteString(p, strings.Join(lines, "\r\n")+"\r\n"); err != nil {
		p.t.Fatal(err)
	}
}

// line reads a line, and past the payload that it has; that of UBX comes along.
func (p *peer) line() (string, error) {
	line, err := p.r.ReadString('\n')
	if err != nil {
		return line, err
	}
	line = strings.TrimSuffix(line, "\r\n")
	verb, _, _ := strings.Cut(line, " ")
	if verb != "MSG" && verb != "NOT" && verb != "IPG" && verb != "UBX" {
		return line, nil
	}
	size, err := strconv.Atoi(line[strings.LastIndexByte(line, ' ')+1:])
	if err != nil {
		return line, err
	}
	payload := make([]byte, size)
	if _, err = io.ReadFull(p.r, payload); verb == "UBX" && size > 0 {
		line += "\n" + string(payload)
	}
	return line, err
}

// expect reads lines. One that ends in * has to begin so.
func (p *peer) expect(lines ...string) {
	p.t.Helper()
	for _, want := range lines {
		got, err := p.line()
		if err != nil {
			p.t.Fatalf("%s: want %q: %v", p.name, want, err)
		}
		if begin, ok := strings.CutSuffix(want, "*"); got != want && (!ok || !strings.HasPrefix(got, begin)) {
			p.t.Fatalf("%s: want %q, got %q", p.name, want, got)
		}
	}
}

// expectBegin reads lines that begin so, in any order.
func (p *peer) expectBegin(begins ...string) {
	p.t.Helper()
	for range begins {
		line, err := p.line()
		i := slices.IndexFunc(begins, func(begin string) bool { return begin != "" && strings.HasPrefix(line, begin) })
		if i < 0 {
			p.t.Fatalf("%s: want one that begins as in %q, got %q, %v", p.name, begins, line, err)
		}
		begins[i] = ""
	}
}

// words reads a line that begins so, and gives its words.
func (p *peer) words(begin string) []string {
	p.t.Helper()
	got, err := p.line()
	if err != nil || !strings.HasPrefix(got, begin) {
		p.t.Fatalf("%s: want %s ..., got %q, %v", p.name, begin, got, err)
	}
	return strings.Fields(got)
}

// quiet makes sure that nothing is on its way to a client that is signed in: the
// answer to its question is the next thing that it hears.
func (p *peer) quiet() {
	p.t.Helper()
	if p.version.Has(msnp.FeatureCapabilities) {
		p.send("PNG")
		p.expect("QNG*")
		return
	}
	p.send("LST 99 FL") // an answer of the database
	for {
		line, err := p.line()
		if err != nil {
			p.t.Fatalf("%s: %v", p.name, err)
		}
		words := strings.Fields(line)
		if len(words) < 6 || words[0] != "LST" || words[1] != "99" {
			p.t.Fatalf("%s: got %q instead of nothing", p.name, line)
		}
		if words[4] == words[5] {
			return
		}
	}
}

// silent makes sure that nothing comes for a moment, and the connection stays.
func (p *peer) silent() {
	p.t.Helper()
	p.wait(50 * time.Millisecond)
	b, err := p.r.ReadByte()
	if err == nil {
		p.t.Fatalf("%s: got %q instead of nothing", p.name, b)
	}
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		p.t.Fatalf("%s: the connection is closed: %v", p.name, err)
	}
	p.wait(patience)
}

// closed expects the end of the connection, and nothing before it.
func (p *peer) closed() {
	p.t.Helper()
	rest, err := io.ReadAll(p.r)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		p.t.Fatalf("%s: not closed: %v", p.name, err)
	}
	if len(rest) > 0 {
		p.t.Fatalf("%s: before the end came %q", p.name, rest)
	}
}

// begin connects and agrees on a version.
func begin(t testing.TB, addr, name string, v msnp.Version) *peer {
	t.Helper()
	p := dial(t, addr)
	p.name, p.version = fmt.Sprintf("%s (%s)", name, v), v
	if w, ok := worlds.Load(addr); ok {
		p.tickets = w.(*world).ticket
	}
	word := v.String()
	if v == msnp.Beta2 {
		word = msnp.MSNP2.String()
	}
	p.send("VER 1 " + word + " CVR0")
	p.expect("VER 1 " + word + " CVR0")
	return p
}

// initial is the first step of a sign-in, and the salt that it is answered with.
func (p *peer) initial(name string) (salt string) {
	p.t.Helper()
	p.who(name)
	return p.words("USR 2 " + p.method() + " S ")[4]
}

// method is how the version signs in.
func (p *peer) method() string {
	if p.version.SignsInBy(msnp.MethodTWN) {
		return "TWN"
	}
	return "MD5"
}

// who says who it is, as far as the version does so in the first step.
func (p *peer) who(name string) {
	p.t.Helper()
	if p.version == msnp.Beta2 {
		p.send("USR 2 MD5 I")
		return
	}
	p.send("USR 2 " + p.method() + " I " + at(name))
}

// prove is the last step.
func (p *peer) prove(name, salt string) {
	p.t.Helper()
	if p.version.SignsInBy(msnp.MethodTWN) {
		shown := "t=wrong&p="
		if strings.HasPrefix(salt, "lc=") {
			shown = p.tickets(name)
		}
		p.send("USR 3 TWN S " + shown)
		return
	}
	if proof := msnp.MD5Response(salt, "secret"); p.version == msnp.Beta2 {
		p.send("USR 3 MD5 S " + at(name) + " " + proof)
	} else {
		p.send("USR 3 MD5 S " + proof)
	}
}

// signIn signs an account in.
func (n *node) signIn(t testing.TB, name string, v msnp.Version) *peer {
	t.Helper()
	p := begin(t, n.addr, name, v)
	p.prove(name, p.initial(name))
	p.welcomed(name)
	return p
}

func (p *peer) welcomed(name string) {
	p.t.Helper()
	want := []string{"USR 3 OK " + at(name) + " " + name + "*", "MSG Hotmail Hotmail *"}
	if !p.version.Has(msnp.FeatureWelcomeName) {
		want[0] = "USR 3 OK " + at(name) + " 1 0"
	}
	if p.version.Has(msnp.FeatureSubscription) {
		want = slices.Insert(want, 1, "SBS 0 null")
	}
	p.expect(want...)
}

// referred expects a referral to a node.
func (p *peer) referred(trid int, to *node) {
	p.t.Helper()
	p.expect(referralTo(p.version, trid, to.addr, p.RemoteAddr().String()))
}

// referralTo is the referral of a version.
func referralTo(v msnp.Version, trid int, to, current string) string {
	line := fmt.Sprintf("XFR %d NS %s", trid, to)
	switch {
	case v <= msnp.MSNP2:
		return line
	case v <= msnp.MSNP6:
		return line + " 0"
	case v <= msnp.MSNP12:
		return line + " 0 " + current
	}
	return line + " U D"
}

// show sets the first status, which is answered with another if the client was
// moved, and takes what comes with the answer. The states of contacts are given,
// as status, handle and name; those of other nodes may come late.
func (p *peer) show(asked, answered string, contacts ...string) {
	p.t.Helper()
	p.send("CHG 4 " + asked + p.caps())
	p.expect("CHG 4 " + answered + p.caps())
	want := append([]string{"MSG"}, contacts...)
	if p.version.Has(msnp.FeatureChallenge) {
		want = append(want, "CHL")
	}
	slices.Sort(want)
	var got []string
	for range want {
		line, err := p.line()
		if err != nil {
			p.t.Fatalf("%s: want %q, got %q: %v", p.name, want, got, err)
		}
		switch verb, rest, _ := strings.Cut(line, " "); verb {
		case "ILN":
			line = strings.TrimSuffix(strings.TrimPrefix(rest, "4 "), p.caps())
		case "NLN":
			line = strings.TrimSuffix(rest, p.caps())
		case "MSG", "CHL":
			line = verb
		}
		got = append(got, line)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		p.t.Fatalf("%s: want %q, got %q", p.name, want, got)
	}
}

// caps is what stands behind a status in the client's version.
func (p *peer) caps() string {
	if p.version.Has(msnp.FeatureCapabilities) {
		return " 0"
	}
	return ""
}
