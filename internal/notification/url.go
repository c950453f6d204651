package notification

import (
	"strings"

	"github.com/papilio-im/papilio/msnp"
)

// mailSite is the site that pages belong to as clients know it.
const mailSite = "2"

// url tells the client where a page of the service is. Whatever it asks for,
// it is the service's own page, which takes the form that clients post to it
// and says what there is.
func (s *session) url(l *msnp.Line) error {
	m, err := msnp.ParseURLRequest(l, s.version)
	if err != nil {
		return err
	}
	s.put(msnp.URLReply{
		TrID:     m.TrID,
		Resource: "/services/" + strings.ToLower(pathWord(m.Service)),
		Login:    s.page(),
		Site:     mailSite,
	})
	return nil
}

// pathWord keeps of a service's name what may stand in a path.
func pathWord(service string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, service)
}
