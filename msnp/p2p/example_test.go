package p2p_test

import (
	"fmt"

	"github.com/papilio-im/papilio/msnp"
	"github.com/papilio-im/papilio/msnp/p2p"
)

// Ana asks Bob for his display picture, in one message of their conversation.
func ExampleSLP() {
	shown := msnp.NewObject("bob@example.test", msnp.ObjectPicture, "TFR1.dat", []byte("a picture"))
	invitation := p2p.SLP{
		Method: p2p.Invite, To: "bob@example.test", From: "ana@example.test",
		Branch: p2p.NewGUID(), CallID: p2p.NewGUID(), Type: p2p.TypeSession,
		Body: []p2p.Field{
			{Name: "EUF-GUID", Value: p2p.EUFObject},
			{Name: "SessionID", Value: "305419896"},
			{Name: "AppID", Value: "1"},
			{Name: "Context", Value: p2p.ObjectContext(shown)},
		},
	}
	for _, piece := range p2p.Split(p2p.Header{ID: 1000, AckID: 77}, p2p.FooterNone, invitation.Append(nil)) {
		payload := p2p.AppendPayload(nil, "bob@example.test", piece)
		to, m, err := p2p.ParsePayload(payload)
		fmt.Println(to, m.Size == uint32(m.Total), m.Last(), err)
		answer := invitation.Answer(p2p.StatusOK)
		fmt.Println(answer.To, answer.Status, answer.Get("SessionID"))
	}
	// Output:
	// bob@example.test true true <nil>
	// ana@example.test 200 305419896
}
