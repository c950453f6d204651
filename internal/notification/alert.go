package notification

import (
	"fmt"
	"html"

	"github.com/papilio-im/papilio/msnp"
)

// maxAlert bounds the text of an alert: clients take maxAlertBody octets for the
// element that it is in.
const (
	maxAlert     = 900
	maxAlertBody = 1024
)

// alert shows a text to the user, in a small window of its own.
func alert(text string) order {
	return func(s *session) error {
		if s.online == nil || s.referred || !s.version.Has(msnp.FeatureAlerts) {
			return nil
		}
		s.online.alerts++
		s.put(msnp.Alert{Payload: s.alertNotification(s.online.alerts, text)})
		return nil
	}
}

func (s *session) alertNotification(id uint32, text string) []byte {
	return fmt.Appendf(nil, `<NOTIFICATION ver="1" id="%d" siteid="111100200" siteurl="%s">`+
		`<TO pid="%s" name="%s"/><MSG id="%d"><ACTION url="/"/><SUBSCR url="/"/>%s</MSG></NOTIFICATION>`,
		id, html.EscapeString(s.page()), pid(s.online.account), html.EscapeString(s.online.handle), id, alertBody(text, s.version))
}

// alertBody has the text plain, and for versions that know it as HTML, too, unless
// that makes it longer than clients take.
func alertBody(text string, v msnp.Version) string {
	const begin, end = `<BODY lang="1033" icon=""><TEXT>`, `</BODY>`
	plain := html.EscapeString(text)
	body := begin + plain + "</TEXT>"
	if markup := "<TEXTX>" + html.EscapeString(plain) + "</TEXTX>"; v.Has(msnp.FeatureAlertMarkup) && len(body)+len(markup)+len(end) <= maxAlertBody {
		body += markup
	}
	return body + end
}

// pid is an account's number as notifications write it: the halves that are in
// the profile message.
func pid(account int64) string {
	high, low := memberID(account)
	return fmt.Sprintf("0x%08X:0x%08X", uint32(high), uint32(low))
}
