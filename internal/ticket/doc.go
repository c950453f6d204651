// Package ticket makes and checks what somebody who has proved a password shows
// in its place: at the notification server to sign in (TWN, SSO), at the web
// services, and to be given further tickets.
//
// A ticket is signed, so it is checked without asking who issued it, on any node.
// It names an account, a purpose and a time, and the epoch of the account: a ban
// and another password begin another epoch, which makes every ticket that was
// issued before worthless at once.
//
// The fronts issue and check tickets. The package never logs, and its [Text] type
// keeps tickets out of the logs of others.
package ticket
