package client

import (
	"fmt"
	"log/slog"
)

// String tells who signs in, and where, without the password and the ticket.
func (o Options) String() string {
	where := o.Dispatch
	if where == "" {
		where = o.Notification
	}
	return fmt.Sprintf("%s at %s (%v)", o.Handle, where, o.Version)
}

// Format writes String, whatever the verb is: what prints all fields would print the
// password, too.
func (o Options) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, o.String()) }

// LogValue is String, for slog.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.String()) }

// String tells where tickets come from, without the ticket.
func (p Passport) String() string {
	text := fmt.Sprintf("nexus %q, login %q, RST %q", p.Nexus, p.Login, p.RST)
	if p.Ticket != "" {
		text += ", with a ticket"
	}
	return text
}

// Format writes String, whatever the verb is.
func (p Passport) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, p.String()) }

// LogValue is String, for slog.
func (p Passport) LogValue() slog.Value { return slog.StringValue(p.String()) }

// String tells who has signed in, and where.
func (c *Client) String() string {
	return fmt.Sprintf("%s at %s (%v)", c.Handle(), c.Server(), c.Version())
}

// Format writes String, whatever the verb is.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }

// LogValue is String, for slog.
func (c *Client) LogValue() slog.Value { return slog.StringValue(c.String()) }
