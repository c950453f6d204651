package client

import "github.com/papilio-im/papilio/msnp"

// Event is something that happened and that the program did not ask for, or that
// others than the caller may want to know of. It is one of the types below whose
// comments begin with "An event". Handles are in the server's spelling, which is
// lower case; names are plain text.
type Event interface {
	// size is what the event holds, roughly, in octets. Only this package has
	// events.
	size() int
}

// SignedIn is an event: the client has signed in, for the first time or after a
// referral. Lists and the statuses of contacts are up to date from here on.
type SignedIn struct {
	Server  string // host:port of the notification server
	Version msnp.Version
	Name    string // the own friendly name
	// Moved tells a sign-in after an unasked referral or a soft reset from the
	// first one. News of the time in between has come as events before this one,
	// except for list changes: compare [Client.Roster] if they matter.
	Moved bool
}

// Referred is an event: a server has sent the client to another one, which it
// goes to by itself.
type Referred struct {
	From, To string // host:port; the same in a soft reset
	// Unasked says that the client was signed in and had not asked.
	Unasked bool
	// Reset says that the referral was a soft reset: the client signs in again on
	// the connection that it has.
	Reset bool
}

// SignedOut is an event, and the last one: the session is over. It comes after
// SignOut, too, and when a sign-in has failed.
type SignedOut struct {
	Reason msnp.Reason // what the server said in OUT, if anything
	Err    error       // as Client.Err
}

// Presence is an event: a contact's status or own name has become known, or has
// changed.
type Presence struct {
	Handle string
	Status msnp.Status // msnp.StatusOffline when the contact has left
	Name   string      // what the contact is called by itself; "" when it has left
	// Initial says that this is how things were when the client set its first
	// status or added the contact, and no change.
	Initial bool
	// Capabilities are what the contact's client can do (since MSNP8), 0 if it does
	// not say.
	Capabilities msnp.Capabilities
	// Object describes the contact's display picture (since MSNP9), "" if there is
	// none: see msnp.ParseObject and [Client.FetchPicture].
	Object string
}

// PersonalChanged is an event: what a contact shows below the name has become known,
// or has changed (since MSNP11).
type PersonalChanged struct {
	Handle string
	msnp.Personal
}

// Pending is an event: somebody has added the user and waits for an answer (since
// MSNP10). It comes for everybody who waits when the lists are read, and when somebody
// new does. The user answers with [Client.Add] to the allow list or the block list,
// and [Client.Acknowledge].
type Pending struct {
	Handle string
	Name   string
}

// StatusChanged is an event: the server has set the client's own status, or has
// answered a change with another status than was asked for, as it does after a
// move.
type StatusChanged struct{ Status msnp.Status }

// ListChanged is an event: a contact was put on one of the user's lists or taken
// off, or put into a group or taken out. Changes by the program itself are told,
// too; what is read by synchronisation is not.
type ListChanged struct {
	List    msnp.List
	Handle  string
	Name    string // the name that the list has, "" in a removal
	Removed bool
	Group   int // msnp.NoGroup if none was named
	// Unasked says that the change was made by somebody else: on msnp.ReverseList,
	// a person who has added the user or has removed them.
	Unasked bool
}

// ContactSetting is an event: a contact has changed a phone number, or whether it
// can be paged (since MSNP5).
type ContactSetting struct {
	Handle string
	Key    msnp.Key
	Value  string // "" for a phone number that is not set
}

// Notice is an event: a message from the service, such as the profile that comes
// after the sign-in, or the news of mail.
type Notice struct {
	ContentType string // without parameters, in lower case
	Payload     []byte // MIME headers, an empty line, and a body
}

// Alert is an event: a notification in XML (since MSNP5).
type Alert struct {
	Mobile  bool // it is a message from a mobile phone (since MSNP6)
	Payload []byte
}

// Refused is an event: the server has refused a command that no call waits for,
// such as one of [Client.Post].
type Refused struct {
	Code msnp.Code
	ID   msnp.TrID // as Post gave it; 0 if the server named none
}

// Invited is an event: somebody invites the user to a conversation. It is
// answered by the client itself unless Options.ManualAnswer is set.
type Invited struct{ Invitation *Invitation }

// InvitationFailed is an event: the client wanted to answer an invitation by
// itself and could not.
type InvitationFailed struct {
	Invitation *Invitation
	Err        error
}

// Answered is an event: an invitation was answered and the conversation has
// begun. It comes before all other events of the conversation.
type Answered struct {
	Conversation *Conversation
	Invitation   *Invitation
}

// Joined is an event: somebody has come into a conversation. Those who were there
// before the user are members without it.
type Joined struct {
	Conversation *Conversation
	Member       Member
}

// Left is an event: somebody has left a conversation, or was lost. When the last
// one has, the conversation ends, unless Options.KeepEmpty is set.
type Left struct {
	Conversation *Conversation
	Handle       string
	// Idle says that the server ends the conversation because nobody spoke.
	Idle bool
	// Remaining is the number of members that are left, without the user.
	Remaining int
}

// Message is an event: somebody has said something in a conversation. Use Text for
// what people type; anything else is in Payload. What was sent in parts is one message,
// with the headers of the first.
type Message struct {
	Conversation *Conversation
	Handle       string // the sender's
	Name         string // what the sender is called by itself
	Payload      []byte // MIME headers, an empty line, and a body, as it was sent
}

// Typing is an event: somebody is typing. It is repeated every few seconds while
// that goes on; no event says that it has stopped.
type Typing struct {
	Conversation *Conversation
	Handle       string
}

// Delivery is an event: the switchboard has told the fate of a message that no
// call waits for, such as one of type N, or of [Conversation.Post].
type Delivery struct {
	Conversation *Conversation
	ID           msnp.TrID // as Post gave it
	// Err is nil if the message was delivered, ErrNotDelivered if it was not, or a
	// [*RefusedError].
	Err error
}

// FileOffered is an event: somebody wants to send a file (since MSNP9). The offer
// stands until it is answered or the other takes it back; of those that are not
// answered a conversation keeps sixteen of each member at most.
type FileOffered struct{ Offer *FileOffer }

// Ended is an event: a conversation is over. Err is nil if the program has closed
// it, everybody has left, or the server ended it in order, or else what it was
// lost by.
type Ended struct {
	Conversation *Conversation
	Err          error
}

const eventSize = 64 // what an event without text holds

func (SignedIn) size() int          { return eventSize }
func (Referred) size() int          { return eventSize }
func (SignedOut) size() int         { return eventSize }
func (e Presence) size() int        { return eventSize + len(e.Name) + len(e.Object) }
func (e PersonalChanged) size() int { return eventSize + len(e.Message) + len(e.Media) }
func (e Pending) size() int         { return eventSize + len(e.Name) }
func (StatusChanged) size() int     { return eventSize }
func (e ListChanged) size() int     { return eventSize + len(e.Name) }
func (e ContactSetting) size() int  { return eventSize + len(e.Value) }
func (e Notice) size() int          { return eventSize + len(e.Payload) }
func (e Alert) size() int           { return eventSize + len(e.Payload) }
func (Refused) size() int           { return eventSize }
func (Invited) size() int           { return eventSize }
func (InvitationFailed) size() int  { return eventSize }
func (Answered) size() int          { return eventSize }
func (Joined) size() int            { return eventSize }
func (Left) size() int              { return eventSize }
func (e Message) size() int         { return eventSize + len(e.Name) + len(e.Payload) }
func (Typing) size() int            { return eventSize }
func (e FileOffered) size() int     { return eventSize + len(e.Offer.Name) + len(e.Offer.Preview) }
func (Delivery) size() int          { return eventSize }
func (Ended) size() int             { return eventSize }
