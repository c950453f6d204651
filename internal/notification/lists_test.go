package notification

import (
	"strings"
	"testing"

	"github.com/papilio-im/papilio/msnp"
)

// synced is a client that has its lists, of which it knows none.
func (n *node) synced(t *testing.T, name string, v msnp.Version) *peer {
	t.Helper()
	p := n.signIn(t, name, v)
	if v.Has(msnp.FeatureStamps) {
		p.send("SYN 4 0 0", "PNG")
	} else {
		p.send("SYN 4 0", "PNG")
	}
	for {
		line, err := p.line()
		if err != nil {
			t.Fatalf("%s: %v", p.name, err)
		}
		if strings.HasPrefix(line, "QNG") {
			return p
		}
	}
}

// What somebody does on one node is told on another in the form of the version there.
func TestListsAcrossNodes(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea", "carl", "dora")
	for _, name := range []string{"bea", "carl", "dora"} {
		w.owners.set(name, "b", "")
	}
	a, b := w.nodes["a"], w.nodes["b"]
	bea, carl, dora := b.synced(t, "bea", msnp.MSNP12), b.synced(t, "carl", msnp.MSNP7), b.synced(t, "dora", msnp.MSNP9)

	t.Log("MSNP12 adds them")
	ada := a.synced(t, "ada", msnp.MSNP12)
	guids := make(map[string]string)
	for _, name := range []string{"bea", "carl", "dora"} {
		ada.send("ADC 5 FL N=" + at(name) + " F=" + name)
		guids[name] = strings.TrimPrefix(ada.words("ADC 5 FL N=" + at(name) + " F=" + name + " C=")[5], "C=")
	}
	bea.expect("ADC 0 RL N=" + at("ada") + " F=ada")
	carl.expect("ADD 0 RL 2 " + at("ada") + " ada")
	dora.expect("ADD 0 RL 2 " + at("ada") + " ada")

	t.Log("a phone is set, and unset: of that there is no word in MSNP12")
	ada.send("PRP 6 PHH 1", "PRP 7 PHH", "PRP 8 PHW 2")
	ada.expect("PRP 6 PHH 1", "PRP 7 PHH", "PRP 8 PHW 2")
	bea.send("ADC 5 AL N=" + at("ada"))
	bea.expect("ADC 5 AL N=" + at("ada"))
	ada.expect("BPR " + at("bea") + " MOB N")
	bea.quiet()

	t.Log("they watch her, and hear of it")
	bea.send("ADC 6 FL N=" + at("ada"))
	bea.words("ADC 6 FL N=" + at("ada") + " F=" + at("ada") + " C=")
	ada.expect("ADC 0 RL N=" + at("bea") + " F=bea")
	carl.send("ADD 6 FL " + at("ada") + " ada")
	carl.expect("ADD 6 FL 3 " + at("ada") + " ada")
	carl.expect("BPR 3 "+at("ada")+" PHH", "BPR 3 "+at("ada")+" PHW", "BPR 3 "+at("ada")+" PHM", "BPR 3 "+at("ada")+" MOB N")
	ada.expect("ADC 0 RL N=" + at("carl") + " F=carl")
	ada.send("PRP 9 PHH 1", "PRP 10 PHH", "PRP 11 PHM 3")
	ada.expect("PRP 9 PHH 1", "PRP 10 PHH", "PRP 11 PHM 3")
	bea.expect("BPR "+at("ada")+" PHH 1", "BPR "+at("ada")+" PHM 3")
	carl.expect("BPR 4 "+at("ada")+" PHH 1", "BPR 5 "+at("ada")+" PHH", "BPR 6 "+at("ada")+" PHM 3")
	dora.quiet()

	t.Log("she removes them")
	for name, guid := range guids {
		ada.send("REM 12 FL " + guid)
		ada.expect("REM 12 FL " + guid)
		switch name {
		case "bea":
			bea.expect("REM 0 RL " + at("ada"))
		case "carl":
			carl.expect("REM 0 RL 7 " + at("ada"))
		case "dora":
			dora.expect("REM 0 RL 3 " + at("ada"))
		}
	}
}

// A client that is sent to another node knows its lists there by the same stamps.
func TestStampsAreGoodOnEveryNode(t *testing.T) {
	w := newWorld(t, []string{"a", "b"})
	w.people("ada", "bea")
	ada := w.nodes["a"].synced(t, "ada", msnp.MSNP11)
	ada.send("ADC 5 FL N="+at("bea"), "GTC 6 N", "SYN 7 0 0")
	ada.expect("ADC 5 FL *", "GTC 6 N")
	stamps := strings.Join(ada.words("SYN 7 ")[2:4], " ")
	ada.expect("GTC N", "BLP AL", "PRP MFN ada", "PRP MBE N", "LST N="+at("bea")+" F="+at("bea")+" C=*")
	w.owners.set("ada", "b", "")
	ada = w.nodes["b"].signIn(t, "ada", msnp.MSNP12)
	ada.send("SYN 4 " + stamps)
	ada.expect("SYN 4 " + stamps)
	ada.quiet()
}

// Clients tell several things of each contact in a row, of which the name alone is a
// change of the lists.
func TestContactChangesThatChangeNothingAreNotCounted(t *testing.T) {
	w := newWorld(t, []string{"a"}, func(w *world) {
		w.change = func(o *Options) { o.Limits.ListChangesPerMinute = 2 }
	})
	w.people("ada", "bea")
	ada := w.nodes["a"].synced(t, "ada", msnp.MSNP12)
	ada.send("ADC 5 FL N=" + at("bea"))
	guid := strings.TrimPrefix(ada.words("ADC 5 FL ")[5], "C=")
	for _, what := range []string{"PHM 12 1", "MOB Y", "HSB 1", "WWE 0"} {
		ada.send("SBP 6 " + guid + " " + what)
		ada.expect("SBP 6 " + guid + " " + what)
	}
	ada.send("SBP 7 "+guid+" MFN Bea", "SBP 8 "+guid+" MFN Bee", "SBP 9 "+guid+" HSB 0")
	ada.expect("SBP 7 "+guid+" MFN Bea", "800 8", "SBP 9 "+guid+" HSB 0")
}
