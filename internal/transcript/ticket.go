package transcript

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/papilio-im/papilio/internal/ticket"
)

// tickets finds what stands for a ticket. A word behind the handle tells apart
// those of one account; "services" asks for one that is good for those alone.
var tickets = regexp.MustCompile(`\{ticket (\S+?)( \S+?)?\}`)

// issue gets the tickets in a text that are met for the first time. The first half
// of each is known too, as what the profile message names.
func (p *player) issue(ctx context.Context, text string) error {
	for _, found := range tickets.FindAllStringSubmatch(text, -1) {
		name := strings.Trim(found[0], "{}")
		if _, known := p.vars[name]; known {
			continue
		}
		if p.service.Ticket == nil {
			return errors.New("this service issues no tickets")
		}
		purpose := ticket.ForSignIn
		if found[2] == " services" {
			purpose = ticket.ForServices
		}
		shown, err := p.service.Ticket(ctx, found[1], purpose)
		if err != nil {
			return err
		}
		p.vars[name] = shown
		p.vars["auth"+strings.TrimPrefix(name, "ticket")] = ticket.FirstHalf(shown).Reveal()
	}
	return nil
}
