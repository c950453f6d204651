package notification

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/papilio-im/papilio/internal/account"
	"github.com/papilio-im/papilio/internal/referral"
	"github.com/papilio-im/papilio/internal/ticket"
	"github.com/papilio-im/papilio/msnp"
)

// field is a line of a message from the service.
type field struct{ name, value string }

// notice writes a message from the service: MIME headers, and for all types
// but the profile a blank line and a body of the same form.
func notice(contentType string, header, body []field) msnp.Notice {
	var b strings.Builder
	b.WriteString("MIME-Version: 1.0\r\nContent-Type: " + contentType + "\r\n")
	for _, f := range header {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	b.WriteString("\r\n")
	for _, f := range body {
		fmt.Fprintf(&b, "%s: %s\r\n", f.name, f.value)
	}
	return msnp.Notice{Payload: []byte(b.String())}
}

// profile is the message behind USR OK, which is all headers. Clients show
// little of it, but some wait for it, and alerts name the member id in it.
func (s *session) profile(acct account.Account, auth ticket.Text) msnp.Notice {
	fields := []field{{"LoginTime", strconv.FormatInt(time.Now().Unix(), 10)}}
	if s.version.Has(msnp.FeatureFullProfile) {
		high, low := memberID(acct.ID)
		fields = append(fields, []field{
			{"EmailEnabled", "1"},
			{"MemberIdHigh", strconv.FormatInt(int64(high), 10)},
			{"MemberIdLow", strconv.FormatInt(int64(low), 10)},
			{"lang_preference", "1033"},
			{"preferredEmail", acct.Handle},
			{"country", ""},
			{"PostalCode", ""},
			{"Gender", ""},
			{"Kid", "0"},
			{"Age", ""},
			{"BDayPre", ""},
			{"Birthday", ""},
			{"Wallet", ""},
			{"Flags", "1027"},
			{"sid", "507"},
			{"kv", "11"},
			{"MSPAuth", pageTicket(auth)},
		}...)
	}
	if s.version.Has(msnp.FeatureClientAddress) {
		remote := s.RemoteAddr()
		fields = append(fields,
			field{"ClientIP", remote.Addr().WithZone("").String()},
			field{"ClientPort", strconv.Itoa(int(msnp.ClientPort(remote.Port())))},
		)
	}
	if s.version.Has(msnp.FeatureMigrated) {
		fields = append(fields, field{"ABCHMigrated", "1"})
	}
	return notice("text/x-msmsgsprofile; charset=UTF-8", fields, nil)
}

// memberID gives the two halves of an account's number as clients have seen
// them, signed.
func memberID(account int64) (high, low int32) {
	return int32(account >> 32), int32(account)
}

// pageTicket is what the client shows web services, and the pages that URL sends it
// to: the ticket that it signed in with, without its second half. To clients that
// have none it is a random word that proves nothing; the pages that they know show
// nothing that belongs to anybody and ask for no proof.
func pageTicket(auth ticket.Text) string {
	if auth == "" {
		return referral.NewSalt() + "$$"
	}
	return auth.Reveal()
}

// welcome tells the client that it is signed in, with all that comes before it
// says anything more.
func (s *session) welcome(ok msnp.Welcome, profile msnp.Notice) {
	s.put(ok)
	if s.version.Has(msnp.FeatureSubscription) {
		s.put(msnp.Subscription{})
	}
	s.put(profile)
}

// mail is the notice of what waits in the mailbox. This service has no mail of
// its own: the box is empty, which is what clients show.
func (s *session) mail() msnp.Notice {
	pages := []field{{"Inbox-URL", "/mail/inbox"}, {"Folders-URL", "/mail/folders"}, {"Post-URL", s.page()}}
	if s.version.Has(msnp.FeatureMailData) {
		return notice("text/x-msmsgsinitialmdatanotification; charset=UTF-8", nil, append([]field{{"Mail-Data", noMail}}, pages...))
	}
	contentType := "text/x-msmsgsinitialemailnotification; charset=UTF-8"
	if !s.version.Has(msnp.FeatureTextNotices) {
		contentType = "application/x-msmsgsemailnotification"
	}
	n := notice(contentType, nil, append([]field{{"Inbox-Unread", "0"}, {"Folders-Unread", "0"}}, pages...))
	n.Payload = append(n.Payload, "\r\n"...) // the body ends with an empty line
	return n
}

// noMail is an empty mailbox, with room that nobody will need. It is also where
// messages wait that came while the user was away, of which there are none.
const noMail = "<MD><E><I>0</I><IU>0</IU><O>0</O><OU>0</OU></E><Q><QTM>409600</QTM><QNM>204800</QNM></Q></MD>"
