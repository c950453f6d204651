// Package msnp is the Mobile Status Notification Protocol of MSN Messenger,
// from version 1.0 Beta 2 (1999) to Windows Live Messenger 2012 (MSNP21):
// versions, commands, lines, escaping, error codes and the typed forms of what is
// said.
//
// It does no input or output of its own and keeps no state, so servers, clients
// and tools can all be built on it.
//
// # Reading
//
// [Line.Parse] splits a line off a buffer. It neither copies nor allocates: the
// arguments and the payload are slices of the buffer. A Parse function, such as
// [ParseAdd], then gives the line a type. Its error is a [*ParseError], which says
// what the peer is answered, if anything. What a client sends and what a server
// sends in return are different types where their forms differ: [Add] is answered
// with [Added].
//
// # Writing
//
// Each message has an Append method, which appends its line as the version has
// it. Nothing is allocated but what dst needs to grow. The three messages of
// referral and transfer ([Referral], [Transfer], [Ring]) return an error for forms
// that a version does not have. Words are written as they are: those with blanks
// must be [Encoded].
//
// One type stands for all forms of what is said, so the same value can be written
// for receivers of different versions: [Added] is ADD to MSNP9 and ADC from MSNP10
// on, and [Online] leaves out what its receiver would not understand. A field that a
// version does not have is not written for it, and the zero value is read.
//
// # Versions
//
// What differs by version is in tables: the commands in [Commands], the forms of
// XFR and RNG with their messages, and all the rest as features ([Version.Has]).
// Nothing has to compare version numbers.
//
// # The answer to SYN
//
// It is a [SyncReply]; a [Setting] for GTC, for BLP, and for each of PRP that the
// version has ([Key.In]); a [GroupItem] for each group; and the contacts, to MSNP7 as
// a [ListItem] for each contact of each list, and from MSNP8 on as one [ContactItem]
// for each contact. Behind a contact of the forward list come its [ContactSetting].
// With Sync set in all that have it, they are right for every version.
//
// # How much of the protocol there is
//
// Sign-in, lists, presence, notices and conversations are complete to MSNP12;
// VER, CVR, XFR and RNG, and the first step of every sign-in, to MSNP21.
package msnp
