package notification

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"unicode/utf8"

	"github.com/papilio-im/papilio/internal/cluster"
	"github.com/papilio-im/papilio/internal/front"
	"github.com/papilio-im/papilio/internal/presence"
	"github.com/papilio-im/papilio/msnp"
)

// maxPage bounds the text of a page, in characters.
const maxPage = 113

// pag sends a text to a contact's mobile phone. There is no telephone network
// behind this service: the text is shown by the contact's client, if that knows
// messages from phones. Success is silent.
func (s *session) pag(l *msnp.Line) error {
	m, err := msnp.ParsePage(l, s.version)
	if err != nil {
		return err
	}
	if !s.srv.mails.Allow(s.online.handle) {
		s.role().Limited("pages")
		return front.Refuse(msnp.CodeTooRapid)
	}
	text, err := pageText(m.Payload)
	if err != nil {
		return &front.Refusal{Code: msnp.CodePageRefused, Err: err}
	}
	ctx, cancel := timeout()
	defer cancel()
	shown, err := s.srv.carryOut(ctx, cluster.Order{
		Action: cluster.ActPage, Handle: m.Handle, Text: text, From: s.online.handle, Account: uint64(s.online.account),
	})
	if err != nil || !shown {
		return &front.Refusal{Code: msnp.CodeTooRapid, Err: err} // 800 is also the code of a page that could not be sent
	}
	return nil
}

// page shows a text to a principal as a message from a phone. It reports false if
// that cannot be.
func (srv *Server) page(p *presence.Principal, o cluster.Order) bool {
	if !p.MayCall(o.From) {
		return false
	}
	e := p.Endpoint()
	if e == nil || !e.Arrived() || !e.Version.Has(msnp.FeatureMobileMessages) {
		return false
	}
	return e.Session.(*session).give(func(s *session) error {
		if s.online != nil && !s.referred {
			s.put(msnp.MobileMessage{Payload: s.mobileNotification(o)})
		}
		return nil
	})
}

// pageText reads the text of a page: TEXT, with a PHONE before it or not.
func pageText(payload []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(payload))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return "", errors.New("a page without a text")
		}
		if err != nil {
			return "", fmt.Errorf("read the page: %w", err)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "TEXT" {
			continue
		}
		var text string
		if err := d.DecodeElement(&text, &start); err != nil {
			return "", fmt.Errorf("read the page: %w", err)
		}
		if utf8.RuneCountInString(text) > maxPage {
			return "", errors.New("the text is too long for a page")
		}
		return text, nil
	}
}

// mobileNotification is the document that clients know for messages from
// phones.
func (s *session) mobileNotification(o cluster.Order) []byte {
	to := html.EscapeString(s.online.handle)
	return fmt.Appendf(nil, `<NOTIFICATION ver="1" id="0" siteid="111100400" siteurl="http://mobile.msn.com/">`+
		`<TO pid="%s" name="%s" email="%s"><VIA agent="mobile"/></TO><FROM pid="%s" name="%s"/>`+
		`<MSG pri="1" id="0"><ACTION url="2wayIM.asp"/><SUBSCR url="2wayIM.asp"/><CAT id="110110001"/>`+
		`<BODY lang="1033"><TEXT>%s</TEXT></BODY></MSG></NOTIFICATION>`,
		pid(s.online.account), to, to, pid(int64(o.Account)), html.EscapeString(o.From), html.EscapeString(o.Text))
}
