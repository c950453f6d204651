package notification

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/papilio-im/papilio/msnp"
)

// What Ada shows.
const (
	photo   = " 1342177316 %3Cmsnobj%20Creator%3D%22ada%40example.net%22%2F%3E"
	fishing = "<Data><PSM>gone fishing</PSM><CurrentMedia></CurrentMedia></Data>"
	surfing = "<Data><PSM>gone surfing</PSM><CurrentMedia></CurrentMedia></Data>"
)

// uux sets what is personal.
func (p *peer) uux(trid int, payload string) {
	p.t.Helper()
	if _, err := io.WriteString(p, fmt.Sprintf("UUX %d %d\r\n%s", trid, len(payload), payload)); err != nil {
		p.t.Fatal(err)
	}
	p.expect(fmt.Sprintf("UUX %d 0", trid))
}

// ubx is what watchers are told of it.
func ubx(name, payload string) string {
	if payload == "" {
		return "UBX " + at(name) + " 0"
	}
	return fmt.Sprintf("UBX %s %d\n%s", at(name), len(payload), payload)
}

// A message, a picture and capabilities are shown on every node, to each in the form of
// its version, and go where their owner goes: nobody is told anything of that.
func TestLooksOnThreeNodes(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"})
	w.people("ada", "bea", "carl", "dora")
	for _, name := range []string{"bea", "carl", "dora"} {
		w.befriend("ada", name)
	}
	w.owners.set("bea", "b", "")
	w.owners.set("carl", "b", "")
	w.owners.set("dora", "c", "")
	a, b, c := w.nodes["a"], w.nodes["b"], w.nodes["c"]
	bea, carl, dora := b.signIn(t, "bea", msnp.MSNP11), b.signIn(t, "carl", msnp.MSNP7), c.signIn(t, "dora", msnp.MSNP9)
	for _, p := range []*peer{bea, carl, dora} {
		p.show("HDN", "HDN")
	}
	ada := a.signIn(t, "ada", msnp.MSNP12)
	ada.uux(4, fishing)
	ada.send("CHG 5 BSY" + photo)
	ada.expect("CHG 5 BSY"+photo, "MSG *", "CHL *")
	bea.expect("NLN BSY ada@example.net ada"+photo, ubx("ada", fishing))
	carl.expect("NLN BSY ada@example.net ada")
	dora.expect("NLN BSY ada@example.net ada" + photo)
	ada.uux(6, surfing)
	bea.expect(ubx("ada", surfing))
	carl.quiet()
	dora.quiet()

	w.handOver("ada", "a", "c")
	ada.expect(referralTo(msnp.MSNP12, 0, c.addr, a.addr))
	// Who comes before she is back sees all of it.
	if err := bea.Close(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "bea leaves", func() bool { return b.hub.Find(at("bea")) == nil })
	bea = b.signIn(t, "bea", msnp.MSNP12)
	bea.send("CHG 4 HDN 0")
	bea.expect("CHG 4 HDN 0", "ILN 4 BSY ada@example.net ada"+photo, ubx("ada", surfing), "MSG *", "CHL *")
	again := c.signIn(t, "ada", msnp.MSNP12)
	ada.closed()
	again.uux(4, surfing)
	again.send("CHG 5 NLN" + photo)
	again.expect("CHG 5 BSY"+photo, "MSG *", "CHL *")
	again.uux(6, surfing)
	// What others may have missed is repeated, and told to nobody who has heard it.
	a.BusGap(time.Minute)
	c.BusGap(time.Minute)
	bea.quiet()
	carl.quiet()
	dora.quiet()
	again.uux(7, "<Data><PSM></PSM></Data>")
	bea.expect(ubx("ada", ""))
	again.send("CHG 8 BSY 7")
	again.expect("CHG 8 BSY 7")
	bea.expect("NLN BSY ada@example.net ada 7")
	carl.expect("NLN BSY ada@example.net ada")
	dora.expect("NLN BSY ada@example.net ada 7")
	bea.quiet()
}

// A client that was moved and sends no CHG has everything that it had, and is told
// everything of others.
func TestLooksWithoutAStatus(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	w.befriend("ada", "bea")
	a, b := w.nodes["a"], w.nodes["b"]
	bea := a.signIn(t, "bea", msnp.MSNP12)
	bea.uux(3, fishing)
	bea.show("NLN", "NLN")
	ada := a.signIn(t, "ada", msnp.MSNP11)
	ada.send("CHG 4 AWY" + photo)
	ada.expect("CHG 4 AWY"+photo, "ILN 4 NLN bea@example.net bea 0", ubx("bea", fishing), "MSG *", "CHL *")
	ada.uux(5, surfing)
	bea.expect("NLN AWY ada@example.net ada"+photo, ubx("ada", surfing))
	w.handOver("ada", "a", "b")
	again := b.signIn(t, "ada", msnp.MSNP11)
	again.expect("NLN NLN bea@example.net bea 0", ubx("bea", fishing), "CHL *")
	bea.quiet()
	bea.send("CHG 5 HDN 0", "CHG 6 NLN 0")
	bea.expect("CHG 5 HDN 0", "CHG 6 NLN 0")
	again.expect("FLN bea@example.net", "NLN NLN bea@example.net bea 0", ubx("bea", fishing))
}
