package msnp

// Role is a set of server roles.
type Role uint8

// The roles that commands are spoken to.
const (
	Dispatch     Role = 1 << iota // the dispatch server (DS)
	Notification                  // the notification server (NS)
	Switchboard                   // a switchboard (SB)
)

// String names a single role as configuration, metrics and logs do.
func (r Role) String() string {
	switch r {
	case Dispatch:
		return "dispatch"
	case Notification:
		return "notification"
	case Switchboard:
		return "switchboard"
	default:
		return "several roles"
	}
}

// Direction tells who sends a command.
type Direction uint8

// A command may be sent by one side or, in the same form, by both.
const (
	FromClient Direction = 1 << iota
	FromServer
	FromBoth = FromClient | FromServer
)

// Phase is a set of the states that a connection passes through. A switchboard
// connection knows only Greeting and SignedIn.
type Phase uint8

// The phases, in the order in which a connection passes them.
const (
	Greeting       Phase = 1 << iota // connected, nothing agreed
	Versioned                        // VER was answered
	Authenticating                   // USR ... I was answered with a challenge
	SignedIn                         // USR was answered with OK
)

// Command is a row of the command table: what is known of a command before
// any of its arguments is looked at.
type Command struct {
	Name  string    // three capital letters
	From  Direction // who sends it
	Roles Role      // the servers that it is exchanged with
	Since Version   // the first version that has it
	Until Version   // the last version that has it
	In    Phase     // when a client may send it
	// MinArgs is the least number of arguments that a client must send, the
	// transaction id included. More are tolerated.
	MinArgs int
	// Length is the index of the argument that tells the length of the payload,
	// or more exactly the least index: the length is the last argument, if there
	// is one at this index or behind it. Zero means that there is no payload:
	// where the length is the first argument, Length is LengthFirst.
	Length int
	// MaxPayload bounds the payload in octets, whatever its length says.
	MaxPayload int
	// Gone is what a client of a version behind Until is answered: see
	// [Command.Refusal].
	Gone Code
	// NoTrID marks commands that have no transaction id.
	NoTrID bool
	// CVR0 marks commands of clients with which nothing but CVR0 was agreed on.
	CVR0 bool
	// About says in a few words what the command does.
	About string
}

// LengthFirst stands in Command.Length for a length in the first argument.
const LengthFirst = -1

// MaxMessage is the largest payload of a switchboard MSG, in octets. Longer
// ones were cut off by the original servers, and so they are here.
const MaxMessage = 1664

// MaxNotification bounds the payloads that a notification server exchanges.
const MaxNotification = 64 << 10

// Has reports whether v knows the command.
func (c *Command) Has(v Version) bool {
	return span{first: c.Since, last: c.Until, cvr0: c.CVR0}.has(v)
}

// Refusal tells what a client is answered that sends the command although its
// version v does not have it any more. It reports false if the client is
// disconnected instead, as it is for most commands and for all that came later.
func (c *Command) Refusal(v Version) (Code, bool) {
	return c.Gone, c.Gone != 0 && v > c.Until
}

// payloadArg gives the index of the length among n arguments, or -1.
func (c *Command) payloadArg(n int) int {
	switch {
	case c.Length == LengthFirst && n >= 1:
		return n - 1
	case c.Length > 0 && n > c.Length:
		return n - 1
	}
	return -1
}

const (
	dsns    = Dispatch | Notification
	ns      = Notification
	sb      = Switchboard
	anytime = Greeting | Versioned | Authenticating | SignedIn
)

// commands is the command table. What a version adds or drops is a row here.
var commands = [...]Command{
	{Name: "VER", From: FromBoth, Roles: dsns, Since: Beta2, Until: MSNP21, In: Greeting, MinArgs: 2, CVR0: true, About: "agree on a version"},
	{Name: "INF", From: FromBoth, Roles: dsns, Since: Beta2, Until: MSNP7, In: Versioned, MinArgs: 1, About: "ask for the sign-in methods"},
	{Name: "CVR", From: FromBoth, Roles: dsns, Since: Beta2, Until: MSNP21, In: Versioned | SignedIn, MinArgs: 7, CVR0: true, About: "ask which client release is advised"},
	{Name: "CVQ", From: FromBoth, Roles: dsns, Since: CVR0, Until: CVR0, In: Versioned, MinArgs: 7, CVR0: true, About: "the same, when only CVR0 was agreed on"},
	{Name: "USR", From: FromBoth, Roles: dsns, Since: Beta2, Until: MSNP21, In: Versioned | Authenticating, MinArgs: 3, About: "sign in"},
	{Name: "XFR", From: FromBoth, Roles: dsns, Since: Beta2, Until: MSNP21, In: Greeting | SignedIn, MinArgs: 2, About: "be referred to a notification server or transferred to a switchboard"},
	{Name: "OUT", From: FromBoth, Roles: dsns | sb, Since: Beta2, Until: MSNP21, In: anytime, NoTrID: true, CVR0: true, About: "leave"},
	{Name: "PNG", From: FromClient, Roles: ns, Since: Beta2, Until: MSNP21, In: SignedIn, NoTrID: true, About: "ask whether the connection lives"},
	{Name: "QNG", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP21, NoTrID: true, About: "the connection lives"},

	{Name: "SYN", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP12, In: SignedIn, MinArgs: 2, About: "fetch the lists and settings"},
	{Name: "GTC", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP12, In: SignedIn, MinArgs: 2, About: "whether to ask when somebody adds me"},
	{Name: "BLP", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP21, In: SignedIn, MinArgs: 2, About: "whether those on no list may see me"},
	{Name: "PRP", From: FromBoth, Roles: ns, Since: MSNP5, Until: MSNP21, In: SignedIn, MinArgs: 2, About: "a setting of mine"},
	{Name: "BPR", From: FromServer, Roles: ns, Since: MSNP5, Until: MSNP12, NoTrID: true, About: "a setting of a contact"},
	{Name: "LST", From: FromClient, Roles: ns, Since: Beta2, Until: MSNP8, In: SignedIn, MinArgs: 2, About: "ask for the contacts on a list"},
	{Name: "LST", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP12, About: "a contact"},
	{Name: "LSG", From: FromClient, Roles: ns, Since: MSNP7, Until: MSNP8, In: SignedIn, MinArgs: 1, About: "ask for the groups"},
	{Name: "LSG", From: FromServer, Roles: ns, Since: MSNP7, Until: MSNP12, About: "a group"},
	{Name: "ADD", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP9, In: SignedIn, MinArgs: 4, About: "put a contact on a list"},
	{Name: "ADC", From: FromBoth, Roles: ns, Since: MSNP10, Until: MSNP12, In: SignedIn, MinArgs: 3, About: "put a contact on a list"},
	{Name: "REM", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP12, In: SignedIn, MinArgs: 3, About: "take a contact off a list"},
	{Name: "REA", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP9, In: SignedIn, MinArgs: 3, About: "rename a contact or myself"},
	{Name: "SBP", From: FromBoth, Roles: ns, Since: MSNP10, Until: MSNP12, In: SignedIn, MinArgs: 3, About: "a setting that I keep of a contact"},
	{Name: "ADG", From: FromBoth, Roles: ns, Since: MSNP7, Until: MSNP12, In: SignedIn, MinArgs: 2, About: "make a group"},
	{Name: "REG", From: FromBoth, Roles: ns, Since: MSNP7, Until: MSNP12, In: SignedIn, MinArgs: 3, About: "rename a group"},
	{Name: "RMG", From: FromBoth, Roles: ns, Since: MSNP7, Until: MSNP12, In: SignedIn, MinArgs: 2, About: "remove a group"},
	{Name: "ADL", From: FromBoth, Roles: ns, Since: MSNP13, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "put contacts on lists"},
	{Name: "RML", From: FromBoth, Roles: ns, Since: MSNP13, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "take contacts off lists"},
	{Name: "FQY", From: FromBoth, Roles: ns, Since: MSNP14, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "ask for the network of a handle"},

	{Name: "CHG", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP20, In: SignedIn, MinArgs: 2, About: "change my status"},
	{Name: "ILN", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP20, About: "a contact's status when I arrive"},
	{Name: "NLN", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP20, NoTrID: true, About: "a contact's status has changed"},
	{Name: "FLN", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP20, NoTrID: true, About: "a contact has left"},
	{Name: "UUX", From: FromBoth, Roles: ns, Since: MSNP11, Until: MSNP20, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxPersonalPayload, About: "my personal message"},
	{Name: "UBX", From: FromServer, Roles: ns, Since: MSNP11, Until: MSNP20, Length: 1, MaxPayload: MaxNotification, NoTrID: true, About: "a contact's personal message"},
	{Name: "UUN", From: FromBoth, Roles: ns, Since: MSNP13, Until: MSNP21, In: SignedIn, MinArgs: 4, Length: 3, MaxPayload: MaxNotification, About: "a note to a contact or to my other endpoints"},
	{Name: "UBN", From: FromServer, Roles: ns, Since: MSNP13, Until: MSNP21, Length: 2, MaxPayload: MaxNotification, NoTrID: true, About: "a note from a contact"},
	{Name: "UUM", From: FromBoth, Roles: ns, Since: MSNP14, Until: MSNP20, In: SignedIn, MinArgs: 5, Length: 4, MaxPayload: MaxNotification, About: "a message to a contact on another network"},
	{Name: "UBM", From: FromServer, Roles: ns, Since: MSNP14, Until: MSNP20, Length: 3, MaxPayload: MaxNotification, NoTrID: true, About: "a message from a contact on another network"},
	{Name: "PUT", From: FromBoth, Roles: ns, Since: MSNP18, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "publish presence or a circle"},
	{Name: "DEL", From: FromBoth, Roles: ns, Since: MSNP18, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "withdraw what was published"},
	{Name: "NFY", From: FromServer, Roles: ns, Since: MSNP18, Until: MSNP21, Length: 1, MaxPayload: MaxNotification, NoTrID: true, About: "something published has changed"},
	{Name: "SDG", From: FromBoth, Roles: ns, Since: MSNP18, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "a message over the notification server"},
	{Name: "VAS", From: FromClient, Roles: ns, Since: MSNP18, Until: MSNP21, In: SignedIn, MinArgs: 2, Length: 1, MaxPayload: MaxNotification, About: "report abuse"},

	{Name: "MSG", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP21, Length: 2, MaxPayload: MaxNotification, NoTrID: true, About: "a message from the service"},
	{Name: "NOT", From: FromServer, Roles: ns, Since: MSNP5, Until: MSNP21, Length: LengthFirst, MaxPayload: MaxNotification, NoTrID: true, About: "an alert"},
	{Name: "IPG", From: FromServer, Roles: ns, Since: MSNP6, Until: MSNP21, Length: LengthFirst, MaxPayload: MaxNotification, NoTrID: true, About: "a message from a mobile phone"},
	{Name: "PAG", From: FromClient, Roles: ns, Since: MSNP5, Until: MSNP8, In: SignedIn, MinArgs: 3, Length: 2, MaxPayload: 4096, Gone: CodeNotExpected, About: "page a contact's mobile phone"},
	{Name: "PGD", From: FromClient, Roles: ns, Since: MSNP9, Until: MSNP21, In: SignedIn, MinArgs: 4, Length: 3, MaxPayload: 4096, About: "page a contact's mobile phone or watch"},
	{Name: "CHL", From: FromBoth, Roles: ns, Since: MSNP6, Until: MSNP21, In: SignedIn, MinArgs: 1, About: "prove which client you are"},
	{Name: "QRY", From: FromClient, Roles: ns, Since: MSNP6, Until: MSNP21, In: SignedIn, MinArgs: 3, Length: 2, MaxPayload: 256, About: "the answer to CHL"},
	{Name: "QRY", From: FromServer, Roles: ns, Since: MSNP6, Until: MSNP21, About: "the answer to CHL was right"},
	{Name: "URL", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP21, In: SignedIn, MinArgs: 2, About: "the address of a page of the service"},
	{Name: "SND", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP12, In: SignedIn, MinArgs: 1, About: "invite somebody by e-mail"},
	{Name: "SDC", From: FromClient, Roles: ns, Since: MSNP5, Until: MSNP12, In: SignedIn, MinArgs: 1, Length: 8, MaxPayload: 16 << 10, About: "invite somebody by e-mail, with a text"},
	{Name: "SDC", From: FromServer, Roles: ns, Since: MSNP5, Until: MSNP12, About: "the invitation is on its way"},
	{Name: "FND", From: FromBoth, Roles: ns, Since: Beta2, Until: MSNP7, In: SignedIn, MinArgs: 1, Gone: CodeDisabled, About: "search the directory"},
	{Name: "IMS", From: FromBoth, Roles: ns, Since: MSNP3, Until: MSNP12, In: SignedIn, MinArgs: 2, About: "switch conversations off or on (WebTV)"},
	{Name: "GCF", From: FromClient, Roles: ns, Since: MSNP11, Until: MSNP12, In: SignedIn, MinArgs: 2, About: "fetch a policy file"},
	{Name: "GCF", From: FromServer, Roles: ns, Since: MSNP11, Until: MSNP21, Length: 1, MaxPayload: MaxNotification, About: "a policy file"},
	{Name: "SBS", From: FromServer, Roles: ns, Since: MSNP11, Until: MSNP20, About: "the subscription"},
	{Name: "GSB", From: FromClient, Roles: ns, Since: MSNP11, Until: MSNP20, In: SignedIn, MinArgs: 1, About: "ask for the subscription"},
	{Name: "LKP", From: FromClient, Roles: ns, Since: MSNP12, Until: MSNP12, In: SignedIn, MinArgs: 1, About: "nobody knows"},
	{Name: "RNG", From: FromServer, Roles: ns, Since: Beta2, Until: MSNP20, NoTrID: true, About: "be invited to a conversation"},

	{Name: "INF", From: FromBoth, Roles: sb, Since: Beta2, Until: MSNP7, In: Greeting, MinArgs: 1, About: "ask for the sign-in methods"},
	{Name: "USR", From: FromBoth, Roles: sb, Since: Beta2, Until: MSNP20, In: Greeting, MinArgs: 3, About: "open a conversation"},
	{Name: "ANS", From: FromBoth, Roles: sb, Since: Beta2, Until: MSNP20, In: Greeting, MinArgs: 4, About: "accept an invitation"},
	{Name: "CAL", From: FromBoth, Roles: sb, Since: Beta2, Until: MSNP20, In: SignedIn, MinArgs: 2, About: "invite somebody"},
	{Name: "IRO", From: FromServer, Roles: sb, Since: Beta2, Until: MSNP20, About: "who is there already"},
	{Name: "JOI", From: FromServer, Roles: sb, Since: Beta2, Until: MSNP20, NoTrID: true, About: "somebody has joined"},
	{Name: "MSG", From: FromClient, Roles: sb, Since: Beta2, Until: MSNP20, In: SignedIn, MinArgs: 3, Length: 2, MaxPayload: MaxMessage, About: "a message to everybody there"},
	{Name: "MSG", From: FromServer, Roles: sb, Since: Beta2, Until: MSNP20, Length: 2, MaxPayload: MaxMessage, NoTrID: true, About: "a message from somebody there"},
	{Name: "ACK", From: FromServer, Roles: sb, Since: Beta2, Until: MSNP20, About: "the message was delivered"},
	{Name: "NAK", From: FromServer, Roles: sb, Since: Beta2, Until: MSNP20, About: "the message was not delivered"},
	{Name: "BYE", From: FromServer, Roles: sb, Since: Beta2, Until: MSNP20, NoTrID: true, About: "somebody has left"},
}

// tables holds the commands by role and direction, for lookup by name.
var tables = buildTables()

func buildTables() (t [2][3]map[string]*Command) {
	for d := range t {
		for r := range t[d] {
			t[d][r] = make(map[string]*Command)
		}
	}
	for i := range commands {
		c := &commands[i]
		for d, from := range [...]Direction{FromClient, FromServer} {
			for r, role := range [...]Role{Dispatch, Notification, Switchboard} {
				if c.From&from != 0 && c.Roles&role != 0 {
					t[d][r][c.Name] = c
				}
			}
		}
	}
	return t
}

// A Table is the part of the command table that one side of one kind of
// connection reads: the rows of a role and a direction.
type Table struct {
	byName map[string]*Command
	errors bool // error lines may come, which only servers send
}

// TableOf gives the rows that are read from the side named by from on a
// connection to a server of the given (single) role.
func TableOf(role Role, from Direction) Table {
	d, r := 0, 0
	if from == FromServer {
		d = 1
	}
	switch role {
	case Notification:
		r = 1
	case Switchboard:
		r = 2
	default: // the dispatch server
	}
	return Table{byName: tables[d][r], errors: from == FromServer}
}

// Find looks a command up by its name, which must be in capital letters.
func (t Table) Find(name []byte) *Command { return t.byName[string(name)] }

// Commands gives a copy of the whole table, in the order of the protocol's
// own descriptions: sign-in, lists, presence, notices, switchboard.
func Commands() []Command { return append([]Command(nil), commands[:]...) }
