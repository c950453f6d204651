// Package passport is where clients from MSNP8 on prove their password, over HTTP:
// the nexus, which says where to sign in, the login with the headers of Passport
// 1.4 (MSN Messenger 4.7 to 7.0), and RST, a SOAP service (7.5 and later). What
// they are given is a ticket, which the notification server and the web services
// check by themselves.
//
// Checking a password is made dear on purpose. So only as many are checked at once
// as there are cores, callers wait in turns that go round by address and account,
// and only a bounded number waits: a flood of wrong passwords takes no memory, and
// others sign in meanwhile. Who has signed in from an address before waits apart
// from strangers, and is not locked out by their wrong passwords.
//
// What is written here is to the octet what clients were found to need. Passwords
// and tickets never reach the log.
package passport
