package ticket

// Purpose is what a ticket is good for.
type Purpose uint8

// The purposes there are. Clients mix up the web services that a ticket was
// issued for, and show some of them the one that they signed in with; so all
// services are one purpose, and the ticket of the sign-in is good there too.
const (
	ForSignIn   Purpose = iota + 1 // at the notification server, and at the services
	ForServices                    // at the web services
	ForRenewal                     // in place of a password, for further tickets
)

// String gives the purpose's name, for logs.
func (p Purpose) String() string {
	switch p {
	case ForSignIn:
		return "sign-in"
	case ForServices:
		return "services"
	case ForRenewal:
		return "renewal"
	}
	return "none"
}

func (p Purpose) valid() bool { return p >= ForSignIn && p <= ForRenewal }

// serves reports whether a ticket that was issued for p is good for q.
func (p Purpose) serves(q Purpose) bool {
	return p == q || p == ForSignIn && q == ForServices
}
