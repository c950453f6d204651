// Package client is a headless MSN Messenger client for 1.0 Beta 2 and MSNP2 to
// MSNP12. Bots, tests and tools are built on it.
//
// [SignIn] connects to a dispatch server, follows its referral, signs in and
// returns a [Client] with lists, settings and the statuses of contacts.
// [Client.Open] opens a conversation and [Conversation.Send] says something in it;
// [Client.Say] does what a user does, and cares for the conversation itself.
//
//	c, err := client.SignIn(ctx, client.Options{
//		Dispatch: "messenger.example.net:1863",
//		Handle:   "zed@example.net",
//		Password: "secret",
//		Status:   msnp.StatusOnline,
//		OnEvent:  handle,
//	})
//
// # Passwords and tickets
//
// To MSNP7 the password is proven to the notification server by a hash. From MSNP8 on
// it goes to a login server, over https, and the ticket that comes back is what signs
// in. Options.Passport says where that is.
//
//	c, err := client.SignIn(ctx, client.Options{
//		Notification: "messenger.example.net:1863",
//		Handle:       "zed@example.net",
//		Password:     "secret",
//		Version:      msnp.MSNP11,
//		Passport:     client.Passport{Nexus: "https://messenger.example.net/rdr/pprdr.asp"},
//	})
//
// A wrong password is the same refusal in all versions: [Code] gives
// msnp.CodeAuthFailed. Passwords and tickets are in no error and no [TraceLine], and
// Options, Passport and Client print without them.
//
// # The gateway
//
// With Options.Gateway all connections are sessions of an HTTP gateway, which is asked
// every two seconds, and quicker while something is said. Everything else is the same.
//
// # Versions
//
// What the methods and events do is the same in all versions, as far as these can do
// it; what one does not have is refused with a [*msnp.UnsupportedError]. Contacts go by
// their handles and groups by numbers, also where the service knows them by GUIDs.
//
// # Referrals
//
// A server can refer the client at any time: at the sign-in, in the middle of a
// session, and by a soft reset, which makes it sign in again where it is. The client
// follows by itself, with the status that it had. Conversations stay open; calls that
// wait for an answer are made again on the new server, and new ones wait until it
// is reached. The first server may have done what such a call asks for, so that the
// second one refuses it: Add with msnp.CodeAlreadyThere, Remove with
// msnp.CodeNotOnList. The events [Referred] and [SignedIn] tell of a move; lists that have
// changed in the meantime are read again, and contacts that the new server does not
// speak of are told as gone.
//
// A switchboard ends a conversation in which nobody has spoken for a while, and all
// of them before it goes down: [Left] says so with Idle, and [Ended] follows with no
// error. People notice nothing of it, since the next message opens another; so does
// [Client.Say]. A program that holds on to a [Conversation] opens one itself.
//
// That is all that it does by itself. It does not connect again after anything else:
// when a server ends the session or the connection breaks, Done is closed, Err says
// why, and the program decides. It sends no pings but one at each sign-in from MSNP8
// on, and answers two things on its own: challenges (CHL) and, unless
// Options.ManualAnswer is set, invitations.
//
// # Pictures and files
//
// From MSNP9 on clients exchange display pictures and files through the switchboard,
// in conversations that both are in. A client shows its picture (Options.Picture,
// [Client.SetPicture]) and gives it to those who ask; [Client.FetchPicture] asks for
// another's. [Conversation.SendFile] sends a file, and [FileOffered] tells of one that
// somebody wants to send. Options.MaxTransfer bounds what is taken. Who has several
// conversations with a person, or one with several people, can use any.
//
// # Events
//
// Events go to Options.OnEvent or Options.Events, one at a time, in the order in
// which they happened on a connection. They wait in a queue that is bounded by
// Options.EventQueue and by 256 KiB. If the program does not keep up and the queue
// is full, the client stops reading from the connection that the next event comes
// from, so that the network holds the sender up; no event is lost, and nothing grows.
// If the queue stays full for Options.Patience, the session ends with
// [ErrSlowConsumer].
//
// Whoever handles an event may call the client. Should the queue be full then, the
// answer can stand behind lines that are not read yet, and the call waits until its
// context ends or the session does.
//
// Options.Filter drops events that a program does not care for before they cost
// anything more.
//
// [SignedOut] is the last event. A program that receives from Options.Events and has
// stopped before that loses what it has not taken for Options.Patience after the end.
//
// # Cost
//
// A client is one goroutine, and so is each conversation; one more exists while
// there are events. A connection holds 512 octets while nothing is said, and there
// are no timers. Without what the system needs for a connection, an idle client is
// about 6 KB, and 15 KB with fifty contacts. Behind a gateway a connection has a
// goroutine and a timer more.
package client
