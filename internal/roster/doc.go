// Package roster keeps everybody's contact lists, groups and settings, and
// holds the rules of who may see and call whom. The notification server calls
// it for every list command, at sign-in, and when it tells people of each
// other; the switchboard's invitations are decided by its rules too.
//
// Lists are kept in one form for clients of all versions: groups have numbers and
// GUIDs, and there is a list of those who are pending, whether a client knows of it
// or not. Clients of several versions may use an account in turn.
//
// An edit that concerns two people (I add you, so I am on your reverse list)
// is one transaction for both, and is on disk before the edit returns. Edits of
// the same lists go one after the other, from whatever node they come. What a
// client is to be told instead is a [Refusal].
//
// The package knows nothing of connections and sends nothing: a [Change] says
// what happened, and the caller tells those who are online.
package roster
